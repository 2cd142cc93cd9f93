"""Which mappings of a provider's own CSV there are when files are taken in: the one given, or those saved in the home."""

from __future__ import annotations

from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.readings.formats.mapped_csv.mapping import CsvMapping, load_mapping, saved_mappings


def mappings_for(home: Path, given: Path | None, format: str) -> tuple[str, list[CsvMapping]]:
    """The format to read by, and the mappings."""
    if given is None:
        return format, saved_mappings(home / "mappings")
    if format != "auto":
        raise BadInput("A mapping is a format of its own.", next="Give --format or --mapping, not both.")
    mapping = load_mapping(given)
    return mapping.name, [mapping]

"""The last run of the checks, kept beside the store: it is derived from readings, so it goes where they go, and with them."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER: Final = "checks"
NAME: Final = "last.parquet"
ABOUT: Final = b"meterkeep.checks"


def keep(store: Path, flags: pa.Table, *, about: dict[str, Any]) -> None:
    """In place of the run before. about: what was checked, when, and by which figures."""
    folder = store / FOLDER
    folder.mkdir(exist_ok=True)
    new = folder / f"{secrets.token_hex(8)}.new"
    try:
        pq.write_table(
            flags.replace_schema_metadata({ABOUT: json.dumps(about).encode()}), new, compression="zstd"
        )
        new.replace(folder / NAME)
    finally:
        new.unlink(missing_ok=True)


def kept(store: Path) -> tuple[pa.Table, dict[str, Any]] | None:
    """The flags of the last run and what was checked, or None where there is none."""
    try:
        flags = pq.read_table(store / FOLDER / NAME)
    except FileNotFoundError:
        return None
    about = json.loads(flags.schema.metadata[ABOUT])
    return _in_seconds(flags.replace_schema_metadata(None)), about


def _in_seconds(flags: pa.Table) -> pa.Table:
    """Parquet knows no instants in seconds: it has made milliseconds of them."""
    schema = pa.schema(
        [
            field.with_type(pa.timestamp("s", "UTC")) if pa.types.is_timestamp(field.type) else field
            for field in flags.schema
        ]
    )
    return flags.cast(schema)


def forget(store: Path) -> None:
    """Unlinks whatever is kept: readings it was derived from are to be erased, purged or taken back."""
    folder = store / FOLDER
    for file in folder.glob("*") if folder.is_dir() else ():
        file.unlink(missing_ok=True)

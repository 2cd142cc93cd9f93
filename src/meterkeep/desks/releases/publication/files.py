"""Every file of a release, and the list of their digests that the log's entry is about."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterkeep.aggregates import Rule
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.publication.formats import as_csv, as_parquet, as_xlsx
from meterkeep.desks.releases.publication.quarterly import quarterly
from meterkeep.desks.releases.publication.sheet import LANGUAGES, as_text, data_sheet
from meterkeep.desks.releases.publication.table import public_table, value_column
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import parse_spec

CSV, MARKDOWN = "text/csv; charset=utf-8", "text/markdown; charset=utf-8"
PARQUET, JSON = "application/vnd.apache.parquet", "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET_NAMES = {"en": "Data sheet", "es": "Hoja de datos"}

_FOR_STAFF = frozenset({"worst_share_ppm", "worst_share_ppm_up", "gap_ppm", "light", "small_changes", "told"})
"""Not published. An exact share beside the totals is what the largest customer used; the others tell of what is withheld."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    kind: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def files_of(release: Release, outlet: Outlet, *, on: date) -> list[File]:
    """on: the day of its publication. Deterministic: the same release on the same day, the same bytes."""
    table, stem = public_table(release), f"totals-{release.reference}"
    sheets = {language: data_sheet(release, outlet, on=on, language=language) for language in LANGUAGES}
    about = certificate_of(release, outlet, on=on)
    named = {_SHEET_NAMES[language]: rows for language, rows in sheets.items()}
    return [
        File(f"{stem}.csv", CSV, as_csv(table)),
        File(f"{stem}.parquet", PARQUET, as_parquet(table, about)),
        File(f"{stem}.xlsx", XLSX, as_xlsx(table, named, on=on)),
        *(
            File(f"{stem}-by-zip-{quarter}.csv", CSV, content)
            for quarter, content in quarterly(table, value_column(release)).items()
        ),
        *(File(f"{stem}-data-sheet-{name}.md", MARKDOWN, as_text(rows)) for name, rows in sheets.items()),
        File(f"{stem}-certificate.json", JSON, json.dumps(about, indent=1, ensure_ascii=False).encode()),
    ]


def certificate_of(release: Release, outlet: Outlet, *, on: date) -> dict[str, Any]:
    """What the audit found of the release, and under which documents. Of shares it says the limit that was proven for all."""
    spec, found = parse_spec(release.spec), release.certificate
    return {
        "release": release.reference,
        "title": release.title,
        "corrects": release.corrects.reference if release.corrects else None,
        "published_by": outlet.name,
        "published_on": str(on),
        "synthetic": outlet.synthetic,
        "by": list(spec.by),
        "period": [str(spec.period.start), str(spec.period.end)],
        "pack": outlet.pack,
        "pack_digest": release.policy,
        "screening": outlet.screen.name,
        **{name: value for name, value in found.items() if name not in _FOR_STAFF},
        "share_limit_ppm": Rule.parse(found["rule"]).share_ppm
        if found.get("worst_share_ppm") is not None
        else None,
    }


def shapes_of(notes: dict[str, Any]) -> dict[str, Any]:
    """What a certificate says more: of load shapes how well somebody could tell that a customer is in the group; and the clauses
    whose numbers were not checked against their source."""
    names = ("shapes", "resolution_customers", "recalled", "own_counted")
    return {name: notes[name] for name in names if name in notes}


def manifest(release: Release, files: list[File]) -> bytes:
    """What leaves, as one list: its own digest stands in the gate's entry."""
    said = {"release": release.reference, "files": {file.name: file.sha256 for file in files}}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

"""What the log says of every release's rows, held against the rows themselves.

The database can be written by whoever runs it; the log cannot be changed unseen. So the log has the number and digests of the rows
of each release from its plan on, and nothing is planned, audited or published where they differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.seals import Seal, seal_of
from meterkeep.desks.outbox import queries as outbox
from meterkeep.desks.releases.models import Release
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Gate
from meterkeep.ledger.names import EventName

Detail = Mapping[str, Any]
SPENT: Final = "micro_rho_"


def rows_of(release: Release) -> list[PastRow]:
    """The sums that the release makes known. Raises Refused where one of them is damaged."""
    kept = release.rows.order_by("pk").values_list("data", flat=True)
    try:
        return [PastRow.from_bytes(bytes(data)) for data in kept]
    except BadInput as damage:
        raise _differs(release.reference, damage.message) from damage


def standing(release: Release) -> Seal:
    """Of the rows as they are now."""
    return seal_of(rows_of(release), salt=bytes(release.salt))


def check_plan(release: Release, *, gate: Gate) -> None:
    """The rows are those that were planned and audited. A plan from before there were digests is made again."""
    said = _said(gate, EventName.RELEASE_PLANNED).get(release.reference, {})
    if "rows_sha256" not in said:
        raise Refused(
            "The log has no digest of the rows of this plan, so nobody can tell whether they are what was audited.",
            where=release.reference,
            next="Withdraw it and plan it again.",
        )
    rows = rows_of(release)
    found = seal_of(rows, salt=bytes(release.salt))
    _check(release.reference, said | _forgotten(gate).get(release.reference, {}), found)
    _check_figures(release, rows)


def _check_figures(release: Release, rows: Iterable[PastRow]) -> None:
    """Every number that goes out is a row that was audited. Numbers with noise are no sums and have no rows."""
    if "noise" in release.certificate:
        return
    audited = {(str(row.period[0]), str(row.period[1]), row.value) for row in rows}
    for cell in release.cells:
        if cell["status"] == "published" and (*cell["period"], cell["value"]) not in audited:
            raise _differs(release.reference, "A number that would go out is none that was audited.")


def check_register(public: Iterable[tuple[Release, list[PastRow]]], *, gate: Gate) -> list[str]:
    """References of releases without a digest, which are believed as they stand. public: those that the database says were ever public,
    with their rows. Raises Refused where the log says otherwise."""
    published, later = _said(gate, EventName.RELEASE_PUBLISHED), _forgotten(gate)
    sealed = _said(gate, EventName.RELEASE_SEALED)
    unsealed, there = [], set()
    for release, rows in public:
        name = release.reference
        there.add(name)
        if name not in published:
            raise _differs(name, "It is public here, and the log knows nothing of its publication.")
        _check_spent(release, published[name])
        said = {**sealed.get(name, {}), **published[name], **later.get(name, {})}
        if "rows_sha256" in said:
            _check(name, said, seal_of(rows, salt=bytes(release.salt)))
        else:
            unsealed.append(name)
    if missing := sorted(set(published) - there):
        raise _differs(missing[0], "The log has its publication, and the register knows nothing of it.")
    return unsealed


def _check(reference: str, said: Detail, found: Seal) -> None:
    if said["rows"] != found.rows:
        raise _differs(reference, f"It has {found.rows:,} rows; the log says {said['rows']:,}.")
    if said["rows_sha256"] != found.rows_sha256:
        raise _differs(
            reference, "Its cells, figures or members are not those that the log has the digest of."
        )
    if said["loads_sha256"] != found.loads_sha256:
        raise _differs(reference, "What its customers used is not what the log has the digest of.")


def _check_spent(release: Release, said: Detail) -> None:
    """The budget of noise: a release cannot have spent less afterwards."""
    told = {name.removeprefix(SPENT): micro for name, micro in said.items() if name.startswith(SPENT)}
    kept = {str(year): micro for year, micro in release.noise_spent.values_list("year", "micro_rho")}
    if told and told != kept:
        raise _differs(release.reference, "What its noise has spent of a year's budget is another amount.")


def _said(gate: Gate, name: EventName) -> dict[str, Detail]:
    """Reference → what the log says first of it under this name, since a second word would be somebody's who can write to the database.
    What has not reached the log yet comes after everything that has."""
    said: dict[str, Detail] = {}
    for detail in _told(gate, name):
        said.setdefault(str(detail.get("release", "")), detail)
    return said


def _forgotten(gate: Gate) -> dict[str, Detail]:
    """Reference → the last digest of its loads, after customers' data was destroyed."""
    return {
        str(detail["release"]): {"loads_sha256": detail["loads_sha256"]}
        for detail in _told(gate, EventName.RELEASE_FORGOT)
        if "loads_sha256" in detail
    }


def _told(gate: Gate, name: EventName) -> list[Detail]:
    return [entry.detail for _, entry in gate.acts(name)] + outbox.untold(name)


def _differs(reference: str, how: str) -> Refused:
    return Refused(
        f"The register of releases is not what the log says. {how}",
        where=reference,
        next="Restore the database from a backup, and find out who changed it; until then nothing is planned, audited or published.",
    )

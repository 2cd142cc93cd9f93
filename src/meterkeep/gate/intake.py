"""The way in: meter files and customers' identities, each with a decision, an intent and an outcome."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.gate.naming import Names
from meterkeep.readings.formats import MeterFile, open_file
from meterkeep.readings.formats.mapped_csv.mapping import CsvMapping
from meterkeep.readings.formats.packed import Member
from meterkeep.readings.model import Block
from meterkeep.readings.store import AlreadyStored, SeriesSummary, Store, Stored
from meterkeep.readings.store.intake.replacement import Order
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.vault import Vault
from meterkeep.vault.fields import SEARCHABLE

SPOOL = 64 << 20
MOST_REFUSED = 100
"""Refused members of an archive that are told one by one."""
FileReport = dict[str, Any]
"""FILE of the command line's `ingest --json`."""
SeriesReport = dict[str, Any]


def store_file(
    path: Path,
    *,
    format: str,
    store: Store,
    vault: Vault,
    received: datetime,
    policy: str,
    mappings: Sequence[CsvMapping] = (),
    member: Member | None = None,
    again: bool = False,
    replacement: Order | None = None,
) -> FileReport:
    """Reads one meter file into the store, whole or not at all; the same bytes twice are `already_stored`.

    member: the file of an archive to read, where `path` names one. again: the same bytes are compared afresh.
    replacement: classes of quality in ranks, as the documents in force have it; None for the store's own.
    """
    meter_file = _open(path, member, format=format, zone=store.zone.key, mappings=mappings)
    if not again and store.has_file(meter_file.sha256):
        return _met_again(path, meter_file, store, vault)
    try:
        stored = _take_in(
            meter_file,
            store=store,
            vault=vault,
            received=received,
            policy=policy,
            again=again,
            replacement=replacement,
        )
    except AlreadyStored:  # Another process was faster with the same bytes.
        return _met_again(path, meter_file, store, vault)
    return _report(path, meter_file, stored, status="stored")


def _open(
    path: Path, member: Member | None, *, format: str, zone: str, mappings: Sequence[CsvMapping]
) -> MeterFile:
    if member is None:
        return open_file(path, format=format, zone=zone, mappings=mappings)
    if member.error or member.path is None:
        raise member.error or BadInput("The member cannot be read.", next="Ask the sender for it again.")
    meter_file = open_file(member.path, format=format, zone=zone, mappings=mappings)
    meter_file.told_name = member.told_name
    return meter_file


class Strangers:
    """Members of an archive that are no meter files. Once `MOST_REFUSED` files of it were refused, each with its entry in the
    log, all further ones that no reader opens are told together: an archive of thousands of letters takes seconds.
    """

    def __init__(self, *, format: str, zone: str, mappings: Sequence[CsvMapping]) -> None:
        self._how: dict[str, Any] = {"format": format, "zone": zone, "mappings": mappings}
        self._refused = self._more = 0
        self._archive = ""

    def see(self, report: FileReport) -> None:
        self._refused += report["status"] == "refused"

    def passes_over(self, path: Path, member: Member) -> bool:
        """Whether the member is one of those told together."""
        if self._refused < MOST_REFUSED:
            return False
        try:
            _open(path, member, **self._how)
        except BadInput:
            self._archive, self._more = member.archive, self._more + 1
            return True
        return False

    def together(self) -> Member | None:
        """What stands for them, if there are any."""
        if not self._more:
            return None
        error = BadInput(
            f"{self._more:,} more members of the archive cannot be read as meter files; nothing of them was kept.",
            next="Look at what is in the archive, or ask the sender for meter files alone.",
        )
        return Member(0, None, "", self._archive, error)


@contextmanager
def scratch(store: Store) -> Iterator[Path]:
    """A folder for ourselves alone that is gone afterwards; after a crash, when the store is opened next."""
    pending = Pending.start(store.folder / "pending")
    pending.folder.chmod(0o700)
    try:
        yield pending.folder
    finally:
        pending.close()


def place_of(path: Path, member: Member | None) -> str:
    """How a file is named to people: a member of a zip archive by its number, as its name is covered information."""
    return str(path) if member is None or not member.ordinal else f"{path}: member {member.ordinal}"


def _take_in(
    meter_file: MeterFile,
    *,
    store: Store,
    vault: Vault,
    received: datetime,
    policy: str,
    again: bool,
    replacement: Order | None,
) -> Stored:
    with store.intake(digest=meter_file.sha256, received=received, policy=policy, again=again) as intake:
        intake.ranked(replacement)
        points, names = _Surrogates(vault), Names(vault)
        for block in _blocks(meter_file):
            intake.named(names.of(meter_file))
            intake.add(
                block,
                series=meter_file.series,
                usage_points=points.of(meter_file),
                qualities=meter_file.qualities,
            )
        intake.named(names.of(meter_file))
        return intake.commit(meter_file.findings.defects)


def _met_again(path: Path, meter_file: MeterFile, store: Store, vault: Vault) -> FileReport:
    """What was rejected, or destroyed since, is counted afresh; its list is there already, or was lost and is made again."""
    destroyed = _destroyed_since(meter_file, store, vault)
    if not store.list_of(meter_file.sha256).exists() and len(meter_file.findings.defects):
        store.keep_list(meter_file.sha256, meter_file.findings.defects)
    stored = store.filed(meter_file.sha256)
    assert stored is not None, "the store names every file that it has"  # noqa: S101
    if destroyed:
        left = max(stored.already_stored + stored.duplicate + stored.destroyed - destroyed, 0)
        known = store.duplicates_left(meter_file.sha256, stored.duplicate)
        duplicate = min(stored.duplicate if known is None else known, left)
        stored = msgspec.structs.replace(
            stored, destroyed=destroyed, duplicate=duplicate, already_stored=left - duplicate
        )
    return _report(path, meter_file, stored, status="already_stored")


def _destroyed_since(meter_file: MeterFile, store: Store, vault: Vault) -> int:
    """How many of the file's readings lie under a tombstone."""
    tombstones, points, destroyed = store.tombstones(), _Surrogates(vault), 0
    for block in meter_file.blocks() if not len(tombstones) else _blocks(meter_file):
        if len(tombstones) and len(block):
            own = points.of(meter_file)[block.series - meter_file.series[0].ordinal]
            destroyed += int(tombstones.hits(own, block.start, block.duration).sum())
    return destroyed


def _blocks(meter_file: MeterFile) -> Iterator[Block]:
    """The file's blocks, once it is final whose they are: until then they wait in a temporary file, as numbers only."""
    if not meter_file.late_series:
        yield from meter_file.blocks()
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as spool:
        lengths = [_put(block, spool) for block in meter_file.blocks()]
        spool.seek(0)
        for has_quality in lengths:
            series, start, duration, value, record = (np.load(spool) for _ in range(5))
            quality = np.load(spool) if has_quality else None
            yield Block(series, start, duration, value, quality, record)


def _put(block: Block, spool: IO[bytes]) -> bool:
    for column in (block.series, block.start, block.duration, block.value, block.record):
        np.save(spool, column)
    if block.quality is not None:
        np.save(spool, block.quality)
    return block.quality is not None


class _Surrogates:
    """Usage-point numbers by series ordinal, asked of the vault once for each new series."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known = np.empty(0, dtype=np.int32)

    def of(self, meter_file: MeterFile) -> npt.NDArray[np.int32]:
        new = meter_file.series[len(self._known) :]
        if new:
            found = self._vault.surrogates([series.identifiers for series in new])
            self._known = np.concatenate([self._known, found])
        return self._known


def _report(path: Path, meter_file: MeterFile, stored: Stored, *, status: str) -> FileReport:
    findings = meter_file.findings
    return {
        "path": str(path),
        "format": meter_file.format,
        "sha256": meter_file.sha256,
        "status": status,
        "error": None,
        "records": findings.records,
        "stored": stored.stored,
        "duplicate": stored.duplicate,
        "already_stored": stored.already_stored,
        "rejected": dict(findings.rejected + Counter(destroyed=stored.destroyed)),
        "notes": dict(findings.notes + Counter(stored.notes)),
        "places": _places(findings.places),
        "series": [_series(series) for series in stored.series],
        **({"send_again": stored.send_again} if stored.send_again else {}),
    }


def _places(found: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The first places of each kind of rejection or note."""
    places: dict[str, list[str]] = defaultdict(list)
    for kind, place in found:
        places[kind].append(place)
    return dict(places)


def series_without_sums(filed: Stored | None) -> list[SeriesReport]:
    """SERIES of the command line's `ingest --json`, without the sums: an amount is only for whoever has a grant."""
    found = [_series(series) for series in filed.series] if filed else []
    return [{name: each[name] for name in each if name != "sum"} for each in found]


def _series(summary: SeriesSummary) -> SeriesReport:
    return {**msgspec.to_builtins(summary), "usage_point": str(summary.usage_point)}


def refused_file(place: str, error: BadInput) -> FileReport:
    """The report on a file of which nothing was stored."""
    empty: dict[str, Any] = {"records": 0, "stored": 0, "duplicate": 0, "already_stored": 0}
    return {
        "path": place,
        "format": None,
        "sha256": None,
        "status": "refused",
        "error": error.as_json(),
        **empty,
        "rejected": {},
        "notes": {},
        "places": {},
        "series": [],
    }


SEVERAL = (
    "account_number", "service_account", "usage_point_source_id", "meter_number", "service_address", "billing_address",
)  # fmt: skip
"""Identity fields of which a legal customer may have more than one."""


def _added(known: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    lines = {
        field: dict.fromkeys([*known.get(field, "").splitlines(), *said[field].splitlines()])
        for field in SEVERAL
        if field in said
    }
    return {**said, **{field: "\n".join(each) for field, each in lines.items()}}


class Enrolment:
    """The open way into the vault for one batch of customers."""

    def __init__(self, vault: Vault, changed: Callable[[int], None]) -> None:
        self._vault, self._changed = vault, changed

    def find_or_new(self, references: Sequence[str]) -> list[str]:
        """The customer ids of the provider's own references, new ones where a reference is not known."""
        known = self._vault.find_all("customer_ref", references)
        return [known.get(reference) or self._vault.new_customer() for reference in references]

    def write(self, identities: Mapping[str, Mapping[str, str]]) -> None:
        """What a customer has several of (accounts, meters, addresses) is added, one to a line; the rest is replaced."""
        known = self._vault.read(identities, SEVERAL)
        self._vault.write(
            {customer: _added(known.get(customer, {}), said) for customer, said in identities.items()}
        )
        self._changed(len(identities))

    def known(self, references: Sequence[str]) -> dict[str, str]:
        """The provider's own reference → customer id, of those who are known."""
        return dict(self._vault.find_all("customer_ref", references))

    def accounts(self, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Account number → customer id, and the keyed hash (32 hex digits) by which the account is known without its number;
        of those that one customer has."""
        found = {}
        for number in dict.fromkeys(numbers):
            if len(whose := self._vault.find("account_number", number)) == 1:
                plain = SEARCHABLE["account_number"](number)
                found[number] = (whose[0], self._vault.reference_digest("account", plain).hex())
        return found

    def known_points(self, identifiers: Sequence[str]) -> dict[str, int]:
        """Identifier → usage-point number, of those that are known."""
        found = {one: self._vault.known_surrogate(one) for one in identifiers}
        return {one: number for one, number in found.items() if number is not None}

    def usage_points(self, identifiers: Sequence[tuple[str, ...]]) -> list[int]:
        """The usage-point numbers of the utility's identifiers, best first in each group."""
        return [int(number) for number in self._vault.surrogates(list(identifiers))]

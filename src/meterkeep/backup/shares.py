"""Rows that name several customers, taken apart: what names one of them is a *share*, sealed under that one's key.

Put together again without somebody's share, a row is as it is after that customer was destroyed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.register import FORGOTTEN, PastRow
from meterkeep.errors import BadInput
from meterkeep.readings.model import Int64s
from meterkeep.vault.envelope import VERSION, Key

Row = dict[str, Any]
TABLES = ("disclosures_datarequest", "retention_lot", "releases_releaserow", "releases_release")
_BY = -1
"""In place of a position: the one who asked."""
_ASKED_BY_CUSTOMER = "customer"


class Shares:
    """Columns of shares, and in the end each customer's own. A share: table, primary key, position in the row, value."""

    def __init__(self, customers: Sequence[str], chains: Sequence[str]) -> None:
        """chains: the customers' names in the log, of which releases make their atoms."""
        self._customers = list(customers)
        self._number = {customer: number for number, customer in enumerate(customers)}
        atoms = np.array([int(chain[:15], 16) for chain in chains], np.uint64)
        self._order = np.argsort(atoms)
        self._atoms = atoms[self._order]
        self._parts: list[Int64s] = []

    def taken_from(self, table: str, row: Row) -> list[Any]:
        """The row's columns without what names anybody, which is kept here."""
        at = TABLES.index(table)
        taken, shares = _TAKING[table](self, row)
        if len(shares):
            ids = np.full((len(shares), 2), (at, row["id"]), np.int64)
            self._parts.append(np.hstack([ids, shares]))
        return [*taken.values()]

    def by_customer(self) -> Iterator[tuple[str, bytes]]:
        """Each customer with their shares, as `Returned` reads them. To be called once all rows were taken apart."""
        if not self._parts:
            return
        every = np.concatenate(self._parts)
        every = every[np.argsort(every[:, 3], kind="stable")]
        begins = np.flatnonzero(np.diff(every[:, 3], prepend=-1))
        for own in np.split(every, begins[1:]):
            yield self._customers[int(own[0, 3])], own[:, [0, 1, 2, 4]].astype("<i8").tobytes()

    def numbers(self, named: Sequence[str]) -> tuple[Int64s, list[str]]:
        """(position, number of the customer, 0) of those who are known, and what stands in the row in place of each."""
        known = [(at, self._number[one], 0) for at, one in enumerate(named) if one in self._number]
        left = ["" if one in self._number else one for one in named]
        return np.array(known, np.int64).reshape(-1, 3), left

    def of_atoms(self, atoms: npt.NDArray[np.uint64]) -> Int64s:
        """The customers' numbers, -1 for atoms of nobody who is known."""
        if not len(self._atoms):
            return np.full(len(atoms), -1, np.int64)
        at = np.minimum(np.searchsorted(self._atoms, atoms), len(self._atoms) - 1)
        found: Int64s = np.where(self._atoms[at] == atoms, self._order[at], -1)
        return found


def _request(shares: Shares, row: Row) -> tuple[Row, Int64s]:
    named = row["request"].get("customers")
    found, left = shares.numbers(named or ())
    by, asked = shares.numbers([row["asked_by"]])
    by[:, 0] = _BY
    request = {**row["request"], "customers": None if named is None else left}
    return {**row, "request": request, "asked_by": asked[0]}, np.concatenate([found, by])


def _lot(shares: Shares, row: Row) -> tuple[Row, Int64s]:
    found, left = shares.numbers(row["customers"])
    return {**row, "customers": left}, found


def _release_row(shares: Shares, row: Row) -> tuple[Row, Int64s]:
    past = PastRow.from_bytes(bytes(row["data"]))
    if not len(past.loads):
        return row, np.zeros((0, 3), np.int64)
    whose = shares.of_atoms(past.members)
    own = np.flatnonzero((whose >= 0) & (past.loads != FORGOTTEN))
    loads = past.loads.copy()
    loads[own] = FORGOTTEN
    return {**row, "data": replace(past, loads=loads).to_bytes()}, np.stack(
        [own, whose[own], past.loads[own]], axis=1
    )


def _release(shares: Shares, row: Row) -> tuple[Row, Int64s]:
    """Withheld figures may be what one customer used, and with the salt somebody could try out what a digest in the log says: both are sealed
    under a key of which everybody who was counted has a share, so that they go with the first who is destroyed. A release of an older version
    does not say whom it counted."""
    whose = np.unique(shares.of_atoms(np.frombuffer(bytes(row["counted"]), "<u8").astype(np.uint64)))
    whose = whose[whose >= 0]
    if not len(whose):
        return row, np.zeros((0, 3), np.int64)
    secrets = np.frombuffer(os.urandom(8 * len(whose)), "<i8") >> 1
    kept = msgspec.msgpack.encode([row["cells"], bytes(row["salt"])])
    sealed = _of_all(secrets).seal(kept, f"release|{row['id']}")
    bare = [cell if cell["status"] == "published" else _bare(cell) for cell in row["cells"]]
    return {**row, "cells": bare, "salt": sealed}, np.stack([np.arange(len(whose)), whose, secrets], axis=1)


def _of_all(secrets: Int64s) -> Key:
    return Key(sha256(b"meterkeep release\0" + secrets.astype("<i8").tobytes()).digest())


def _bare(cell: Row) -> Row:
    """That it was withheld; why, and what it came to, is for those who may know."""
    return {**{name: cell[name] for name in _SAID if name in cell}, "value": 0, "why": "", "attack": []}


_SAID = ("keys", "period", "customers", "status", "code", "releases")
_TAKING: Mapping[str, Callable[[Shares, Row], tuple[Row, Int64s]]] = {
    "disclosures_datarequest": _request,
    "retention_lot": _lot,
    "releases_releaserow": _release_row,
    "releases_release": _release,
}


class Returned:
    """The shares of those whose keys are there, and how rows are put together with them. lost: how many customers' are not there. bereft: primary
    keys of releases in which somebody was counted whose share is not there."""

    def __init__(self) -> None:
        self._customers: list[str] = []
        self._parts: list[Int64s] = []
        self._sorted: Int64s | None = None
        self.lost = 0
        self.bereft: set[int] = set()

    def add(self, customer: str, packed: bytes | None) -> None:
        if packed is None:
            self.lost += 1
            return
        own = np.frombuffer(packed, "<i8").reshape(-1, 4)
        number = np.full((len(own), 1), len(self._customers), np.int64)
        self._customers.append(customer)
        self._parts.append(np.hstack([own, number]))

    def put_into(self, table: str, row: Row) -> list[Any]:
        """The columns of the row with all shares that are there."""
        shares = self._of(TABLES.index(table), row["id"])
        return [*_PUTTING[table](self, row, shares).values()]

    def name(self, number: int) -> str:
        return self._customers[number]

    def _of(self, table: int, key: int) -> Int64s:
        """(position, value, customer's number) of one row's shares, in the order of their positions."""
        if self._sorted is None:
            every = np.concatenate(self._parts) if self._parts else np.zeros((0, 5), np.int64)
            self._sorted = every[np.lexsort((every[:, 2], every[:, 1], every[:, 0]))]
        every = self._sorted
        first, last = (np.searchsorted(every[:, 0], table, side=side) for side in ("left", "right"))
        own = every[first:last]
        first, last = (np.searchsorted(own[:, 1], key, side=side) for side in ("left", "right"))
        return own[first:last, 2:]


def _with_names(returned: Returned, left: Sequence[str], shares: Int64s) -> list[str]:
    names = list(left)
    for at, _, number in shares.tolist():
        if at >= 0:
            names[at] = returned.name(number)
    return [name for name in names if name]


def _request_again(returned: Returned, row: Row, shares: Int64s) -> Row:
    left = row["request"]["customers"]
    customers = None if left is None else _with_names(returned, left, shares)
    asked = row["asked_by"] or next(
        (returned.name(number) for at, _, number in shares.tolist() if at == _BY), _ASKED_BY_CUSTOMER
    )
    return {**row, "request": {**row["request"], "customers": customers}, "asked_by": asked}


def _lot_again(returned: Returned, row: Row, shares: Int64s) -> Row:
    return {**row, "customers": _with_names(returned, row["customers"], shares)}


def _release_row_again(returned: Returned, row: Row, shares: Int64s) -> Row:
    if not len(shares):
        return row
    past = PastRow.from_bytes(bytes(row["data"]))
    loads = past.loads.copy()
    loads[shares[:, 0]] = shares[:, 1]
    return {**row, "data": replace(past, loads=loads).to_bytes()}


def _release_again(returned: Returned, row: Row, shares: Int64s) -> Row:
    sealed = bytes(row["salt"])
    if not sealed.startswith(VERSION) or len(sealed) < _SHORTEST:
        return row  # it does not say whom it counted
    try:
        kept = _of_all(shares[:, 1]).open(sealed, f"release|{row['id']}")
    except BadInput:
        returned.bereft.add(row["id"])
        return {**row, "salt": b""}
    cells, salt = msgspec.msgpack.decode(kept)
    return {**row, "cells": cells, "salt": salt}


_SHORTEST = 64
"""Bytes; an envelope has more, a salt less."""
_PUTTING: Mapping[str, Callable[[Returned, Row, Int64s], Row]] = {
    "disclosures_datarequest": _request_again,
    "retention_lot": _lot_again,
    "releases_releaserow": _release_row_again,
    "releases_release": _release_again,
}

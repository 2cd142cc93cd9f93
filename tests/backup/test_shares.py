"""Rows about several customers come apart by customer, and together again without whoever is gone."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from meterkeep.aggregates.register import FORGOTTEN, PastRow
from meterkeep.backup.shares import Returned, Shares

CUSTOMERS = [f"{number:032x}" for number in (3, 1, 2)]
CHAINS = [f"{number:015x}{'0' * 17}" for number in (70, 50, 60)]
ATOMS = {customer: int(chain[:15], 16) for customer, chain in zip(CUSTOMERS, CHAINS, strict=True)}


def again(
    table: str, row: dict[str, Any], *, without: str = ""
) -> tuple[dict[str, Any], dict[str, Any], set[int]]:
    """What lies in the backup about nobody, and what comes back."""
    shares, returned = Shares(CUSTOMERS, CHAINS), Returned()
    taken = dict(zip(row, shares.taken_from(table, row), strict=True))
    for customer, packed in shares.by_customer():
        returned.add(customer, None if customer == without else packed)
    return taken, dict(zip(row, returned.put_into(table, taken), strict=True)), returned.bereft


REQUEST = {"id": 4, "request": {"customers": [*CUSTOMERS], "where": {}}, "asked_by": CUSTOMERS[1]}
LOT = {"id": 9, "customers": [CUSTOMERS[2], CUSTOMERS[0]]}
PAST = PastRow(
    release="R", family="kwh", measure="kwh", period=(date(2025, 1, 1), date(2025, 2, 1)),
    members=np.array([40, 50, 60, 70], np.uint64), value=1_000, loads=np.array([FORGOTTEN, 5, 600, 7], np.int64),
)  # fmt: skip
CELLS = [
    {"keys": ["a"], "status": "published", "value": 900, "customers": 90, "why": "", "attack": []},
    {
        "keys": ["b"],
        "status": "primary",
        "value": 600,
        "customers": 1,
        "why": "one has it all",
        "attack": [600],
    },
]
RELEASE = {
    "id": 2,
    "cells": CELLS,
    "salt": os.urandom(16),
    "counted": np.array([50, 60, 70], "<u8").tobytes(),
}
ROW = {"id": 7, "data": PAST.to_bytes()}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("disclosures_datarequest", REQUEST),
        ("retention_lot", LOT),
        ("releases_releaserow", ROW),
        ("releases_release", RELEASE),
    ],
    ids=["request", "lot", "row", "release"],
)
def test_with_all_shares_a_row_is_what_it_was(table: str, row: dict[str, Any]) -> None:
    taken, back, bereft = again(table, row)
    assert back == row and not bereft
    said = repr(taken)
    assert not any(customer in said for customer in CUSTOMERS)


def test_without_a_share_nobody_knows_whom_it_named() -> None:
    _, back, _ = again("disclosures_datarequest", REQUEST, without=CUSTOMERS[1])
    assert back["request"]["customers"] == [CUSTOMERS[0], CUSTOMERS[2]] and back["asked_by"] == "customer"
    _, back, _ = again("retention_lot", LOT, without=CUSTOMERS[2])
    assert back["customers"] == [CUSTOMERS[0]]


def test_without_a_share_nobody_knows_what_was_used() -> None:
    taken, back, _ = again("releases_releaserow", ROW, without=CUSTOMERS[2])
    assert PastRow.from_bytes(taken["data"]).loads.tolist() == [FORGOTTEN] * 4
    expected = replace(PAST, loads=np.array([FORGOTTEN, 5, FORGOTTEN, 7], np.int64))
    assert back["data"] == expected.to_bytes()


@pytest.mark.parametrize("without", CUSTOMERS, ids=["first", "second", "third"])
def test_withheld_figures_go_with_the_first_who_is_destroyed(without: str) -> None:
    taken, back, bereft = again("releases_release", RELEASE, without=without)
    assert bereft == {2} and back["salt"] == b""
    for row in (taken, back):
        assert row["cells"][0] == CELLS[0] and row["cells"][1]["value"] == 0 and not row["cells"][1]["attack"]

"""No identity stands in clear in the database file, the store, the log or what the program prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterkeep.faces.cli.demo.population import CANARY

SECRET = {
    name: value
    for name, value in CANARY.items()
    if name
    in {
        "name",
        "account_number",
        "phone",
        "email",
        "service_address",
        "billing_address",
        "ssn",
        "meter_number",
        "usage_point_source_id",
    }
    and value
}


def test_the_canary_has_an_identity() -> None:
    assert {"name", "account_number", "phone", "email", "service_address"} <= SECRET.keys()


@pytest.mark.parametrize("field", SECRET)
def test_no_file_of_the_home_holds_it(day, field: str) -> None:
    home, _ = day
    value = SECRET[field].encode()
    forms = {value, value.lower(), value.upper(), value.decode().encode("utf-16-le")}
    found = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]
    assert found == []


@pytest.mark.parametrize("field", SECRET)
def test_nothing_that_was_printed_holds_it(day, field: str) -> None:
    _, ran = day
    assert SECRET[field] not in ran.out + ran.err


def test_every_part_of_the_home_was_searched(day) -> None:
    home, _ = day
    parts = {path.relative_to(home).parts[0] for path in home.rglob("*") if path.is_file()}
    assert {"database.sqlite3", "store", "ledger", "vault"} <= parts
    assert sum(Path(path).stat().st_size for path in home.rglob("*") if path.is_file()) > 1_000_000

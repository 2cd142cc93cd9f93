"""`retention` and `vault` on the command line: what they print, and how they exit."""

import json
import shutil
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from meterkeep.desks.customers.models import ServiceAgreement
from meterkeep.faces.cli import run
from meterkeep.site import composition

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def engines(engines, tmp_path_factory):
    """A home of its own, copied: who is destroyed here would be missing from the pages of whatever test comes next."""
    home, gate = engines
    folder = tmp_path_factory.mktemp("destroying") / "house"
    shutil.copytree(home.folder.parent, folder)
    own = replace(home, folder=folder / home.folder.name)
    return own, replace(composition.gate_of(own), clock=gate.clock)


@pytest.fixture
def command(house, capsys):
    given = house.custodian
    custodian = SimpleNamespace(gate=given.gate, home=given.home, today=lambda: TODAY)
    at_hand = SimpleNamespace(open=lambda: custodian)

    def do(*arguments):
        code = run([*map(str, arguments)], at_hand)
        said = capsys.readouterr()
        return SimpleNamespace(code=code, out=said.out, err=said.err)

    do.real = lambda: setattr(custodian, "home", replace(given.home, synthetic=False))
    return do


@pytest.fixture
def left(house):
    customer = house.customers[0]
    ServiceAgreement.objects.filter(customer=customer).update(start=date(2015, 1, 1), end=date(2021, 1, 1))
    return customer


def test_the_plan_says_what_is_due_and_nobody_s_name(command, left):
    told = command("retention", "plan")
    assert told.code == 0 and "1 former customer is due since 2026-01-01: older than 5 years" in told.out
    assert "CEA-03/5.4-d" in told.out and "GOV/34090-consent" in told.out and left not in told.out
    said = json.loads(command("retention", "plan", "--json").out)
    assert [(one["record"], one["outcome"], one["customers"]) for one in said["due"]] == [
        ("customer", "permit", 1)
    ]


def test_a_hold_is_placed_listed_and_lifted(command, left):
    officer = ("--by", "officer")
    placed = json.loads(
        command("retention", "hold", "--customer", left, "--why", "claim 7", *officer, "--json").out
    )
    assert "customer: of 1 customer held by" in command("retention", "plan").out
    assert command("retention", "holds", placed["hold"]).out.split() == [left]
    assert command("retention", "lift", placed["hold"], "--why", "over", *officer).code == 0
    assert command("retention", "lift", placed["hold"], "--why", "over", *officer).code == 1
    assert "claim 7" in command("retention", "holds").out
    assert command("retention", "hold", "--why", "nobody", *officer).code == 2
    assert command("retention", "lift", "H-0", "--why", "none", *officer).code == 2


def test_nothing_goes_without_apply(command, left, house):
    told = command("retention", "apply", "--by", "officer")
    assert "Nothing was changed. Add --apply to destroy." in told.out
    assert house.custodian.gate.vault.read([left], ["name"])
    assert command("retention", "certificates").out.strip() == "Nothing was destroyed yet."
    assert command("retention", "certificates", "D-0").code == 2


def test_places_are_entered_and_taken_off(command, tmp_path):
    officer = ("--by", "officer")
    assert command("retention", "places", "--add", tmp_path, *officer).out.strip() == str(tmp_path)
    assert command("retention", "places", "--add", tmp_path, *officer).code == 1
    assert "No folder" in command("retention", "places", "--remove", tmp_path, *officer).out
    assert command("retention", "places", "--add", tmp_path / "none", *officer).code == 2


def test_the_vault_is_checked(command):
    assert command("vault", "check").code == 0
    assert json.loads(command("vault", "check", "--json").out) == {"idle": 0, "lost": 0, "destroyed": 0}


def test_apply_is_of_today_but_in_a_home_for_made_up_data(command, left, house):
    acting = ("retention", "apply", "--apply", "--by", "officer")
    command.real()
    assert command(*acting, "--as-of", "2026-03-01").code == 2
    erase = (
        "store",
        "purge",
        "--month",
        "2019-07",
        "--why",
        "old",
        "--by",
        "officer",
        "--as-of",
        "2026-03-01",
    )
    assert command(*erase, "--apply").code == 2
    ghost = ("retention", "hold", "--everyone", "--why", "x", "--by", "ghost", "--as-of", "2020-01-01")
    assert command(*ghost).code == 1


def test_a_file_that_nobody_can_read_is_told_and_a_hold_on_a_part_too(command, left, house):
    placed = command(
        "retention",
        "hold",
        "--customer",
        left,
        "--records",
        "readings",
        "--why",
        "x",
        "--by",
        "officer",
        "--json",
    )
    assert "(on their readings" in command("retention", "plan").out
    command("retention", "lift", json.loads(placed.out)["hold"], "--why", "over", "--by", "officer")
    (house.custodian.home.folder / "old.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    told = command("retention", "apply", "--apply", "--by", "officer")
    assert told.code == 1 and "1 files in the home or its places could not be looked into" in told.out

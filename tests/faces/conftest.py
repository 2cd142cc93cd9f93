"""A small furnished house: invented customers with a month of readings, staff, parties, requests and a release.

The engines and what they hold are made once; the database is new for each test, so the desks' rows are entered again.
"""

import csv
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import rows
from django.db import connection
from django.utils import translation

ZONE = "America/Los_Angeles"
TODAY = date(2026, 3, 2)
FEBRUARY = [date(2026, 2, 1) + timedelta(days=day) for day in range(28)]
HOMES, FACTORIES = 18, 3
SOLAR = 1
PASSWORD = "a made-up pass phrase"
COLUMNS = [
    "customer_id",
    "name",
    "account_number",
    "usage_point_source_id",
    "service_address",
    "zip",
    "customer_class",
    "solar",
    "start",
]


def usage(point: int, day: date, hour: int) -> int:
    """Watt-hours: a morning and an evening peak, more at weekends, a little different for each home."""
    shape = [2, 2, 2, 2, 2, 3, 6, 7, 5, 4, 4, 4, 5, 4, 4, 5, 7, 10, 13, 14, 12, 9, 6, 3][hour]
    weekend = 3 if day.weekday() > 4 and 9 < hour < 22 else 0
    return 60 * (shape + weekend) + 7 * ((point * 31 + day.day * 17 + hour * 13) % 23)


def sunshine(day: date, hour: int) -> int:
    return max(0, 2600 - 420 * abs(hour - 12)) * (3 + day.day % 5) // 7


def write_readings(path: Path) -> Path:
    """A wide utility file. One home's third day is missing, its fifth is estimated; another home sends to the grid."""
    with path.open("w", newline="") as file:
        write = csv.writer(file).writerow
        hours = [f"HR{hour:02d}00" for hour in range(1, 25)]
        write(["SERVICE_POINT_ID", "READ_DATE", "DIRECTION", "UNIT", "QUALITY", *hours])
        for point in range(HOMES + FACTORIES):
            for day in FEBRUARY:
                if point == 0 and day.day == 3:
                    continue
                quality = "estimated" if point == 0 and day.day == 5 else "actual"
                came = [usage(point, day, hour) * (40 if point >= HOMES else 1) for hour in range(24)]
                went = [sunshine(day, hour) if point == SOLAR else 0 for hour in range(24)]
                came = [max(0, c - w) for c, w in zip(came, went, strict=True)]
                write([f"SP-{point:05d}", day, "DELIVERED", "Wh", quality, *came])
                if point == SOLAR:
                    write([f"SP-{point:05d}", day, "RECEIVED", "Wh", quality, *went])
    return path


def write_customers(path: Path) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for point in range(HOMES + FACTORIES):
            kind = "residential" if point < HOMES else "industrial"
            row = [f"C-{point}", f"Synthetic Customer {point}", f"ACC-{point:06d}", f"SP-{point:05d}"]
            writer.writerow([*row, f"{point} Invented Way", "95501", kind, point == SOLAR, "2024-05-01"])
    return path


@dataclass
class House:
    """custodian: what every request is given. users: role → account. customers: in the order of the file."""

    custodian: object
    customers: list[str]
    users: dict[str, object]
    requests: dict[str, object]
    release: object
    planned: object


@pytest.fixture(autouse=True)
def _in_english():
    """A page that was asked for in Spanish leaves its language to whatever runs next in the same thread."""
    yield
    translation.deactivate()


@pytest.fixture
def password():
    return PASSWORD


@pytest.fixture(scope="session")
def engines(tmp_path_factory, django_db_setup, django_db_blocker):
    """Home and gate with the readings taken in, through the front door."""
    from meterkeep.site import composition
    from meterkeep.site.home import Home

    folder = tmp_path_factory.mktemp("house")
    home = Home.create(
        folder / "home",
        provider="cea",
        zone=ZONE,
        name="Coastal Example Energy",
        created=TODAY,
        synthetic=True,
    )
    composition.make_engines(home)
    noon = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo(ZONE))
    gate = replace(composition.gate_of(home), clock=lambda: noon)
    with django_db_blocker.unblock():
        report = gate.take_in(write_readings(folder / "readings.csv"), by="intake", on=TODAY)
    assert report["status"] == "stored", report
    gate.chains.close_epoch(by="intake", on=TODAY)
    shutil.copytree(home.ledger, folder / "ledger")
    return home, gate


@pytest.fixture(scope="session")
def kept():
    """What the first house of this process was made of: those after it are put back, not made again."""
    return {}


@pytest.fixture
def house(engines, kept, db, monkeypatch, tmp_path, request):
    """The desks' rows of the house, and the custodian that the middleware gives to every request."""
    from meterkeep.desks.outbox import sequencer
    from meterkeep.site import middleware
    from meterkeep.site.composition import Custodian

    home, gate = engines
    before = rows.taken()
    again = connection.in_atomic_block and kept.get("begun") == (before, _state(home))
    gate = _with_log(home, gate, kept["ledger"] if again else home.folder.parent / "ledger")
    request.addfinalizer(gate.journal.close)
    sequencer.plug(gate.record)
    custodian = Custodian(home, gate)
    monkeypatch.setattr(middleware, "open_custodian", lambda: custodian)
    if again:
        rows.put_back(kept["rows"])
        return House(custodian, **_fresh(kept["house"]))
    made = _furnished(gate, tmp_path)
    new = rows.added(before, rows.taken())
    if connection.in_atomic_block and new is not None:
        ledger = home.folder.parent / "furnished"
        shutil.rmtree(ledger, ignore_errors=True)
        shutil.copytree(home.ledger, ledger)
        kept.update(rows=new, ledger=ledger, house=made, begun=(before, _state(home)))
    return House(custodian, **made)


def _state(home):
    """Vault and store are not put back: where a test has changed them, or the database held something before, the house
    is made again.
    """
    return [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for part in (home.vault, home.store)
        for path in sorted(part.rglob("*"))
        if path.is_file()
    ]


def _fresh(made):
    """The same rows, read again: a test may have changed the objects."""
    if isinstance(made, dict):
        return {name: _fresh(part) for name, part in made.items()}
    if isinstance(made, list):
        return list(made)
    return type(made)._default_manager.get(pk=made.pk)


def _furnished(gate, folder):
    from meterkeep.desks.customers import actions as customers
    from meterkeep.desks.policies import actions as policies

    taken = customers.import_customers(
        write_customers(folder / "customers.csv"), gate=gate, by="intake", on=TODAY
    )
    assert taken["rejected"] == []
    policies.adopt(pack_id="cea", by="board", on=TODAY)
    ids = [gate.vault.find("customer_ref", f"C-{point}")[0] for point in range(HOMES + FACTORIES)]
    _workforce()
    _parties()
    return {
        "customers": ids,
        "users": _accounts(ids),
        "requests": _requests(gate, ids),
        "release": _release(gate),
        "planned": _plan(gate, by="analyst"),
    }


def _with_log(home, gate, ledger):
    """The log as it was when the database had these rows: else it would know of releases that are in none."""
    from meterkeep.ledger import FileSigner, Journal

    shutil.rmtree(home.ledger)
    shutil.copytree(ledger, home.ledger)
    return replace(gate, journal=Journal.open(home.ledger, signer=FileSigner(home.keys)))


def _workforce():
    from meterkeep.desks.workforce import actions as workforce

    purposes = ["power_or_billing", "customer_service", "efficiency_program", "reporting"]
    for id, display in (
        ("officer", "Privacy officer"),
        ("analyst", "Load analyst"),
        ("second", "Second reviewer"),
    ):
        role = "privacy_officer" if id == "officer" else id
        person = workforce.record_person(id=id, display=display, role=role, by="board", on=TODAY)
        workforce.assign(person=person, purposes=purposes, by="board", on=TODAY)
        workforce.record_training(
            person=person, module="privacy", valid_until=TODAY + timedelta(days=300), by="officer", on=TODAY
        )
        workforce.acknowledge(person=person, document="CEA-02", by=id, on=TODAY)


def _parties():
    from meterkeep.desks.parties import actions as parties

    terms = {"on_behalf": True, "program_use_only": True, "no_less_protective": True, "breach_term": True,
             "flow_down": True}  # fmt: skip
    for id, name in (
        ("tern-analytics", "Tern Load Analytics"),
        ("riptide-billing", "Riptide Billing Services"),
    ):
        party = parties.record_party(id=id, name=name, kind="contractor", by="officer", on=TODAY)
        parties.record_contract(
            party=party,
            number=f"K-{id}",
            purposes=["power_or_billing"],
            start=date(2025, 1, 1),
            by="officer",
            on=TODAY,
            **terms,
        )
    parties.cease(party=party, what="Kept data that had to be returned.", by="officer", on=TODAY)


def _accounts(ids):
    from meterkeep.desks.accounts import actions as accounts

    def opened(username, kind, **holder):
        return accounts.open_account(
            username=username, password=PASSWORD, kind=kind, by="officer", on=TODAY, **holder
        )

    return {
        "customer": opened("demo-home", "customer", customer_id=ids[0]),
        "solar": opened("demo-solar", "customer", customer_id=ids[SOLAR]),
        "newcomer": opened("demo-new", "customer", customer_id="f" * 32),
        "staff": opened("officer", "staff", person="officer"),
        "analyst": opened("analyst", "staff", person="analyst"),
        "second": opened("second", "staff", person="second"),
        "auditor": opened("auditor", "auditor"),
    }


def _requests(gate, ids):
    from meterkeep.desks.disclosures import actions as disclosures
    from meterkeep.gate import Period, Request, Subjects

    def ask(recipient, due, *elements, **more):
        request = Request(
            action="disclose", purpose="power_or_billing", elements=elements or ("interval_usage",),
            subjects=Subjects.of(ids[0]), period=Period(date(2026, 2, 1), date(2026, 3, 1)), recipient=recipient,
            reason="To forecast what has to be bought.", **more,
        )  # fmt: skip
        due_on = TODAY + timedelta(days=due)
        return disclosures.ask(request=request, by="officer", on=TODAY - timedelta(days=9), due_on=due_on)

    permitted, refused, waiting = (
        ask("tern-analytics", 4),
        ask("riptide-billing", -2),
        ask("tern-analytics", 20, "email"),
    )
    for request in (permitted, refused):
        disclosures.decide(request=request, gate=gate, by="officer", on=TODAY)
    done = disclosures.decide(request=ask("tern-analytics", 1), gate=gate, by="officer", on=TODAY)
    disclosures.fulfil(request=done, gate=gate, by="officer", on=TODAY)
    return {"permitted": permitted, "refused": refused, "waiting": waiting, "done": done}


SPEC = """
title = "Energy use by ZIP code and kind of customer"
by = ["zip", "customer_class", "month"]
from = "2026-02"
until = "2026-03"
purpose = "power_or_billing"
"""


def _plan(gate, *, by):
    from meterkeep.desks.releases import actions as releases

    return releases.plan(spec=SPEC, gate=gate, by=by, on=TODAY)


def _release(gate):
    from meterkeep.desks.releases import actions as releases
    from meterkeep.desks.releases.screening import Outlet
    from meterkeep.site.screens import SyntheticOnly

    release = _plan(gate, by="analyst")
    for reviewer in ("officer", "second"):
        releases.review(
            release=release,
            accept=True,
            discretion=True,
            why="It helps towns to plan.",
            gate=gate,
            by=reviewer,
            on=TODAY,
        )
    outlet = Outlet("Coastal Example Energy", "cea", True, SyntheticOnly())
    return releases.publish(release=release, gate=gate, outlet=outlet, by="officer", on=TODAY)

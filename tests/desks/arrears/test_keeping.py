"""An open debt keeps its customer's records, and nothing else does; what stays of a destroyed customer's account names nobody. All data is invented."""

import hashlib
from datetime import date, timedelta

import pytest
from django.db import connection

from meterkeep.desks.arrears import actions, disclosing, files, keeping
from meterkeep.desks.arrears.kinds import ActKind, FileKind
from meterkeep.desks.arrears.models import Account
from meterkeep.desks.arrears.positions import positions
from meterkeep.desks.arrears.reading.mappings import plain_layout
from meterkeep.desks.arrears.reading.tables import read_table
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.retention import actions as retention
from meterkeep.desks.retention.plan import as_json, plan
from meterkeep.errors import Refused
from meterkeep.gate import Farewell

TODAY = date(2026, 3, 2)
LEFT = date(2020, 12, 1)
CANARY = "Quillfeather Canary"
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(gate, adopted, people, tmp_path):
    """Three customers who left more than five years ago."""
    lines = ["customer_id,meter_number,zip,start,end,name,account_number"]
    lines += [f"REF-{n},SYN-10000{n},92000,2015-01-01,{LEFT},{CANARY} {n},CANARY-{n}" for n in range(3)]
    (tmp_path / "customers.csv").write_text("\n".join(lines))
    assert (
        customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=TODAY)["imported"]
        == 3
    )
    return [gate.vault.find("customer_ref", f"REF-{n}")[0] for n in range(3)]


@pytest.fixture
def take_in(gate, town, tmp_path):
    def do(kind, *lines, on):
        layout = plain_layout(FileKind(kind))
        path = tmp_path / "file.csv"
        path.write_text("\n".join([",".join(layout.columns.values()), *lines]) + "\n")
        read = read_table(path, layout, as_of=on)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return actions.take_in(read=read, sha256=sha256, gate=gate, by="clerk", on=on)

    return do


def gone(gate, on=TODAY):
    """Who would be destroyed, and who is kept for collections."""
    found = plan(gate=gate, by="officer", on=on)
    due = next((one.customers for one in found.due if one.record == "customer"), ())
    held = [one for one in found.held if one.hold.reference == "collections" and one.record == "customer"]
    return set(due), {customer for one in held for customer in one.customers}


def test_whoever_owes_is_not_destroyed_until_all_is_paid(town, take_in, gate, home):
    take_in("overdue", "CANARY-0,40.00,2020-11-15,", "CANARY-1,40.00,2020-11-15,", on=date(2021, 1, 1))
    take_in("payments", "CANARY-1,40.00,2021-02-01,", on=date(2021, 2, 1))
    assert gone(gate) == ({town[1], town[2]}, {town[0]})
    take_in("payments", "CANARY-0,39.99,2026-02-01,", on=date(2026, 2, 1))
    assert gone(gate)[1] == {town[0]}
    with pytest.raises(Refused):
        gate.forget(Farewell(customers=(town[0],)), why="x", by="officer", on=TODAY)
    take_in("payments", "CANARY-0,0.01,2026-02-02,", on=date(2026, 2, 2))
    assert gone(gate) == (set(town), set())


@pytest.mark.parametrize(
    ("due", "last"), [("2020-11-15", date(2027, 11, 14)), ("2020-02-29", date(2027, 2, 28))]
)
def test_a_debt_keeps_nothing_once_it_is_too_old(town, take_in, gate, due, last):
    take_in("overdue", "CANARY-0,40.00,2019-01-01,", f"CANARY-0,40.00,{due},", on=date(2021, 1, 1))
    assert town[0] in gone(gate, on=last)[1]
    assert town[0] in gone(gate, on=last + timedelta(days=1))[0]


def test_an_earlier_day_is_not_before_a_debt(town, take_in, gate):
    take_in("overdue", "CANARY-0,40.00,2020-11-15,", on=TODAY)
    assert gone(gate, on=TODAY - timedelta(days=30))[1] == {town[0]}


def test_a_paid_debt_that_is_still_with_an_agency_keeps_too(town, take_in, gate, contractors):
    actions.check_agency(
        party="tern", licence="1", until=None, source="register", by="clerk", on=date(2025, 1, 1)
    )
    take_in("returned", "CANARY-0,40.00,2020-11-15,2021-01-05,", on=date(2025, 2, 1))
    actions.decide(
        found=positions(on=date(2025, 3, 1)),
        kind=ActKind.REFERRED,
        why="x",
        by="manager",
        on=date(2025, 3, 1),
        party="tern",
    )
    take_in("payments", "CANARY-0,40.00,2025-04-01,", on=date(2025, 4, 1))
    assert gone(gate)[1] == {town[0]}
    (one,) = positions(on=TODAY)
    (referral,) = one.open(ActKind.REFERRED)
    actions.enter(
        account=one.account,
        kind=ActKind.RECALLED,
        by="clerk",
        on=TODAY,
        why="paid",
        party="tern",
        answers=referral,
    )
    assert gone(gate)[1] == set()


def test_what_stays_of_the_destroyed_is_the_books_side_and_names_nobody(town, take_in, gate, home):
    take_in(
        "returned",
        "CANARY-0,12.34,2020-11-15,2021-01-05,",
        "CANARY-1,15.00,2020-11-15,2021-01-05,",
        on=date(2021, 2, 1),
    )
    for one in positions(on=date(2025, 3, 1)):
        why = f"of {CANARY}" if one.account.customer == town[0] else "x"
        actions.decide(found=[one], kind=ActKind.WRITTEN_OFF, why=why, by="manager", on=date(2025, 3, 1))
    take_in("overdue", "CANARY-1,20.00,2020-11-15,", on=date(2025, 3, 2))
    before = files.journal(disclosing.write_offs(since=LEFT, on=TODAY))
    traces = {one.reference for one in Account.objects.filter(customer=town[0])} | {
        town[0],
        "CANARY-0",
        CANARY,
    }
    (lot, *_) = retention.apply(gate=gate, home=home.folder, by="officer", on=TODAY)
    assert lot.certificate["collections"] == {
        "accounts": 1,
        "postings": 2,
        "acts": 2,
        "steps": 0,
        "kept_entries": 1,
        "kept_cents": 1234,
    }
    after = files.journal(disclosing.write_offs(since=LEFT, on=TODAY))
    assert (
        (after.entries, after.debit, after.credit)
        == (before.entries, before.debit, before.credit)
        == (2, 2734, 2734)
    )
    books = everything() + after.content.decode()
    assert town[1] in books, "the search finds what is there"
    assert [trace for trace in traces if trace in books] == []
    in_files = [
        path for path in home.folder.rglob("*") if path.is_file() and b"CANARY-0" in path.read_bytes()
    ]
    assert in_files == []
    assert as_json(plan(gate=gate, by="officer", on=TODAY))["held"][0]["hold"] == "collections"
    assert keeping.needs(on=TODAY).keys() == {town[1]}


def everything():
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            told += map(str, cursor.fetchall())
    return "\n".join(told)

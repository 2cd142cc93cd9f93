"""Files for the agency and the books: through the gate, with what collecting needs, and to the cent. All data is invented."""

import csv
import io
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from desks.arrears.test_collecting import BEGIN, agency, known, take_in  # noqa: F401 - fixtures

from meterkeep.desks.arrears import actions, disclosing
from meterkeep.desks.arrears.files import CORRECTION, JOURNAL, RECALL, REFERRAL, WriteOff, as_csv, journal
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.positions import positions
from meterkeep.desks.customers import actions as customers
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.faces.cli.collections.files import journal as books_of
from meterkeep.faces.cli.collections.files import refer

pytestmark = pytest.mark.django_db
ON = BEGIN + timedelta(days=140)


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_debit_is_credit_to_the_cent():
    made = journal(
        [WriteOff(f"C-{cents}", "A-1", cents, ON, "manager", "CEA-05/5.3") for cents in (1, 99, 1234, 1999)]
    )
    lines = rows(made.content)
    cents = [sum(int(line[side].replace(".", "") or 0) for line in lines) for side in ("debit", "credit")]
    assert cents == [3333, 3333] == [made.debit, made.credit]
    assert tuple(lines[0]) == JOURNAL and len(lines) == 8


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+1 619 555 0100", "-2+3", "\t=1", "\r=1", "\n=1"], ids=repr
)
def test_a_name_is_no_formula(text):
    (row,) = rows(as_csv(("name",), [{"name": text}]))
    assert row["name"] == f"'{text}"


@pytest.mark.parametrize("text", ["300.00", "-12.50", "Ana = Ben", "O'Hara", 'a "b", c'], ids=repr)
def test_what_is_no_formula_stays_as_it_is(text):
    (row,) = rows(as_csv(("name",), [{"name": text}]))
    assert row["name"] == text


@pytest.fixture
def referred(gate, take_in, agency):  # noqa: F811
    """An account of $300.00 that the manager has referred to the agency."""
    take_in("returned", "ACC-1,300.00,2024-12-01,2025-01-05,", on=BEGIN + timedelta(days=5))
    on = BEGIN + timedelta(days=6)
    actions.decide(
        found=positions(on=on), kind=ActKind.REFERRED, why="Agreed.", by="manager", on=on, party=agency
    )
    return agency


def test_the_agency_is_told_what_collecting_needs_and_the_customer_sees_it(gate, referred, today):
    sent = disclosing.refer(party=referred, gate=gate, by="manager", on=today)
    (row,) = rows(sent.content)
    assert tuple(row) == REFERRAL
    assert (row["account_number"], row["amount"], row["interest"]) == ("ACC-1", "300.00", "0.00")
    (account,) = positions(on=today)
    seen = gate.history(account.account.customer)
    assert (seen[0].family, seen[0].recipient, seen[0].outcome) == ("disclosure", referred, "delivered")
    assert set(seen[0].elements) == set(disclosing.NEEDED)


def test_nothing_goes_to_an_agency_without_a_referral_a_licence_or_a_contract(
    gate, referred, today, contractors
):
    with pytest.raises(Undetermined, match="licence"):
        disclosing.refer(party="riptide", gate=gate, by="manager", on=today)
    with pytest.raises(BadInput, match="party"):
        disclosing.refer(party="nobody", gate=gate, by="manager", on=today)
    with pytest.raises(Refused, match="workforce"):
        disclosing.refer(party=referred, gate=gate, by="stranger", on=today)
    with pytest.raises(Refused, match="need to know"):
        disclosing.refer(party=referred, gate=gate, by="clerk", on=today)
    actions.check_agency(
        party="riptide",
        licence="2 (synthetic)",
        until=None,
        source="the state's register",
        by="clerk",
        on=BEGIN,
    )
    with pytest.raises(Refused, match="ceased"):
        disclosing.refer(party="riptide", gate=gate, by="manager", on=date(2026, 2, 21))


def test_what_was_recalled_is_told_and_is_no_longer_referred(gate, referred, today):
    (one,) = positions(on=today)
    with pytest.raises(BadInput, match="recalled"):
        disclosing.recall(party=referred, gate=gate, by="manager", on=today)
    (act,) = one.open(ActKind.REFERRED)
    actions.enter(
        account=one.account,
        kind=ActKind.RECALLED,
        by="manager",
        on=today,
        why="Paid.",
        party=referred,
        answers=act,
    )
    (row,) = rows(disclosing.recall(party=referred, gate=gate, by="manager", on=today).content)
    assert tuple(row) == RECALL and row["recalled_on"] == today.isoformat()
    with pytest.raises(BadInput):
        disclosing.refer(party=referred, gate=gate, by="manager", on=today)


def test_what_a_bureau_was_told_is_set_right_once_it_is_no_longer_so(gate, referred, today, take_in):  # noqa: F811
    (one,) = positions(on=today)

    def enter(kind, **more):
        return actions.enter(account=one.account, kind=kind, by="manager", on=today, **more)

    def correct():
        sent = disclosing.correct(party=referred, gate=gate, by="manager", on=today)
        (row,) = rows(sent.content)
        assert tuple(row) == CORRECTION and "Customer" not in sent.content.decode()
        assert sent.cents == round(float(row["amount"]) * 100)
        return row["status"], row["amount"], row["bureau"]

    report = enter(ActKind.REPORTED, party="bureau-1", cents=300_00)
    with pytest.raises(BadInput, match="set right"):
        correct()
    take_in("payments", f"ACC-1,100.00,{today}", on=today)
    assert correct() == ("amount_changed", "200.00", "bureau-1")
    enter(ActKind.DISPUTE_OPENED, why="The amount.")
    assert correct() == ("disputed", "200.00", "bureau-1")
    take_in("payments", f"ACC-1,200.00,{today}", on=today)
    assert correct() == ("paid_in_full", "0.00", "bureau-1")
    seen = gate.history(one.account.customer)[0]
    assert (seen.recipient, set(seen.elements)) == (referred, set(disclosing.NEEDED_TO_CORRECT))
    with pytest.raises(BadInput, match="set right"):
        disclosing.correct(party="riptide", gate=gate, by="manager", on=today)
    enter(ActKind.CORRECTED, party="bureau-1", answers=report, why="Paid.")
    with pytest.raises(BadInput, match="set right"):
        correct()


def test_a_disputed_account_is_not_told_to_the_agency(gate, referred, today):
    (one,) = positions(on=today)
    actions.enter(account=one.account, kind=ActKind.DISPUTE_OPENED, by="manager", on=today, why="The amount.")
    with pytest.raises(BadInput, match="not held"):
        disclosing.refer(party=referred, gate=gate, by="manager", on=today)


def test_the_commands_write_what_was_let_out_and_replace_nothing(gate, referred, today, tmp_path):
    home = SimpleNamespace(gate=gate, today=lambda: today)
    asked = ["--agency", referred, "--out", str(tmp_path / "a.csv"), "--by", "manager"]
    open_home = SimpleNamespace(open=lambda: home)
    CliRunner().invoke(refer, asked, obj=open_home, catch_exceptions=False, standalone_mode=False)
    assert len(rows((tmp_path / "a.csv").read_bytes())) == 1
    with pytest.raises(BadInput, match="already"):
        CliRunner().invoke(refer, asked, obj=open_home, catch_exceptions=False, standalone_mode=False)
    books = ["--since", "2025-01-01", "--out", str(tmp_path / "j.csv")]
    said = CliRunner().invoke(books_of, books, obj=open_home, catch_exceptions=False, standalone_mode=False)
    assert "0 write-offs, debit $0.00 = credit $0.00" in said.output


def test_of_several_accounts_only_the_one_that_was_referred_is_told(gate, referred, today, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("customer_id,account_number\nREF-1,ACC-1\nREF-1,ACC-OTHER\n")
    customers.import_customers(path, gate=gate, by="clerk", on=today)
    sent = disclosing.refer(party=referred, gate=gate, by="manager", on=today)
    assert [row["account_number"] for row in rows(sent.content)] == ["ACC-1"]
    assert b"OTHER" not in sent.content

"""Files into the ledger and acts on it: no cent is lost, nothing happens twice, and who decides is named. All data is invented."""

import hashlib
import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.arrears import actions, checks, queries, telling
from meterkeep.desks.arrears.kinds import ActKind, FileKind
from meterkeep.desks.arrears.models import Account, Act, DueStep, Import, Posting
from meterkeep.desks.arrears.positions import positions, remembered, steps_reached
from meterkeep.desks.arrears.reading.mappings import load_layout, plain_layout
from meterkeep.desks.arrears.reading.tables import read_table
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.parties import actions as parties
from meterkeep.desks.workforce import actions as workforce
from meterkeep.errors import BadInput, Refused, Undetermined

BEGIN = date(2025, 1, 1)
NUMBERS = [f"ACC-{number}" for number in range(12)]
pytestmark = pytest.mark.django_db


def day(number):
    return BEGIN + timedelta(days=number)


@pytest.fixture
def known(gate, adopted, people, tmp_path):
    """Twelve customers with an account each."""
    lines = [f"REF-{number},{account}" for number, account in enumerate(NUMBERS)]
    (tmp_path / "customers.csv").write_text("\n".join(["customer_id,account_number", *lines]))
    assert (
        customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=BEGIN)["imported"]
        == 12
    )


@pytest.fixture
def take_in(gate, known, tmp_path):
    def do(kind, *lines, on, by="clerk", layout=None, told=None):
        layout = layout or plain_layout(FileKind(kind))
        path = tmp_path / "file.csv"
        path.write_text("\n".join([",".join(layout.columns.values()), *lines]) + "\n")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        read = read_table(path, layout, as_of=on)
        return actions.take_in(read=read, sha256=sha256, gate=gate, by=by, on=on, told=told)

    return do


@pytest.fixture
def agency(contractors):
    actions.check_agency(
        party="tern",
        licence="10001-99 (synthetic)",
        until=day(700),
        source="the state's register",
        by="clerk",
        on=BEGIN,
    )
    return "tern"


def only(on):
    (found,) = positions(on=on)
    return found


def test_totals_in_are_totals_out_and_named_rejects(take_in):
    told = []
    file = take_in(
        "overdue",
        f"{NUMBERS[0]},300.10,2024-12-01,",
        f"{NUMBERS[1]},17.25,2024-12-01,0.01",
        "ACC-STRANGER,5.00,2024-12-01,",
        f"{NUMBERS[2]},12.345,2024-12-01,",
        f"{NUMBERS[3]},10.00,,",
        f"{NUMBERS[4]},10.00,2024-12-01,",
        f"{NUMBERS[4]},11.00,2024-12-01,",
        f"{NUMBERS[5]},(2.00),,",
        on=day(0),
        told=told,
    )
    assert (file.lines, file.kept, file.rejected) == (8, 2, 6)
    assert (file.cents_in, file.cents_kept, file.cents_rejected) == (351_35, 298_10, 53_25)
    assert [(line, rule) for line, rule, _ in file.rejects] == [
        (3, "interest"), (4, "unknown_account"), (5, "amount"), (6, "due_date"), (7, "twice"), (8, "twice"),
    ]  # fmt: skip
    assert "CEA-05/5.4" in told[0].why and "STRANGER" not in str(told)
    assert sum(Posting.objects.values_list("cents", flat=True)) == file.cents_kept


def test_the_same_file_again_changes_nothing(take_in):
    line = f"{NUMBERS[0]},300.10,2024-12-01,"
    first = take_in("overdue", line, on=day(0))
    before = (Posting.objects.count(), OutboxEvent.objects.count())
    assert take_in("overdue", line, on=day(3)) == first
    assert (Posting.objects.count(), OutboxEvent.objects.count()) == before


def test_a_utilitys_own_layout_is_read_by_its_mapping(take_in, tmp_path):
    path = tmp_path / "sdge-returned.toml"
    path.write_text(
        'kind = "returned"\ndates = "%m/%d/%Y"\n[columns]\naccount_number = "Acct"\namount = "Past due"\n'
        'due_date = "Due"\nreturned_on = "Sent back"\n'
    )
    layout = load_layout(path)
    take_in("returned", f"{NUMBERS[0]},$19.99,12/01/2024,01/02/2025", on=day(5), layout=layout)
    found = only(day(5))
    assert [str(step.name) for step in found.todo] == ["write_off_candidate"]
    assert (found.state.returned_on, found.state.balance) == (day(1), 19_99)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('kind = "other"', "kind"),
        ('kind = "bills"\n[columns]\namount = "x"', "columns"),
        ('kind = "overdue"\nrate = 3', "keys"),
        (
            'kind = "overdue"\ndates = "%y"\n[columns]\naccount_number = "a"\namount = "b"\ndue_date = "c"',
            "dates",
        ),
        ("kind = ", "TOML"),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path, text, key):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=key):
        load_layout(path)


def test_rows_of_the_ledger_do_not_change(take_in):
    take_in("overdue", f"{NUMBERS[0]},300.10,2024-12-01,", on=day(0))
    for rows, field in ((Posting.objects, "cents"), (Import.objects, "lines"), (Account.objects, "since")):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{field: rows.get().__dict__[field]})


def test_a_named_person_refers_and_writes_off_by_what_is_due(take_in, agency):
    """Both sides of the amount; the whole lot or nothing; the write-off takes the debt away, the referral does not."""
    lines = [f"{NUMBERS[0]},19.99,2024-12-01,2025-01-05,", f"{NUMBERS[1]},20.00,2024-12-01,2025-01-05,"]
    take_in("returned", *lines, on=day(5))
    small, large = sorted(positions(on=day(6)), key=lambda one: one.state.balance)
    to_refer = {"kind": ActKind.REFERRED, "why": "Returned.", "on": day(6), "party": agency}
    with pytest.raises(Refused, match="workforce"):
        actions.decide(found=[large], by="nobody", **to_refer)
    with pytest.raises(Refused):
        actions.decide(found=[large, small], by="manager", **to_refer)
    assert not Act.objects.filter(kind=ActKind.REFERRED).exists()
    (referred,) = actions.decide(found=[large], by="manager", **to_refer)
    (off,) = actions.decide(found=[small], kind=ActKind.WRITTEN_OFF, why="Bad debt.", by="manager", on=day(6))
    assert (referred.cents, referred.party, off.cents, off.posting.cents) == (20_00, "tern", 19_99, -19_99)
    states = {one.account.pk: one for one in positions(on=day(7))}
    assert states[small.account.pk].state.balance == 0 and states[small.account.pk].todo == ()
    assert states[large.account.pk].agency == "tern" and states[large.account.pk].state.balance == 20_00
    decided = OutboxEvent.objects.filter(name="collections.decided").values_list(
        "detail__accounts", "subjects"
    )
    assert [(number, len(subjects)) for number, subjects in decided] == [(1, 1), (1, 1)]


def test_an_agency_has_a_licence_that_was_looked_up_and_a_contract_in_force(take_in, contractors):
    take_in("returned", f"{NUMBERS[1]},20.00,2024-12-01,2025-01-05,", on=day(5))
    how = {"kind": ActKind.REFERRED, "why": "Returned.", "by": "manager"}
    with pytest.raises(Undetermined, match="licence"):
        actions.decide(found=[only(day(6))], on=day(6), party="tern", **how)
    look = {"source": "register", "by": "clerk", "on": day(5)}
    actions.check_agency(party="tern", licence="1 (synthetic)", until=day(7), **look)
    with pytest.raises(Refused, match="ended"):
        actions.decide(found=[only(day(7))], on=day(7), party="tern", **how)
    parties.record_party(id="skua", name="Skua (synthetic)", kind="contractor", by="officer", on=BEGIN)
    actions.check_agency(party="skua", licence="2 (synthetic)", until=None, **look)
    with pytest.raises(Refused, match="contract"):
        actions.decide(found=[only(day(6))], on=day(6), party="skua", **how)
    assert actions.decide(found=[only(day(6))], on=day(6), party="tern", **how)


def test_paid_in_full_ends_everything_and_says_what_to_take_back(take_in, agency):
    take_in("returned", f"{NUMBERS[1]},800.00,2024-12-01,2025-01-05,", on=day(5))
    (referred,) = actions.decide(
        found=[only(day(6))], kind=ActKind.REFERRED, why="Returned.", by="manager", on=day(6), party=agency
    )
    take_in("payments", f"{NUMBERS[1]},799.99,2025-02-01,", on=day(40))
    assert only(day(40)).state.balance == 1
    small = only(day(40))
    assert "recall it first" in small.steps[-1].reason or "recall it first" in small.steps[0].reason
    assert checks.undecidable(small, ActKind.WRITTEN_OFF) == "It is with an agency: recall it first."
    take_in("payments", f"{NUMBERS[1]},0.01,2025-02-12,", on=day(42))
    (stop,) = only(day(42)).todo
    assert (str(stop.name), stop.clause, stop.due) == ("stop", "CEA-05/5.7", day(42))
    back = {"account": referred.account, "by": "clerk", "party": agency, "why": "Paid."}
    actions.enter(kind=ActKind.RECALLED, answers=referred, on=day(43), **back)
    assert only(day(43)).todo == () and only(day(42)).todo == (stop,)
    with pytest.raises(Refused, match="ended"):
        actions.enter(kind=ActKind.RECALLED, answers=queries.act(referred.reference), on=day(44), **back)


@pytest.mark.parametrize(
    "kind", [ActKind.DISPUTE_OPENED, ActKind.BANKRUPTCY_OPENED, ActKind.DECEASED_OPENED, ActKind.PLAN_AGREED]
)
def test_a_hold_stops_decisions_until_a_person_ends_it(take_in, agency, kind):
    take_in("returned", f"{NUMBERS[1]},800.00,2024-12-01,2025-01-05,", on=day(5))
    account = only(day(5)).account
    with pytest.raises(BadInput, match="reason"):
        actions.enter(account=account, kind=kind, by="clerk", on=day(6))
    held = actions.enter(account=account, kind=kind, why="As told.", by="clerk", on=day(6))
    with pytest.raises(Refused):
        actions.enter(account=account, kind=kind, why="Again.", by="clerk", on=day(7))
    with pytest.raises(Refused):
        actions.decide(
            found=[only(day(6))],
            kind=ActKind.REFERRED,
            why="Returned.",
            by="manager",
            on=day(6),
            party=agency,
        )
    ends = {
        ActKind.DISPUTE_OPENED: ActKind.DISPUTE_CLOSED,
        ActKind.BANKRUPTCY_OPENED: ActKind.BANKRUPTCY_CLOSED,
        ActKind.DECEASED_OPENED: ActKind.DECEASED_CLOSED,
        ActKind.PLAN_AGREED: ActKind.PLAN_BROKEN,
    }
    actions.enter(account=account, kind=ends[kind], answers=held, why="Over.", by="clerk", on=day(8))
    assert [[str(step.name) for step in only(on).steps] for on in (day(7), day(8))] == [
        ["held"],
        ["referral_candidate"],
    ]


def test_the_law_is_told_beside_the_policy(take_in, agency):
    take_in("returned", f"{NUMBERS[1]},800.00,2024-12-01,2025-01-05,", on=day(5))
    account = only(day(5)).account
    actions.decide(
        found=[only(day(6))], kind=ActKind.REFERRED, why="Returned.", by="manager", on=day(6), party=agency
    )
    actions.enter(account=account, kind=ActKind.CALL, by="clerk", on=day(10))
    told = telling.account(account.reference, on=day(16))
    assert [(one["clause"], one["due"], one["broken"]) for one in told["law"]] == [
        ("FED/1692g", day(15), True)
    ]
    assert told["balance"] == "800.00" and told["no_call"] == ""


def year(source):
    """File rows and acts of a year, day by day."""
    for number in sorted(source.sample(range(360), 40)):
        account, cents = (
            source.choice(NUMBERS[:5]),
            source.choice([1_999, 2_000, 25_000, 25_001, 75_000, 90_000]),
        )
        amount, due = (
            f"{cents // 100}.{cents % 100:02}",
            day(number - source.choice([0, 5, 89, 90, 91, 119, 120, 121])),
        )
        kind = source.choice(["overdue", "overdue", "returned", "payments"])
        middle = {"overdue": f"{due}", "returned": f"{due},{day(number)}", "payments": f"{day(number)}"}[kind]
        yield number, kind, f"{account},{amount},{middle},"


def test_a_year_of_daily_runs_enters_what_one_run_at_its_end_enters(take_in):
    """The daily runs go first; then the same ledger is run once, with the worklist wiped."""
    source, files, at = random.Random(11), list(year(random.Random(12))), remembered()
    for number in range(0, 366):
        for _, kind, line in (one for one in files if one[0] == number):
            take_in(kind, line, on=day(number))
        if number % 45 == 44:
            for one in source.sample(list(Account.objects.all()), 2):
                actions.record_acts(accounts=[one], kind=ActKind.FIRST_LETTER, by="clerk", on=day(number))
        actions.enter_steps(found=steps_reached(on=day(number), at=at), by="clerk", on=day(number))
    daily = set(DueStep.objects.values_list("account", "name", "clause", "due", "reason"))
    DueStep.objects.all().delete()
    actions.enter_steps(found=steps_reached(on=day(365)), by="clerk", on=day(365))
    assert set(DueStep.objects.values_list("account", "name", "clause", "due", "reason")) == daily
    assert {name for _, name, *_ in daily} >= {"first_letter", "second_letter", "referral_candidate", "stop"}


def test_a_destroyed_customers_accounts_go_with_them(take_in):
    take_in(
        "returned",
        f"{NUMBERS[1]},19.00,2024-12-01,2025-01-05,",
        f"{NUMBERS[2]},19.00,2024-12-01,2025-01-05,",
        on=day(5),
    )
    one, _ = positions(on=day(6))
    actions.decide(found=[one], kind=ActKind.WRITTEN_OFF, why="Bad debt.", by="manager", on=day(6))
    assert actions.forget(customers=[one.account.customer], by="officer", on=day(7)) == 1
    assert only(day(8)).account.customer != one.account.customer and Import.objects.count() == 1


def test_nothing_is_told_without_a_document_in_force(gate, db):
    with pytest.raises(Undetermined):
        positions(on=BEGIN)


@pytest.fixture
def small(take_in):
    take_in("returned", f"{NUMBERS[0]},19.99,2025-01-01,2025-03-01", on=day(60))


def _write_off(found, *, on, by="clerk"):
    return actions.decide(found=found, kind=ActKind.WRITTEN_OFF, why="It is little.", by=by, on=on)


def test_what_was_written_off_is_not_written_off_again_as_of_an_earlier_day(small):
    earlier = positions(on=day(70))
    _write_off(positions(on=day(80)), on=day(80))
    with pytest.raises(Refused, match="done on 2025-03-22"):
        _write_off(earlier, on=day(70))
    assert Posting.objects.filter(kind="written_off").count() == 1


def test_of_two_who_decide_at_once_one_is_refused(small):
    seen_by_both = positions(on=day(80))
    _write_off(seen_by_both, on=day(80))
    with pytest.raises(Refused, match="written off"):
        _write_off(seen_by_both, on=day(80))
    assert Posting.objects.filter(kind="written_off").count() == 1


def test_where_there_are_approvers_nobody_else_decides(small):
    workforce.record_person(
        id="approver", display="Approver", role="approver", start=BEGIN, by="clerk", on=BEGIN
    )
    with pytest.raises(Refused, match="approver"):
        _write_off(positions(on=day(80)), on=day(80))
    assert _write_off(positions(on=day(80)), on=day(80), by="approver")


def test_a_bill_of_a_report_that_is_not_due_yet_is_not_overdue(take_in):
    told = []
    file = take_in(
        "overdue", f"{NUMBERS[0]},10.00,2025-03-03", f"{NUMBERS[1]},10.00,2025-03-02", on=day(60), told=told
    )
    assert [one.rule for one in told] == ["future"] and file.kept == 1
    assert file.cents_in == file.cents_kept + file.cents_rejected == 2_000


def test_nobody_calls_about_an_account_that_is_with_no_agency_or_is_held(take_in, agency):
    take_in("returned", f"{NUMBERS[1]},800.00,2024-12-01,2025-01-05", on=day(5))
    account = only(day(5)).account
    told = [telling.account(account.reference, on=day(5))["no_call"]]
    actions.decide(
        found=[only(day(6))], kind=ActKind.REFERRED, why="Returned.", by="manager", on=day(6), party=agency
    )
    actions.enter(account=account, kind=ActKind.DISPUTE_OPENED, why="Moved.", by="clerk", on=day(8))
    told += [telling.account(account.reference, on=day(number))["no_call"] for number in (7, 8)]
    assert told[:2] == ["It is with no agency.", ""] and "disputed" in told[2]

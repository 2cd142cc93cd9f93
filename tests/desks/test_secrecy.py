"""Who may keep an entry from a customer: a named person of the workforce, under a clause, with a basis and a day, all recorded."""

import hashlib
from datetime import date

import pytest

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.disclosures import actions
from meterkeep.desks.disclosures.models import SecrecyOrder
from meterkeep.desks.outbox import sequencer
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Period, Request, Subjects

UNTIL = date(2036, 9, 1)
ORDER = {"until": UNTIL, "clause": "LAW/secret-1", "basis": "Order 26-117 of the synthetic court"}


@pytest.fixture
def one(take_in, people):
    return take_in(("A-1", "SYN-M1", "95501")).customers["A-1"]


def asked(customer, secrecy):
    return Request(
        action="use",
        purpose="power_or_billing",
        elements=("interval_usage",),
        subjects=Subjects.of(customer),
        period=Period(date(2026, 2, 1), date(2026, 3, 1)),
        reason="an investigation",
        secrecy=secrecy,
    )


def test_all_that_is_logged_under_a_secret_request_is_withheld(gate, one, today):
    secrecy = actions.order_secrecy(**ORDER, by="officer", on=today)
    request = actions.ask(request=asked(one, secrecy), by="analyst", on=today)
    actions.decide(request=request, gate=gate, by="officer", on=today)
    request.refresh_from_db()
    actions.fulfil(request=request, gate=gate, by="analyst", on=today)
    sequencer.plug(gate.record)
    sequencer.drain()
    made = gate.chains.file_for(one, on=today)
    assert made.text.count('"withheld"') == 5  # received, decided, intent, delivered, fulfilled
    assert made.text.count("withholding.placed") == 5
    assert request.reference not in made.text and "synthetic court" not in made.text
    later = gate.chains.file_for(one, on=UNTIL)
    assert request.reference in later.text and later.text.count('"withheld"') == 0


def test_a_request_that_is_closed_leaves_as_many_entries_as_one_that_is_fulfilled(gate, one, today):
    secrecy = actions.order_secrecy(**ORDER, by="officer", on=today)
    request = actions.ask(request=asked(one, secrecy), by="analyst", on=today)
    actions.decide(request=request, gate=gate, by="officer", on=today)
    actions.close(request=request, why="The court took it back.", by="officer", on=today)
    sequencer.plug(gate.record)
    sequencer.drain()
    made = gate.chains.file_for(one, on=today)
    assert made.text.count('"withheld"') == made.text.count("withholding.placed") == 5
    later = gate.chains.file_for(one, on=UNTIL).text
    assert later.count("secrecy.padded") == 2 and "request.closed" in later


def test_the_order_is_kept_with_its_basis_and_the_log_has_the_digest(gate, one, today):
    secrecy = actions.order_secrecy(**ORDER, by="officer", on=today)
    kept = SecrecyOrder.objects.get()
    assert (kept.ordered_by, kept.ordered_on, kept.until, kept.entry) == ("officer", today, UNTIL, None)
    assert secrecy.basis == kept.digest == hashlib.sha256(f"{kept.salt}\n{kept.basis}".encode()).hexdigest()


def test_an_entry_is_withheld_later_extended_and_shown_early(gate, one, today):
    with gate.open(asked(one, None), by="analyst", on=today) as grant:
        grant.deliver(b"x", to="")
    index = next(index for index, entry in gate.recent(9) if entry.name == "use.delivered")
    actions.withhold(entry=index, gate=gate, **ORDER, by="officer", on=today)
    assert {row.outcome for row in gate.history(one)} == {"withheld", "unresolved"}
    longer = replace_until(date(2036, 12, 1))
    actions.withhold(entry=index, gate=gate, **longer, by="officer", on=today)
    assert {row.until for row in gate.history(one)} == {"", "2036-12-01"}
    actions.withhold(entry=index, gate=gate, **replace_until(today), by="officer", on=today)
    assert [row.outcome for row in gate.history(one)] == ["delivered"]
    assert SecrecyOrder.objects.count() == 3
    names = [entry.name for _, entry in gate.journal.for_subject(customers.chain(one))][-3:]
    assert names == ["withholding.placed", "withholding.extended", "withholding.lifted"]


def replace_until(day):
    return {**ORDER, "until": day}


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"by": "stranger"}, Refused, "members of the workforce"),
        ({"clause": ""}, BadInput, "named by its id"),
        ({"clause": "because we want to"}, BadInput, "named by its id"),
        ({"basis": " "}, BadInput, "legal basis"),
        ({"until": date(2026, 3, 2)}, BadInput, "has come already"),
    ],
    ids=["stranger", "no clause", "no id", "no basis", "no time"],
)
def test_without_person_clause_basis_and_time_to_come_nothing_is_withheld(
    gate, one, today, changed, error, says
):
    with pytest.raises(error, match=says):
        actions.order_secrecy(**{**ORDER, "by": "officer", "on": today, **changed})
    size = gate.log_size
    with pytest.raises(error):
        actions.withhold(entry=size - 1, gate=gate, **{**ORDER, "by": "officer", "on": today, **changed})
    assert (SecrecyOrder.objects.count(), gate.log_size) == (0, size)

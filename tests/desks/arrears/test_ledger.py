"""The ledger of an account: what it owes and what is due on a day, against a slow plain oracle, to the cent and to the day."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from meterkeep.desks.arrears.kinds import ActKind, PostingKind
from meterkeep.desks.arrears.ledger import ENTERED, Deed, History, Line, account_on, open_on, reached
from meterkeep.desks.arrears.steps import StepName, steps_of
from meterkeep.desks.arrears.terms import terms_of
from meterkeep.policy import load_pack

BEGIN = date(2025, 1, 1)
TERMS = terms_of(load_pack("cea"), BEGIN)
CENTS = (1, 1_999, 2_000, 25_000, 25_001, 74_999, 75_000)


def day(number):
    return BEGIN + timedelta(days=number)


def always(on):
    return TERMS


def stated(on, cents, due, file):
    return Line(PostingKind.STATED, day(on), cents, day(due), file)


def paid(on, cents):
    return Line(PostingKind.PAID, day(on), -cents)


def test_a_report_replaces_what_was_due_and_leaves_what_comes():
    lines = (
        stated(40, 300_00, 0, 1),
        stated(40, 100_00, 30, 1),
        Line(PostingKind.BILLED, day(41), 90_00, day(61)),
        stated(50, 250_00, 30, 2),
    )
    assert open_on(lines, day(49)) == {day(0): 300_00, day(30): 100_00, day(61): 90_00}
    assert open_on(lines, day(50)) == {day(30): 250_00, day(61): 90_00}
    assert open_on(lines, day(39)) == {}


def test_payments_go_to_the_oldest_and_what_is_over_waits():
    lines = (stated(40, 300_00, 0, 1), stated(40, 100_00, 30, 1), paid(41, 350_00), paid(42, 60_00))
    assert open_on(lines, day(41)) == {day(30): 50_00}
    more = (*lines, Line(PostingKind.BILLED, day(43), 25_00, day(63)))
    assert open_on(more, day(43)) == {day(63): 15_00}


def test_a_payment_of_the_reports_own_day_comes_on_top():
    assert open_on((paid(40, 300_00), stated(40, 300_00, 0, 1)), day(40)) == {}


def test_what_is_not_yet_due_is_not_overdue():
    history = History("A", (Line(PostingKind.BILLED, day(0), 500_00, day(20)),))
    assert (account_on(history, day(20)).balance, account_on(history, day(20)).due_date) == (500_00, day(20))
    assert [str(step.name) for step in steps_of(account_on(history, day(20)), TERMS, day(20))] == ["none"]


def test_a_new_debt_starts_anew_after_the_old_one_was_paid():
    """The old referral says nothing of it, and what was paid is recalled until then."""
    deeds = (Deed(ActKind.FIRST_LETTER, day(91)), Deed(ActKind.REFERRED, day(130)))
    lines = (
        stated(40, 800_00, 0, 1),
        paid(200, 800_00),
        Line(PostingKind.BILLED, day(210), 900_00, day(230)),
    )
    history = History("A", lines, deeds)
    before, ended, new = (account_on(history, day(one)) for one in (199, 220, 400))
    assert (before.referred_on, before.paid_on) == (day(130), None)
    assert (ended.referred_on, ended.paid_on) == (day(130), day(200))
    assert (new.referred_on, new.paid_on, new.due_date) == (None, None, day(230))
    found = {(one.step.name, one.since) for one in reached(history, always, day(400))}
    assert {(StepName.STOP, day(200)), (StepName.FIRST_LETTER, day(321))} <= found


def test_a_write_off_is_no_payment():
    lines = (stated(40, 19_99, 0, 1), Line(PostingKind.WRITTEN_OFF, day(60), -19_99))
    history = History("A", lines, (Deed(ActKind.RETURNED, day(50)), Deed(ActKind.WRITTEN_OFF, day(60))))
    (step,) = steps_of(account_on(history, day(61)), TERMS, day(61))
    assert (step.name, step.clause) == (StepName.NONE, "CEA-05/5.3")


def test_a_conversation_stands_for_the_wait_and_not_for_the_notice():
    deeds = (Deed(ActKind.REFERRED, day(10)), Deed(ActKind.CREDIT_NOTICE, day(185)))
    history = History("A", (stated(5, 300_00, 0, 1),), deeds)
    spoken = replace(history, deeds=(*deeds, Deed(ActKind.CONVERSATION, day(187))))
    silent = {str(step.name) for step in steps_of(account_on(history, day(190)), TERMS, day(190))}
    spoke = {str(step.name) for step in steps_of(account_on(spoken, day(190)), TERMS, day(190))}
    assert "credit_report_blocked" in silent and "credit_report" in spoke
    unwritten = replace(spoken, deeds=(deeds[0], Deed(ActKind.CONVERSATION, day(187))))
    steps = steps_of(account_on(unwritten, day(190)), TERMS, day(190))
    assert "CIV/1785.26" in {step.clause for step in steps}


@pytest.mark.parametrize(
    "kind", [ActKind.DISPUTE_OPENED, ActKind.BANKRUPTCY_OPENED, ActKind.DECEASED_OPENED, ActKind.PLAN_AGREED]
)
def test_a_hold_holds_until_it_is_closed(kind):
    history = History("A", (stated(5, 300_00, 0, 1),), (Deed(kind, day(80), ended=day(100)),))
    names = [
        str(steps_of(account_on(history, day(one)), TERMS, day(one))[0].name) for one in (79, 80, 99, 100)
    ]
    assert names == ["none", "held", "held", "first_letter"]
    assert [one.since for one in reached(history, always, day(101))] == [day(100)]


# --- the oracle ---------------------------------------------------------------------------------


class Plain:
    """One account by hand: a list of bills, gone through day by day; it knows nothing of breakpoints."""

    def __init__(self, history):
        self.history, self.bills, self.credit = history, [], 0
        self.cleared, self.before, self.was_overdue = None, None, False

    def live(self, on):
        for kind in (PostingKind.STATED, PostingKind.BILLED, PostingKind.PAID):
            lines = [line for line in self.history.lines if line.on == on and line.kind == kind]
            for file in sorted({line.file or 0 for line in lines}):
                self.take(on, kind, [line for line in lines if (line.file or 0) == file])
        overdue = self.overdue(on)
        if self.was_overdue and not overdue:
            self.before, self.cleared = self.cleared, on
        self.was_overdue = bool(overdue)

    def take(self, on, kind, lines):
        if kind == PostingKind.STATED:
            told = {line.due for line in lines}
            self.bills = [bill for bill in self.bills if bill[0] > on and bill[0] not in told]
            self.credit = 0
        for line in sorted(lines, key=lambda line: line.due or BEGIN):
            if line.cents > 0:
                self.bills.append([line.due, line.cents])
            else:
                self.credit -= line.cents
        while self.credit and self.bills:  # cent by cent, as slow as it is plain
            oldest = min(self.bills)
            used = min(self.credit, oldest[1])
            oldest[1] -= used
            self.credit -= used
            self.bills = [bill for bill in self.bills if bill[1]]

    def overdue(self, on):
        return [bill for bill in self.bills if bill[0] < on]

    def names(self, on):
        """Step → its clause's reading, from the numbers themselves."""
        overdue, done = self.overdue(on), [deed for deed in self.history.deeds if deed.on <= on]
        held = any(
            deed.kind == ActKind.DISPUTE_OPENED and (not deed.ended or deed.ended > on) for deed in done
        )
        if not overdue:
            begun = {ActKind.RETURNED, ActKind.REFERRED, ActKind.FIRST_LETTER, ActKind.CREDIT_NOTICE}
            since = self.before or date.min
            if self.cleared and any(d.kind in begun and since < d.on <= self.cleared for d in done):
                return {("stop", self.cleared)}
            return set()
        if held:
            return set()
        current = [deed for deed in done if not self.cleared or deed.on > self.cleared]
        return set(self.due(overdue, current, on))

    def due(self, overdue, deeds, on):
        def when(kind, best=max):
            return best((deed.on for deed in deeds if deed.kind == kind), default=None)

        cents, due = sum(bill[1] for bill in overdue), min(bill[0] for bill in overdue)
        returned, referred, notice = (
            when(ActKind.RETURNED),
            when(ActKind.REFERRED),
            when(ActKind.CREDIT_NOTICE, min),
        )
        spoken = when(ActKind.CONVERSATION, min)
        if cents > 250_00:
            if (on - due).days >= 91:
                yield "first_letter", due + timedelta(days=91)
            if (on - due).days >= 120:
                yield "second_letter", due + timedelta(days=120)
        if returned:
            if cents <= 19_99:
                yield "write_off_candidate", returned
            elif not referred:
                yield "referral_candidate", returned
        if referred:
            if (on - referred).days >= 180 and notice:
                ready = notice + timedelta(days=14)
                if spoken and spoken < ready:
                    ready = max(spoken, notice)
                if on >= ready:
                    yield "credit_report", max(ready, referred + timedelta(days=180))
            if cents >= 750_00:
                yield "legal_authority", referred


def random_history(source):
    lines = []
    for file in range(1, source.randint(1, 4)):
        on = source.randint(0, 300)
        for due in {source.randint(-40, on + 10) for _ in range(source.randint(1, 3))}:
            lines.append(stated(on, source.choice([*CENTS, source.randint(1, 200_000)]), due, file))
    for _ in range(source.randint(0, 3)):
        on = source.randint(0, 300)
        lines.append(Line(PostingKind.BILLED, day(on), source.choice(CENTS), day(on + source.randint(0, 30))))
    lines += [
        paid(source.randint(0, 360), source.choice([*CENTS, 10_000_000])) for _ in range(source.randint(0, 3))
    ]
    deeds = []
    for kind in (
        ActKind.FIRST_LETTER,
        ActKind.RETURNED,
        ActKind.REFERRED,
        ActKind.CREDIT_NOTICE,
        ActKind.CONVERSATION,
    ):
        deeds += [Deed(kind, day(source.randint(0, 200)))] if source.random() < 0.6 else []
    if source.random() < 0.3:
        on = source.randint(0, 300)
        ended = day(on + source.randint(0, 60)) if source.random() < 0.7 else None
        deeds.append(Deed(ActKind.DISPUTE_OPENED, day(on), ended))
    return History("A", tuple(lines), tuple(deeds))


def test_random_ledgers_as_by_hand_to_the_cent_and_to_the_day():
    """Each day of a year: what is open, and the steps; and what one run at the end tells is what the days told."""
    source = random.Random(7)
    for _ in range(24):
        history, told = random_history(source), {}
        plain = Plain(history)
        for number in range(-41, 366):
            on = day(number)
            plain.live(on)
            names = plain.names(on)
            for name, due in names:
                told.setdefault((name, due), on)
            if number % 7 == 0:
                bills = sorted(
                    (due, sum(c for d, c in plain.bills if d == due)) for due in {d for d, _ in plain.bills}
                )
                assert sorted(open_on(history.lines, on).items()) == bills, (history, on)
                steps = steps_of(account_on(history, on), TERMS, on)
                assert {(str(step.name), step.due) for step in steps if step.name in ENTERED} == names, (
                    history,
                    on,
                )
        found = {(str(one.step.name), one.step.due): one.since for one in reached(history, always, day(365))}
        assert found == told, history

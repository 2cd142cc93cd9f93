"""The law's clocks: each duty on its day, counted as its clause says, whoever's office is shut."""

from datetime import date

import pytest

from meterkeep.clocks import Closure, due
from meterkeep.policy import decide, load_pack
from meterkeep.policy.deciding.duties import duties_from

LAW = load_pack("us-ca-cca")
MONDAY = date(2026, 1, 5)
YEAR_END = date(2025, 12, 31)
CALIFORNIAN = {"jurisdiction": "US-CA"}

DUTIES = [
    ("CPUC/2-b", "how to obtain the notice", date(2024, 2, 29), date(2025, 2, 28)),
    ("CPUC/4-c-6", "demands received", YEAR_END, date(2026, 4, 30)),
    ("CPUC/4-c-6", "demands received", date(2022, 12, 31), date(2023, 5, 1)),
    ("CPUC/6-e-yearly", "remind the customer", MONDAY, date(2027, 1, 5)),
    ("CPUC/8-b-third-party", "third party tell the provider", MONDAY, date(2026, 1, 12)),
    ("CPUC/8-b-detected", "Executive Director", MONDAY, date(2026, 1, 19)),
    ("CPUC/8-b-notified", "Executive Director", MONDAY, date(2026, 1, 12)),
    ("CPUC/8-c", "all breaches of the calendar year", YEAR_END, date(2026, 4, 30)),
    ("CPUC/8-c", "all breaches of the calendar year", date(2023, 12, 31), date(2024, 4, 29)),
    ("CPUC/9-d", "independent audit", MONDAY, date(2029, 1, 5)),
    ("CPUC/9-e", "non-compliances of the year", YEAR_END, date(2026, 4, 30)),
    ("GOV/7922.535", "whether there are records", MONDAY, date(2026, 1, 15)),
    ("GOV/7922.535", "notice of the extension", MONDAY, date(2026, 1, 29)),
    ("GOV/53235", "ethics training", MONDAY, date(2028, 1, 5)),
    ("CIV/1798.82", "residents", MONDAY, date(2026, 2, 4)),
    ("CIV/1798.82-attorney-general", "Attorney General", MONDAY, date(2026, 1, 20)),
    ("CIV/1785.26", "negative credit information", MONDAY, date(2026, 2, 4)),
    ("CIV/1798.130", "Acknowledge", MONDAY, date(2026, 1, 20)),
    ("CIV/1798.130", "Answer the request", MONDAY, date(2026, 2, 19)),
    ("CIV/1798.130", "extension", MONDAY, date(2026, 4, 5)),
    ("CIV/1798.130", "opt-out", MONDAY, date(2026, 1, 27)),
    ("EDRP/clock", "Acknowledge", date(2025, 3, 28), date(2025, 4, 1)),
    ("EDRP/clock", "complete", date(2025, 3, 28), date(2025, 4, 9)),
    ("EDRP/clock", "Grant or deny", date(2025, 3, 28), date(2025, 4, 21)),
    ("PRC/25402.10-delivery", "monthly totals", MONDAY, date(2026, 2, 2)),
    ("FED/CAN-SPAM", "Stop commercial e-mail", MONDAY, date(2026, 1, 20)),
    ("FED/CAN-SPAM", "way to opt out", MONDAY, date(2026, 2, 4)),
    ("FED/1692g", "validation notice", MONDAY, date(2026, 1, 10)),
    ("FED/1692g", "in time", MONDAY, date(2026, 2, 4)),
    ("FED/REG-F-credit", "undeliverable", MONDAY, date(2026, 1, 19)),
    ("FED/REG-V", "Investigate", MONDAY, date(2026, 2, 4)),
    ("BPC/22575", "privacy policy", MONDAY, date(2026, 2, 4)),
]


def clauses_named(name):
    return [clause for clause in LAW.clauses if clause.id == name]


@pytest.mark.parametrize(("name", "words", "start", "day"), DUTIES)
def test_each_duty_of_the_law_falls_on_its_day(name, words, start, day):
    found = [duty for duty in duties_from(clauses_named(name), start, **CALIFORNIAN) if words in duty.do]
    assert [duty.due for duty in found] == [day]
    assert found[0].days


def test_every_dated_duty_of_the_law_is_among_them():
    dated = {clause.id for clause in LAW.clauses if any(duty.within for duty in clause.duties)}
    assert dated - {name for name, *_ in DUTIES} == {"CPUC/4-c-2"}  # a decision shows that one, below


@pytest.mark.parametrize("name", [name for name, *_ in DUTIES if name != "CIV/1798.130"])
def test_a_closed_office_delays_nothing_that_the_law_asks(name):
    shut = [Closure(date.fromordinal(MONDAY.toordinal() + day), "closed") for day in range(1, 40)]
    clauses = clauses_named(name)
    plain = duties_from(clauses, MONDAY, **CALIFORNIAN)
    assert duties_from(clauses, MONDAY, closures=shut, **CALIFORNIAN) == plain


def test_a_service_target_is_the_staffs_own_and_waits_for_a_closed_office():
    clauses = clauses_named("CIV/1798.130")
    shut = [Closure(date(2026, 1, 6), "closed")]
    answer = [
        duty for duty in duties_from(clauses, MONDAY, closures=shut, **CALIFORNIAN) if "Answer" in duty.do
    ]
    assert answer[0].due == date(2026, 2, 20)


def test_a_subpoena_served_too_early_says_by_when_its_days_have_run():
    facts = {
        "data.kind": "covered", "recipient.kind": "court_or_police", "order.subpoena": True, "legal.notice_days": 0,
        "order.notice_forbidden": False, "data.contact_only": False, "circumstance.imminent_threat": False,
    }  # fmt: skip
    decision = decide(LAW, action="disclose", facts=facts, on=MONDAY)
    (duty,) = [duty for duty in decision.duties if "subpoena" in duty.do]
    assert (decision.outcome, duty.due, duty.clause) == ("refuse", date(2026, 1, 12), "CPUC/4-c-2")
    assert duty.days == "7 calendar days"


def test_the_commission_is_told_four_weeks_before_a_researcher_receives_anything():
    weeks = LAW.figure("requests.researcher_weeks", MONDAY)
    assert due(date(2026, 6, 1), f"{weeks.value} weeks", before=True) == date(2026, 5, 4)
    assert weeks.cite == "EDRP/researchers"


def test_the_newer_breach_clock_begins_with_its_statute():
    (clause,) = clauses_named("CIV/1798.82")
    assert not clause.in_force(date(2025, 12, 31))
    assert clause.in_force(date(2026, 1, 1))

"""What the law asks of whoever collects: both sides of each number, as findings that stop nobody from entering what happened."""

from datetime import date, timedelta

import pytest

from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.law import call_forbidden, findings, law_of
from meterkeep.desks.arrears.ledger import Deed
from meterkeep.policy import load_pack

BEGIN = date(2025, 1, 1)
PACK = load_pack("cea")
LAW = law_of(PACK, BEGIN)


def day(number):
    return BEGIN + timedelta(days=number)


def deeds(*given):
    return [Deed(kind, day(on), *map(day, ended)) for kind, on, *ended in given]


def found(*given, on=400, due=None):
    return [
        (one.clause, one.due, one.broken) for one in findings(deeds(*given), LAW, day(on), oldest_due=due)
    ]


def test_seven_calls_in_seven_days_and_no_eighth():
    six = deeds(*[(ActKind.CALL, 10)] * 6)
    assert call_forbidden(six, LAW, day(10)) is None
    seven = [*six, Deed(ActKind.CALL, day(10))]
    assert "7 calls within 7 days" in call_forbidden(seven, LAW, day(16))
    assert call_forbidden(seven, LAW, day(17)) is None


def test_no_call_within_seven_days_of_a_conversation_whose_own_day_is_the_first():
    spoken = deeds((ActKind.CONVERSATION, 10))
    assert "conversation" in call_forbidden(spoken, LAW, day(16))
    assert call_forbidden(spoken, LAW, day(17)) is None


def test_a_call_too_many_is_told_as_broken():
    assert found(*[(ActKind.CALL, 10)] * 7) == []
    assert found(*[(ActKind.CALL, 10)] * 8) == [("FED/REG-F-calls", day(10), True)]


@pytest.mark.parametrize(("sent", "told"), [(15, []), (16, [("FED/1692g", day(15), True)])])
def test_the_validation_notice_within_five_days_of_the_first_communication(sent, told):
    assert found((ActKind.REFERRED, 5), (ActKind.CALL, 10), (ActKind.VALIDATION_NOTICE, sent)) == told


def test_a_validation_notice_that_may_still_come_is_due_and_not_broken():
    given = ((ActKind.REFERRED, 5), (ActKind.CALL, 10))
    assert found(*given, on=15) == [("FED/1692g", day(15), False)]
    assert found(*given, on=16) == [("FED/1692g", day(15), True)]
    assert found((ActKind.REFERRED, 5)) == []


@pytest.mark.parametrize(("opened", "late"), [(40, False), (41, True)])
def test_a_dispute_is_in_time_for_thirty_days_after_the_validation_notice(opened, late):
    assert bool(found((ActKind.VALIDATION_NOTICE, 10), (ActKind.DISPUTE_OPENED, opened))) is late


@pytest.mark.parametrize(("closed", "told"), [(130, []), (131, [("FED/REG-V", day(130), True)])])
def test_a_direct_dispute_is_settled_within_thirty_days(closed, told):
    given = ((ActKind.CREDIT_NOTICE, 80), (ActKind.REPORTED, 90), (ActKind.DISPUTE_OPENED, 100, closed))
    assert found(*given) == told


def test_who_is_reported_was_told_in_writing_before():
    assert found((ActKind.CREDIT_NOTICE, 90), (ActKind.REPORTED, 90)) == []
    assert found((ActKind.CREDIT_NOTICE, 91), (ActKind.REPORTED, 90)) == [("CIV/1785.26", day(90), True)]


def test_nobody_sues_after_four_years():
    assert found((ActKind.SUED, 365), due=date(2022, 1, 1)) == []  # the last day is in time
    assert found((ActKind.SUED, 365), due=date(2021, 12, 31)) == [("CCP/337", day(365), True)]


def test_why_there_is_no_legal_action_on_what_is_with_an_agency_is_told():
    given = ((ActKind.REFERRED, 5),)
    assert found(*given, on=365, due=date(2022, 1, 1)) == []
    assert found(*given, on=366, due=date(2022, 1, 1)) == [("CCP/337", day(365), False)]
    assert found((ActKind.REFERRED, 5, 300), on=366, due=date(2022, 1, 1)) == []


def test_a_law_that_was_not_in_force_yet_asks_nothing():
    before = law_of(PACK, date(2021, 11, 29))
    assert before.calls is None and call_forbidden(deeds(*[(ActKind.CALL, 0)] * 9), before, day(0)) is None
    assert law_of(PACK, date(2021, 11, 30)).calls == 7

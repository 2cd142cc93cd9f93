from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.desks.customers import queries
from meterkeep.desks.customers.models import Customer, ServiceAgreement
from meterkeep.desks.customers.sources import CustomerRegister, _midnight
from meterkeep.errors import BadInput
from meterkeep.gate import Period, Subjects

ON = date(2026, 3, 2)
ZONE = ZoneInfo("America/Los_Angeles")
A, B, C = ("a" * 32, "b" * 32, "c" * 32)
register = CustomerRegister(zone=ZONE)


def agree(customer, usage_point, start=None, end=None, **attributes):
    Customer.objects.get_or_create(
        id=customer, defaults={"chain": customer[::-1].replace(customer[0], "e")[:-1] + customer[0]}
    )
    return ServiceAgreement.objects.create(
        customer_id=customer, usage_point=usage_point, start=start, end=end, **attributes
    )


def seconds(year, month, day, hour):
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


@pytest.mark.django_db
def test_a_new_occupant_holds_the_usage_point_from_their_first_midnight_on():
    agree(A, 7, date(2025, 1, 1), date(2026, 1, 16))
    agree(B, 7, date(2026, 1, 16))
    table = register.holdings([A, B], Period(date(2026, 1, 1), date(2026, 2, 1)))
    assert table.to_pylist() == [
        {"customer": A, "usage_point": 7, "start": seconds(2026, 1, 1, 8), "end": seconds(2026, 1, 16, 8)},
        {"customer": B, "usage_point": 7, "start": seconds(2026, 1, 16, 8), "end": seconds(2026, 2, 1, 8)},
    ]


@pytest.mark.django_db
def test_a_day_of_the_clock_change_is_as_long_as_it_is():
    agree(A, 7)
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)):
        (row,) = register.holdings([A], Period(day, date.fromordinal(day.toordinal() + 1))).to_pylist()
        assert row["end"] - row["start"] == hours * 3600


@pytest.mark.django_db
def test_nothing_is_held_outside_the_agreement_or_without_a_usage_point():
    agree(A, 7, date(2026, 1, 1), date(2026, 2, 1))
    agree(B, None)
    assert not register.holdings([A, B, C], Period(date(2026, 2, 1), date(2026, 3, 1)))
    assert not register.holdings([A, B, C], Period(date(2025, 12, 1), date(2026, 1, 1)))
    assert len(register.holdings([A, B, C], Period(date(2026, 1, 31), date(2026, 3, 1)))) == 1


@pytest.mark.django_db
def test_nobody_held_anything_has_the_same_columns_as_somebody_did():
    empty = register.holdings([A], Period(date(2026, 1, 1), date(2026, 2, 1)))
    agree(A, 7)
    assert empty.schema == register.holdings([A], Period(date(2026, 1, 1), date(2026, 2, 1))).schema


@pytest.mark.django_db
def test_attributes_come_in_the_order_asked_and_as_of_the_date():
    agree(A, 7, date(2024, 1, 1), date(2026, 1, 1), zip="91910", rate_class="DR", solar=False)
    agree(A, 8, date(2026, 1, 1), zip="91911", rate_class="TOU", solar=True)
    agree(B, None)
    now = register.attributes([B, C, A], on=ON).to_pylist()
    assert [row["customer"] for row in now] == [B, C, A]
    assert (now[2]["zip"], now[2]["rate_class"], now[2]["solar"]) == ("91911", "TOU", True)
    assert (now[0]["zip"], now[0]["solar"]) == ("", None)
    then = register.attributes([A], on=date(2025, 12, 31)).to_pylist()
    assert then[0]["zip"] == "91910"


@pytest.mark.django_db
def test_who_has_left_keeps_the_attributes_of_the_last_agreement():
    agree(A, 7, date(2024, 1, 1), date(2025, 1, 1), zip="91910")
    assert register.attributes([A], on=ON).to_pylist()[0]["zip"] == "91910"


@pytest.mark.django_db
def test_customers_are_chosen_by_attributes_in_force():
    agree(A, 7, date(2024, 1, 1), date(2026, 3, 2), zip="91910", solar=True)
    agree(B, 8, date(2024, 1, 1), date(2026, 3, 3), zip="91910", customer_class="residential", solar=False)
    agree(C, 9, date(2024, 1, 1), zip="91911")
    assert register.select(Subjects.matching(zip="91910"), on=ON) == [B]
    assert register.select(Subjects.matching(zip="91910"), on=date(2026, 3, 1)) == [A, B]
    assert register.select(Subjects.matching(customer_class="Residential", solar="no"), on=ON) == [B]
    assert register.select(Subjects.everyone(), on=ON) == [A, B, C]
    with pytest.raises(BadInput):
        register.select(Subjects.matching(shoe_size="42"), on=ON)


@pytest.mark.django_db
def test_named_customers_keep_their_order_and_strangers_fall_away():
    agree(A, 7)
    agree(B, 8)
    assert register.select(Subjects.of(B, C, A), on=ON) == [B, A]
    assert len(set(register.chains([B, A]))) == 2
    assert register.chains([A]) == [Customer.objects.get(pk=A).chain]
    with pytest.raises(BadInput):
        register.chains([C])


@pytest.mark.django_db
def test_the_holders_of_a_usage_point_in_a_period():
    agree(A, 7, date(2025, 1, 1), date(2026, 1, 16))
    agree(B, 7, date(2026, 1, 16))
    assert queries.holders(7, date(2026, 1, 15), date(2026, 1, 17)) == [A, B]
    assert queries.holders(7, date(2026, 1, 16), date(2026, 1, 17)) == [B]
    assert queries.holders(8, date(2026, 1, 1), date(2026, 2, 1)) == []


@given(
    st.dates(date(2000, 1, 1), date(2037, 12, 30)),
    st.sampled_from(["America/Los_Angeles", "America/New_York", "UTC"]),
)
@settings(max_examples=50)
def test_civil_midnights_lie_a_civil_day_apart(day, zone):
    length = _midnight(date.fromordinal(day.toordinal() + 1), ZoneInfo(zone)) - _midnight(day, ZoneInfo(zone))
    assert length in (23 * 3600, 24 * 3600, 25 * 3600)
    assert datetime.fromtimestamp(_midnight(day, ZoneInfo(zone)), ZoneInfo(zone)).date() == day

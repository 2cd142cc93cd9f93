"""The checks, in a browser: a picture of the days, tables that sort, and on a phone nothing stands beside the page."""

from datetime import date

import pytest

from meterkeep.desks.intake.checking import check_readings
from meterkeep.readings.checks import Limits
from meterkeep.readings.store.beside.checks import forget


@pytest.fixture
def checked(house):
    custodian = house.custodian
    period = date(2026, 2, 1), date(2026, 3, 1)
    person = house.users["staff"].person
    limits = Limits(estimated_hours=24, spike_ratio=1, spike_floor_watts=1, zero_hours=4)
    check_readings(gate=custodian.gate, period=period, by=person, on=custodian.today(), limits=limits)
    yield
    forget(custodian.home.folder / "store")


def test_flags_are_shown_by_day_and_sort(browse, checked, picture):
    page = browse("staff")
    page.goto("/console/readings")
    assert page.locator("svg.mk-heat").count() == 1
    picture(page, "console-readings")
    head = page.locator("th[data-sortable]", has_text="Flags").first
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"


def test_on_a_phone_the_page_is_as_wide_as_the_phone(browse, checked, picture):
    page = browse("staff", width=390)
    page.goto("/console/readings")
    picture(page, "phone-console-readings")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

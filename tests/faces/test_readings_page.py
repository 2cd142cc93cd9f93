"""The page of the checks: nothing before the first run, then totals, days and the longest ones; to look is an access."""

import pytest
from django.urls import reverse

from meterkeep.desks.intake.checking import check_readings, last_run
from meterkeep.faces.console.intake.readings import LABELS, SAYS
from meterkeep.readings.checks import CHECKS


@pytest.fixture
def custodian(house):
    return house.custodian


@pytest.fixture
def page(client, house):
    def got(name, role="staff", **chosen):
        client.force_login(house.users[role])
        return client.get(reverse(name), chosen)

    return got


@pytest.fixture
def run(house):
    from datetime import date

    custodian = house.custodian
    done = check_readings(
        gate=custodian.gate,
        period=(date(2026, 2, 1), date(2026, 3, 1)),
        by=house.users["staff"].person,
        on=custodian.today(),
    )
    yield done
    from meterkeep.readings.store.beside.checks import forget

    forget(custodian.home.folder / "store")


def test_before_the_first_run_it_says_how_to_make_one(page):
    assert "meterkeep readings check --all" in page("console_readings").content.decode()


def test_a_run_has_its_totals_its_days_and_its_rows(page, run):
    assert {flag["check"] for flag in run.flags.to_pylist()} >= {"gap"}
    text = page("console_readings").content.decode()
    assert text.count("<path fill=") > 1, "some day is darker than the others"
    for said in ("<svg", "gap", "Intervals are missing between readings.", str(run.flags["usage_point"][0])):
        assert said in text, said


def test_what_is_kept_is_what_was_found(run, house):
    kept = last_run(gate=house.custodian.gate, by=house.users["staff"].person, on=house.custodian.today())
    assert kept.flags.equals(run.flags)
    assert kept.about == run.about


def test_it_is_filtered_and_taken_away(page, run):
    point = str(run.flags["usage_point"][0])
    lines = page("console_readings_csv", usage_point=point).content.decode().splitlines()
    assert lines[0] == "usage_point,channel,check,start,end,found,limit,unit,count"
    assert lines[1:] and all(line.startswith(point) for line in lines[1:])
    assert "Nothing fits what you chose" in page("console_readings", check="overlap").content.decode()


def test_customers_and_auditors_stay_outside(page):
    assert page("console_readings", role="customer").status_code == 403


def test_each_look_is_in_the_log(page, run, house):
    before = house.custodian.gate.log_size
    page("console_readings")
    assert [e.name for _, e in house.custodian.gate.recent(house.custodian.gate.log_size - before)][:1] == [
        "access.delivered"
    ]


def test_spanish_has_every_check():
    assert {check.name: check.says for check in CHECKS} == {name: str(says) for name, says in SAYS.items()}
    assert {check.name: check.label for check in CHECKS} == {name: str(told) for name, told in LABELS.items()}


def test_a_person_without_the_right_sees_no_flag(run, house):
    from meterkeep.errors import MeterkeepError

    with pytest.raises(MeterkeepError):
        last_run(gate=house.custodian.gate, by="nobody-here", on=house.custodian.today())

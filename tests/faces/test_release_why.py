"""`release why` says on the command line what the pages say."""

import json
from collections import Counter
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from faces.release_examples import town_releases, withheld

from meterkeep.errors import BadInput, Refused
from meterkeep.faces.cli.release.why import why


@pytest.fixture
def town(db):
    return town_releases()


@pytest.fixture
def said(town, house):
    def do(*arguments, by="officer"):
        found = CliRunner().invoke(
            why,
            [str(each) for each in arguments],
            obj=SimpleNamespace(open=lambda: house.custodian),
            env={"METERKEEP_PERSON": by},
        )
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return click.unstyle(found.stdout)

    return do


def test_the_cost_and_the_list_of_what_is_left_out(said, town):
    table = town["table"]
    text = said(table.reference)
    assert f"{len(withheld(table))} of {len(table.cells)} numbers are left out: 6 since they break" in text
    assert "95519 · A-1 · February 2026" in text and "One customer is too large" in text
    found = json.loads(said(table.reference, "--json"))
    assert [cell["number"] for cell in found["withheld"]] == withheld(table)
    assert found["cost"]["by_itself"]["cells"] == 6
    assert (
        sum(part["value"] for name, part in found["cost"].items() if name != "all")
        == found["cost"]["all"]["value"]
    )


def test_the_sum_is_written_out(said, town):
    table = town["table"]
    (at,) = withheld(table, "reveals_withheld", "count")
    text = said(table.reference, at)
    cell = table.cells[at]
    assert f"{cell['about']} is fewer than 15." in text and "What is left" in text
    for term in cell["attack"]:
        assert f"{term['value'] / 1000:,.1f}" in text
    assert json.loads(said(table.reference, at, "--json"))["left"] == cell["left"]
    (large,) = withheld(table, "share", "alone")
    assert "9,800.0 ÷ 37,802.4" in said(table.reference, large) and "25.92 %" in said(table.reference, large)


def test_who_read_it_is_in_the_log_and_a_clerk_reads_nothing(said, town, house):
    from meterkeep.desks.outbox.models import OutboxEvent
    from meterkeep.desks.workforce import actions as members

    table, today = town["table"], house.custodian.today()
    clerk = members.record_person(id="clerk", display="Clerk", role="clerk", by="officer", on=today)
    members.assign(person=clerk, purposes=["customer_service"], by="officer", on=today)
    at = withheld(table)[0]
    for arguments in ((table.reference,), (table.reference, at), (table.reference, at, "--json")):
        with pytest.raises(Refused, match=r"CEA-02/6\.1"):
            said(*arguments, by="clerk")
        with pytest.raises(Refused, match="Only members"):
            said(*arguments, by="nobody")
    read = OutboxEvent.objects.filter(name="release.explained")
    assert not read.exists()
    said(table.reference, at)
    (event,) = read
    assert (event.actor, event.detail["release"], event.detail["number"]) == ("officer", table.reference, at)


def test_what_is_not_there_is_said(said, town):
    with pytest.raises(BadInput, match="no such release"):
        said("T-none")
    with pytest.raises(BadInput, match="has this place"):
        said(town["table"].reference, 0)


def test_customers_see_once_a_day_for_each_reader_that_reasons_were_read(said, town, house):
    """What is left out may be what one customer used, so that to them it is a use like the planning."""
    customer, gate = house.customers[0], house.custodian.gate

    def uses():
        return Counter(one.actor for one in gate.history(customer) if one.family == "use")

    before, table = uses(), town["table"]
    for at in withheld(table)[:3]:
        said(table.reference, at)
    assert uses() - before == Counter(officer=1)
    said(table.reference, by="second")
    assert uses() - before == Counter(officer=1, second=1)

"""The page of retention: the schedule with its clauses, what is due, what is held and why, what was destroyed; and nobody's name."""

import csv
import io
import re
from datetime import date

import pytest

from meterkeep.desks.customers.models import ServiceAgreement
from meterkeep.desks.retention import actions
from meterkeep.desks.retention.models import Lot

TODAY = date(2026, 3, 2)
LEFT = date(2021, 3, 1)


def furnish(house):
    """Two customers left long ago, one of them under a hold; one destruction is done and one was refused."""
    for customer in house.customers[:2]:
        ServiceAgreement.objects.filter(customer=customer).update(start=date(2015, 1, 1), end=LEFT)
    told = {"by": house.users["staff"].person, "on": TODAY}
    actions.place_hold(named=house.customers[:1], why="Claim 7 before the county court", **told)
    lifted = actions.place_hold(
        everyone=True, why="Inquiry of the regulator", record_class="files", kind="law", **told
    )
    actions.lift_hold(reference=lifted.reference, why="closed", **told)
    about = {"record": "customer", "number": 3, "why": "customer: older than 5 years", **told}
    Lot.objects.create(reference="D-00000001", state="done", certificate={}, sha256="ab" * 32, **about)
    Lot.objects.create(reference="D-00000002", state="stopped", stopped="CEA-02/6.7-b refuses.", **about)


@pytest.fixture
def page(client, house):
    client.force_login(house.users["staff"])

    def get(name="retention", language="en"):
        answer = client.get(f"/console/{name}", headers={"Accept-Language": language})
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))

    return get


def test_it_says_how_long_with_the_clauses(house, page):
    text = page()
    assert "All about a former customer" in text and "5 years" in text and "2 years" in text
    assert "CEA-03/5.4-d" in text and "GOV/34090-d" in text
    assert "Nothing is due." in text and "Nothing is held." in text


def test_it_says_what_is_due_and_what_is_held(house, page):
    furnish(house)
    text = page()
    assert "May go" in text and "1 Mar 2026" in text and "resolution and the attorney" in text
    assert "Claim 7 before the county court" in text and "keeps records that are due" in text
    assert "lifted on 2 Mar 2026" in text
    assert "ab" * 32 in text and "CEA-02/6.7-b refuses." in text
    assert not [customer for customer in house.customers if customer in text]


def test_it_is_in_spanish_too(house, page):
    furnish(house)
    text = page(language="es")
    assert "Cuánto tiempo guardamos los registros" in text and "5 años" in text and "Retención legal" in text


def test_the_csv_has_what_is_due_and_what_is_held(client, house, page):
    furnish(house)
    rows = list(csv.DictReader(io.StringIO(client.get("/console/retention.csv").content.decode("utf-8-sig"))))
    assert [(row["records"], row["outcome"], row["customers"]) for row in rows] == [
        ("customer", "permit", "1"), ("customer", "held", "1"), ("readings", "held", "1"),
    ]  # fmt: skip

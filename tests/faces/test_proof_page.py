"""The customer's page that gives the file: what it counts, what it says of the open epoch, and that the file holds."""

import json
import re

import pytest
from django.urls import reverse

from meterkeep.ledger.verify import verify_file

TODAY = "2026-03-02"


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def as_customer(client, house):
    client.force_login(house.users["customer"])
    return client


@pytest.fixture
def closed(house):
    from datetime import date

    house.custodian.gate.chains.close_epoch(by="officer", on=date.fromisoformat(TODAY))
    return house


def test_the_file_holds_and_continues_the_one_before(as_customer, closed):
    keys = (closed.custodian.home.ledger / "public-key").read_text()
    first = as_customer.get(reverse("proof_file"))
    assert first["Content-Disposition"] == 'attachment; filename="my-list.json"'
    assert first["Content-Type"] == "application/json"
    as_customer.get(reverse("usage"), {"month": "2026-02"})
    second = as_customer.get(reverse("proof_file")).content.decode()
    epoch = as_customer.get(reverse("log_epoch")).content.decode()
    told = verify_file(second, keys, newest=epoch, earlier=first.content.decode())
    assert told[2].startswith("2 later: in the log") and "disclosure.delivered" in told[-1]


def test_the_page_says_what_is_shown_and_what_is_still_open(as_customer, closed):
    before = text(as_customer.get(reverse("proof")))
    assert "Lines since then 0" in before and "Shown to be all of them up to 2 Mar 2026, 12:00" in before
    as_customer.get(reverse("usage"), {"month": "2026-02"})
    after = text(as_customer.get(reverse("proof")))
    assert "Lines since then 2" in after and "The next seal will show that none of them is missing" in after
    chain = json.loads(as_customer.get(reverse("proof_file")).content)["chain"]
    assert f"--chain {chain}" in after


def test_each_customer_has_their_own_number(client, closed):
    numbers = set()
    for role in ("customer", "solar"):
        client.force_login(closed.users[role])
        numbers.add(json.loads(client.get(reverse("proof_file")).content)["chain"])
    assert len(numbers) == 2


def test_in_spanish(as_customer, closed):
    as_customer.post(reverse("set_language"), {"language": "es", "next": "/portal"})
    assert "Descargar mi archivo" in text(as_customer.get(reverse("proof")))


def test_the_list_leads_to_it(as_customer, closed):
    assert reverse("proof") in as_customer.get(reverse("seen")).content.decode()


def test_a_withheld_entry_is_one_line_with_its_day_and_rule(as_customer, closed):
    from dataclasses import replace
    from datetime import date

    from meterkeep.errors import MeterkeepError
    from meterkeep.gate import Subjects
    from meterkeep.gate.request import Request, Secrecy

    secret = Secrecy(until=date(2026, 9, 1), clause="LAW/secret-1", basis="5e" * 32, by="officer")
    asked = Request(
        action="use",
        purpose="reporting",
        elements=("interval_usage",),
        subjects=Subjects.of(closed.customers[0]),
        reason="a secret reason",
        secrecy=secret,
    )
    before = as_customer.get(reverse("proof_file")).content.decode().count("use.intent")
    with closed.custodian.gate.open(asked, by="analyst", on=date.fromisoformat(TODAY)) as grant:
        grant.deliver(b"secret", to="")
    page = text(as_customer.get(reverse("seen"), {"who": "all"}))
    assert page.count("One entry, withheld until 1 Sep 2026 or longer") == 2 and "LAW/secret-1" in page
    lines = as_customer.get(reverse("seen_csv"), {"who": "all"}).content.decode()
    assert lines.count("Not told yet") == 2
    refused = replace(asked, purpose="marketing")
    with (
        pytest.raises(MeterkeepError),
        closed.custodian.gate.open(refused, by="analyst", on=date(2026, 3, 2)),
    ):
        pass
    lines = as_customer.get(reverse("seen_csv"), {"who": "all"}).content.decode()
    kept_back = [line for line in lines.splitlines() if "Not told yet" in line]
    assert len(kept_back) == 4 and len(set(kept_back)) == 1, "what came of it does not show"
    assert kept_back[0].startswith("2026-03-02T00:00:00-08:00,")
    file = as_customer.get(reverse("proof_file")).content.decode()
    assert file.count('"withheld"') == 4 and file.count("use.intent") == before

"""The pages on the furnished house: what people see is what the gate gives and what the log says."""

import hashlib
import json
import re
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from meterkeep.faces.console.log import log_page


def chart(page):
    return json.loads(
        re.search(r'id="usage-chart" type="application/json">(.*?)</script>', page, flags=re.S)[1]
    )


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def as_customer(client, house):
    client.force_login(house.users["customer"])
    return client


@pytest.fixture
def as_staff(client, house):
    client.force_login(house.users["staff"])
    return client


def test_a_home_in_a_synthetic_house_says_so_on_every_page(client, house):
    for name in ("home", "notice", "releases", "log", "account_login"):
        assert "Synthetic demonstration data." in text(client.get(reverse(name)))


def test_the_page_opens_on_the_last_whole_month_with_gap_and_estimate(as_customer):
    page = text(as_customer.get(reverse("usage")))
    assert "February 2026" in page and "648 of 672 hours" in page and "24 hours are estimated" in page
    drawn = chart(page)["lines"]
    assert len(drawn) == 1 and drawn[0]["values"][48:72] == [None] * 24


def test_the_page_the_table_and_the_file_have_the_same_total(as_customer):
    page = as_customer.get(reverse("usage"), {"month": "2026-02"}).content.decode()
    lines = as_customer.get(reverse("usage_csv"), {"month": "2026-02"}).content.decode().splitlines()[1:]
    total = sum(float(line.split(",")[2] or 0) for line in lines)
    assert sum(value or 0 for value in chart(page)["lines"][0]["values"]) == pytest.approx(total)
    assert f"{total:.1f}" in page and len(lines) == 672


def test_a_solar_home_sees_both_directions_apart(client, house):
    client.force_login(house.users["solar"])
    page = text(client.get(reverse("usage"), {"channel": "received"}))
    assert "Energy you used from the grid" in page and "Energy you sent to the grid: February 2026" in page
    assert [line["name"] for line in chart(page)["lines"]] == ["From the grid", "To the grid"]


@pytest.mark.parametrize("month", ["2026-01", "2023-05", "2026-03"])
def test_a_month_without_readings_helps_on(as_customer, month):
    response = as_customer.get(reverse("usage"), {"month": month})
    assert response.status_code == 200 and "We have no readings for" in text(response)


def test_a_month_that_is_none_is_a_clear_mistake(as_customer):
    response = as_customer.get(reverse("usage"), {"month": "soon"})
    assert response.status_code == 400 and "Write it as 2026-03." in text(response)


def test_an_account_of_nobody_sees_no_usage(client, house):
    client.force_login(house.users["newcomer"])
    assert client.get(reverse("usage")).status_code == 400


def test_each_look_at_usage_is_in_the_log_and_on_the_page(as_customer, house):
    size = house.custodian.gate.journal.size
    as_customer.get(reverse("usage"))
    assert house.custodian.gate.journal.size == size + 2  # the intent, and what became of it
    page = text(as_customer.get(reverse("seen"), {"who": "all"}))
    assert "You looked at your own data" in page


def test_a_customer_sees_what_a_contractor_got_and_by_which_rule(as_customer):
    page = text(as_customer.get(reverse("seen")))
    assert "Tern Load Analytics" in page and "works for us under a contract" in page
    assert "To supply your power and bill it" in page and "CEA-04/6.5-b" in page and "Shared" in page
    assert "You looked at your own data" not in page


def test_the_file_of_who_has_seen_follows_the_filter(as_customer):
    as_customer.get(reverse("usage"))
    everybody = as_customer.get(reverse("seen_csv"), {"who": "all"}).content.decode().splitlines()
    others = as_customer.get(reverse("seen_csv")).content.decode().splitlines()
    assert len(everybody) > len(others) > 1


def test_nobody_s_page_is_empty_but_kind(client, house):
    client.force_login(house.users["solar"])
    assert "Tern Load Analytics" not in text(client.get(reverse("seen")))


def test_the_worklist_has_what_is_open_and_none_of_what_is_done(as_staff, house):
    page = text(as_staff.get(reverse("worklist")))
    for name in ("permitted", "refused", "waiting"):
        assert house.requests[name].reference in page
    assert house.requests["done"].reference not in page
    assert "2 days late" in page
    lines = as_staff.get(reverse("worklist_csv"), {"state": "fulfilled"}).content.decode().splitlines()
    assert len(lines) == 2 and lines[1].startswith(house.requests["done"].reference)


def test_a_decision_is_laid_open(as_staff, house):
    page = text(as_staff.get(reverse("decision", args=[house.requests["refused"].reference])))
    for part in ("CEA-04/6.8", "recipient.ceased", "party and contract register", "Refused"):
        assert part in page
    assert house.customers[0] not in page
    permitted = text(as_staff.get(reverse("decision", args=[house.requests["permitted"].reference])))
    assert "What must be done" in permitted and "Record the contract relied on." in permitted


def test_deciding_is_one_click_and_is_kept_with_its_facts(as_staff, house):
    request = house.requests["waiting"]
    assert "Nothing is decided yet." in text(as_staff.get(reverse("decision", args=[request.reference])))
    response = as_staff.post(reverse("decide", args=[request.reference]), follow=True)
    request.refresh_from_db()
    assert response.status_code == 200 and request.decided_by == "officer" and request.facts
    assert "What we know" in text(response)


def test_what_does_not_exist_is_not_found(as_staff, client):
    assert as_staff.get(reverse("decision", args=["R-none"])).status_code == 404
    assert "We cannot find this page" in text(as_staff.get("/no/such/page"))


def test_staff_see_why_a_cell_is_withheld_and_the_public_does_not(as_staff, house):
    staff = text(as_staff.get(reverse("console_release", args=[house.release.reference])))
    public = text(as_staff.get(reverse("release", args=[house.release.reference])))
    assert "Too few customers" in staff and "What the rule costs" in staff
    assert "Too few customers" not in public and "left out" in public and "CEA-03/4.1" in public


def test_the_public_files_are_what_was_published_and_withhold_what_the_page_does(client, house):
    page = client.get(reverse("release", args=[house.release.reference])).content.decode()
    for file in house.release.files.all():
        got = client.get(reverse("release_file", args=[house.release.reference, file.name]))
        assert hashlib.sha256(got.content).hexdigest() == file.sha256
        assert file.sha256 in page and file.name in page
    table = next(file for file in house.release.files.all() if file.name.endswith(".csv"))
    lines = bytes(table.content).decode().splitlines()
    assert lines[0] == "zip,customer_class,month,customers,delivered_kWh,status"
    assert [line for line in lines if line.endswith("withheld")] == ["95501,industrial,2026-02,,,withheld"]


def test_a_withdrawn_release_is_listed_with_its_reason_and_without_its_files(client, house):
    from meterkeep.desks.releases import actions

    name = house.release.files.first().name
    today = house.custodian.today()
    actions.withdraw(
        release=house.release,
        why="The title names the wrong area.",
        gate=house.custodian.gate,
        by="officer",
        on=today,
    )
    for address in (reverse("releases"), reverse("release", args=[house.release.reference])):
        page = text(client.get(address))
        assert "The title names the wrong area." in page and name not in client.get(address).content.decode()
    assert client.get(reverse("release_file", args=[house.release.reference, name])).status_code == 404


def test_two_others_approve_and_the_planner_cannot(client, house):
    release = house.planned
    for user, count in (("analyst", 0), ("staff", 1), ("staff", 1), ("second", 2)):
        client.force_login(house.users[user])
        said = {"why": "It helps towns to plan.", "decision": "accept"}
        client.post(reverse("review", args=[release.reference]), said)
        assert release.reviews.count() == count
    release.refresh_from_db()
    assert release.state == "approved"
    page = text(client.get(reverse("console_release", args=[release.reference])))
    assert "2 of 2 reviewers have decided" in page and "It helps towns to plan." in page


def test_a_reviewer_does_not_see_the_first_decision_before_their_own(client, house):
    page, said = reverse("console_release", args=[house.planned.reference]), {"why": "Too few homes."}
    client.force_login(house.users["staff"])
    client.post(reverse("review", args=[house.planned.reference]), {**said, "decision": "refuse"})
    assert "refuses it: Too few homes." in text(client.get(page))
    client.force_login(house.users["second"])
    assert "Too few homes." not in text(client.get(page)) and "refuses" not in text(client.get(page))
    client.post(reverse("review", args=[house.planned.reference]), {"why": "Fine.", "decision": "accept"})
    assert "refuses it: Too few homes." in text(client.get(page)) and "Disputed" in text(client.get(page))


def test_a_plan_older_than_the_last_publication_is_refused_with_the_next_step(client, house):
    older = house.planned
    older.audited = 0
    older.save()
    for user in ("staff", "second"):
        client.force_login(house.users[user])
        said = {"why": "I looked.", "decision": "accept"}
        assert client.post(reverse("review", args=[older.reference]), said).status_code == 403
    page = text(client.get(reverse("console_release", args=[older.reference])))
    assert "Publish</button>" not in page and "accept it</button>" not in page
    assert "This plan is out of date." in page
    response = client.post(reverse("publish", args=[older.reference]))
    assert response.status_code == 403 and "Plan it again" in text(response)


def test_the_log_page_tells_acts_and_never_about_whom(as_staff, house):
    page = text(as_staff.get(reverse("console_log")))
    assert "disclosure.delivered" in page and "None. Each act in the log has its end." in page
    gate = house.custodian.gate
    chains = gate.sources.customers.chains(house.customers)
    assert not any(word in page for word in (*house.customers, *chains))


def test_the_log_page_tells_what_our_own_people_saw_from_what_was_shared(house):
    entries = [
        (index, entry) for index, entry in house.custodian.gate.recent(200) if entry.outcome == "delivered"
    ]
    page = log_page(entries, unresolved=[], size=len(entries), zone=ZoneInfo("UTC"))
    said = {row.name.partition(".")[0]: row.outcome for row in page.entries}
    assert said["use"] == "Seen" and said["disclosure"] == "Shared"


def test_a_page_says_who_is_signed_in(as_staff):
    assert '<span class="mk-who">' in as_staff.get(reverse("worklist")).content.decode()


def test_the_notice_names_the_documents_in_force(client, house):
    page = text(client.get(reverse("notice")))
    for document in ("CEA-02", "CEA-03", "CEA-04"):
        assert document in page


def test_the_checkpoint_and_the_hash_tiles_are_public(client, house):
    gate = house.custodian.gate
    note = client.get(reverse("log_checkpoint"))
    assert note.content.decode() == gate.journal.checkpoint() and note["Cache-Control"] == "no-cache"
    index, width = divmod(gate.journal.size, 256)
    tile = client.get(reverse("log_tile", args=[f"0/{index:03d}.p/{width}"]))
    assert tile.status_code == 200 and len(tile.content) == 32 * width


@pytest.mark.parametrize(
    "name",
    [
        "../journal",
        "0/../../checkpoint",
        "0/000.p/0/..",
        "0/x00a/000",
        "99/000",
    ],
)
def test_everything_but_the_tree_stays_inside(client, house, name):
    assert client.get(f"/log/tile/{name}").status_code == 404


@pytest.mark.parametrize("name", ["entries/000", "entries/000.p/5"])
def test_entry_bundles_ask_for_an_auditors_token(client, house, name):
    assert client.get(f"/log/tile/{name}").status_code == 401


def test_watchers_are_told(client, house):
    assert client.get(reverse("healthz")).content == b"ok\n"
    assert client.get(reverse("readyz")).json() == {"database": True, "log": True}


def test_in_spanish_the_whole_page_is_spanish(as_customer):
    as_customer.post(reverse("set_language"), {"language": "es", "next": "/portal"})
    page = text(as_customer.get(reverse("usage")))
    assert '<html lang="es">' in page and "Mi consumo de energía" in page and "My energy use" not in page


@pytest.mark.parametrize(
    ("role", "start"), [("customer", "portal"), ("staff", "worklist"), ("auditor", "console_log")]
)
def test_signing_in_leads_to_one_s_own_room(client, house, password, role, start):
    form = {"login": house.users[role].username, "password": password}
    assert client.post(reverse("account_login"), form, follow=True).redirect_chain[-1][0] == reverse(start)


def test_a_wrong_password_says_so_and_lets_nobody_in(client, house):
    response = client.post(reverse("account_login"), {"login": "demo-home", "password": "not this"})
    assert response.status_code == 200 and "usa-alert--error" in text(response)
    assert client.get(reverse("portal")).status_code == 302


def test_signing_out_ends_it(as_customer):
    as_customer.post(reverse("account_logout"))
    assert as_customer.get(reverse("portal")).status_code == 302


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_inline_code(client, house):
    policy = client.get(reverse("home"))["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "http" not in policy


def test_what_cannot_be_decided_names_the_missing_fact(client, house):
    """A request that nobody can answer yet: the page says which fact is missing, and no data is opened."""
    client.force_login(house.users["second"])
    request = house.requests["waiting"]
    request.request = request.request | {"recipient": "nobody-known"}
    request.save()
    page = text(client.post(reverse("decide", args=[request.reference]), follow=True))
    assert "A fact is missing" in page and "Not known, and it matters" in page and "recipient.kind" in page


def test_an_intent_without_an_end_stands_on_top(house):
    gate = house.custodian.gate
    index, entry = next(pair for pair in gate.journal.recent(100) if pair[1].name.endswith(".intent"))
    page = log_page([], unresolved=[(index, entry)], size=9, zone=ZoneInfo("America/Los_Angeles"))
    assert [row.index for row in page.unresolved] == [index] and page.unresolved[0].clauses == tuple(
        entry.clauses
    )

"""The policy register and its neighbours: what was adopted, what each document says, who rules, and who only reads."""

import inspect
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from meterkeep.desks.policies import actions, queries
from meterkeep.desks.policies.models import Interpretation
from meterkeep.faces.console.policies import open_points
from meterkeep.policy.language import adoption
from meterkeep.policy.language.adoption import (
    AdoptionRecord,
    Attachment,
    Header,
    Provenance,
    Signature,
    Votes,
)


@pytest.fixture
def page(client, house):
    def got(name, *args, role="staff"):
        client.force_login(house.users[role])
        answer = client.get(reverse(name, args=args))
        assert answer.status_code == 200
        return answer.content.decode()

    return got


def test_the_register_shows_versions_acts_votes_and_what_is_left_open(page, house):
    text = page("policies")
    for said in ("CEA-04", "Resolution of the board", "2020-002", "3-0", "In force", "CEA-OS"):
        assert said in text, said
    assert "CEA-01 says 3 pages and runs 4." in text
    assert "Nobody of the provider has ruled on" in text


def test_an_act_has_its_roll_its_signatures_and_its_digests(page, house):
    act = queries.last_act()
    text = page("policy_act", act.pk)
    for said in (
        "Schumacher, Haviland, Becker",
        "Board Secretary",
        "Not legible",
        act.copy_id,
        act.record_digest,
    ):
        assert said in text, said
    assert "names and answers stand apart" in text


def test_a_document_is_read_clause_by_clause(page, house):
    text = page("policy_document", queries.last_act().pk, "CEA-03")
    for said in ("CEA-03/4.1", "at least 15", "15", "11.2:", "none named"):
        assert said in text or said == "at least 15", said


def test_a_document_that_is_not_in_the_pack_is_not_there(client, house):
    client.force_login(house.users["staff"])
    act = queries.last_act().pk
    assert client.get(reverse("policy_document", args=[act, "CEA-99"])).status_code == 404
    assert client.get(reverse("policy_act", args=[act + 99])).status_code == 404


def test_the_tables_go_out_as_csv(client, house):
    client.force_login(house.users["auditor"])
    versions = client.get(reverse("policies_csv")).content.decode().splitlines()
    assert versions[0] == "document,title,decided_in,from,until,state,aliases" and any(
        "CEA-05" in v for v in versions
    )
    figures = client.get(reverse("figures_csv")).content.decode()
    assert "aggregate.minimum_customers" in figures


def sign(client, **said):
    form = {"ruling": "not_allowed", "reason": "Counsel's advice.", **said}
    return client.post(reverse("rule", args=["R1"]), form)


def test_the_officer_signs_a_ruling_which_decides_from_its_day_on(client, house):
    client.force_login(house.users["staff"])
    today = house.custodian.today()
    assert sign(client).status_code == 302
    assert queries.pack_in_force(today).interpretations["R1"].ruling == "not_allowed"
    assert queries.pack_in_force(today - timedelta(days=1)) is None or (
        queries.pack_in_force(today - timedelta(days=1)).interpretations["R1"].ruling == "allowed"
    )
    assert Interpretation.objects.get(number="R1").signed_by == "officer"


def test_a_ruling_may_begin_later_and_never_earlier(client, house):
    client.force_login(house.users["staff"])
    today = house.custodian.today()
    assert sign(client, since=str(today - timedelta(days=1))).status_code == 400
    later = today + timedelta(days=30)
    assert sign(client, since=str(later)).status_code == 302
    assert queries.pack_in_force(today).interpretations["R1"].ruling == "allowed"
    assert queries.pack_in_force(later).interpretations["R1"].ruling == "not_allowed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"reason": "x" * 4_001},
        {"reason": "No.\0"},
        {"ruling": "perhaps"},
        {"since": "soon"},
        {"since": "2026-W50-1"},
    ],
)
def test_a_ruling_that_makes_no_sense_is_told(client, house, wrong):
    client.force_login(house.users["staff"])
    assert sign(client, **wrong).status_code == 400
    assert not Interpretation.objects.exists()


def test_others_read_and_do_not_rule(client, house, page):
    for role in ("analyst", "auditor"):
        assert "Sign a ruling" not in page("rulings", role=role)
    client.force_login(house.users["analyst"])
    answer = sign(client)
    assert answer.status_code == 403 and "Only the privacy officer" in answer.content.decode()
    client.force_login(house.users["auditor"])
    assert sign(client).status_code == 403
    assert not Interpretation.objects.exists()


def test_the_notice_shows_all_versions(client, house):
    today = house.custodian.today()
    actions.adopt(
        pack_id="cea", by="officer", on=today, resolution="2026-9", adopted_on=today,
        effective_on=today + timedelta(days=20),
    )  # fmt: skip
    text = client.get(reverse("notice")).content.decode()
    assert "All versions" in text and "To come" in text and "2026-9" in text


def test_a_later_version_ends_the_earlier_one(page, house):
    today = house.custodian.today()
    first = queries.last_act()
    actions.adopt(
        pack_id="cea", by="officer", on=today, resolution="2026-9", adopted_on=today,
        effective_on=today + timedelta(days=20),
    )  # fmt: skip
    first.refresh_from_db()
    assert first.until == today + timedelta(days=20) and first.until > date(2020, 2, 20)
    assert "To come" in page("policies")


def test_a_customer_sees_since_when_their_data_is_kept(page, house):
    assert "We first got your data on 2 March 2026." in page("portal", role="customer")
    assert "We first got your data" not in page("portal", role="newcomer")


@pytest.fixture
def spanish(client, house):
    def got(name, *args):
        client.force_login(house.users["staff"])
        return client.get(reverse(name, args=args), HTTP_ACCEPT_LANGUAGE="es").content.decode()

    return got


def test_what_is_left_open_is_told_in_spanish_with_spanish_days(spanish, house):
    text = spanish("policies")
    for said in ("CEA-01 dice tener 3 páginas y tiene 4.", "Nadie del proveedor ha decidido sobre"):
        assert said in text, said
    assert "2 de marzo de 2026" in text or "20 de febrero de 2020" in text
    assert "is illegible" not in text and "is not recorded" not in text


def test_every_sentence_about_what_is_open_can_be_said_in_another_language():
    sources = [inspect.getsource(part) for part in (adoption, queries)]
    for template in open_points.SAID:
        assert any(template in source for source in sources), template
    everything = AdoptionRecord(
        votes=Votes(detached=True),
        signature=tuple(
            Signature(role, state, document=place)
            for state in ("missing", "illegible")
            for role, place in (("Chair", ""), ("Secretary", "CEA-01"))
        ),
        attachment=(Attachment("Minutes"),),
        document={"CEA-01": Header(subject="Travel", pages=3, pages_run=4, aliases=("CEA-001",))},
        source=Provenance(authoritative=False),
    )
    told = adoption.findings(everything)
    assert len(told) == 12 and {one.template for one in told} <= set(open_points.SAID)


def test_a_clause_that_sets_a_figure_shows_it_with_its_unit(page):
    text = page("policy_document", queries.last_act().pk, "CEA-05")
    for said in (
        "exceed this: $250",
        "past due: 90 days",
        "past due: 120 days",
        "written off: $19.99",
        "$750",
    ):
        assert said in text, said
    assert "collections (F21)" in text


def test_the_figures_of_the_documents_come_before_those_of_the_law(page):
    text = page("figures")
    assert text.index("aggregate.minimum_customers") < text.index("Of the law beneath")
    assert "$30" in text and "15 %" in text


def test_a_question_shows_all_its_choices_and_who_reads_it(page):
    text = page("rulings", role="auditor")
    pack = queries.pack_in_force(date(2026, 3, 2))
    for one in pack.interpretations.values():
        for choice in one.choices.values():
            assert escape(choice) in text, choice
    assert "Read by the desk:" in text and "read by F" not in text


def test_a_figure_that_no_ruling_uses_is_told_as_such(page):
    rows = page("figures").split("<tr>")
    over = next(row for row in rows if "aggregate.share_ppm_over" in row)
    assert "Not in use, as ruled" in over and "15.0001 %" in over
    assert "In force" in next(row for row in rows if "aggregate.share_ppm<" in row)


def test_questions_of_the_law_say_so_and_come_after_the_documents_own(page):
    text = page("rulings", role="auditor")
    first_law = text.index("raised by the law beneath")
    assert (
        text.index("Question 11.1<") < text.index("Question L2")
        and first_law < text.index("Question L2") + 200
    )


def test_what_an_act_to_come_leaves_open_is_told_by_its_number(page, house):
    today = house.custodian.today()
    actions.adopt(
        pack_id="cea", by="officer", on=today, resolution="2026-9", adopted_on=today,
        effective_on=today + timedelta(days=20),
    )  # fmt: skip
    assert "2026-9: The roll call is not recorded." in page("policies")


def test_a_newer_edition_of_a_shipped_pack_is_told_as_that(page, house, monkeypatch):
    monkeypatch.setattr(queries, "drifted", lambda digest, pack: ["cea/CEA-01.md"])
    text = page("policies")
    assert (
        "Another edition of cea comes with Meterkeep now." in text and "not as adopted any more" not in text
    )

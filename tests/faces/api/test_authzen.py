"""OpenID AuthZEN Authorization API 1.0: one evaluation, several, the metadata, and what is sent that should not be."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cedar import vectors
from meterkeep.policy.language.vocabulary import vocabulary

TODAY = date(2026, 3, 2)
ONE, SEVERAL = "/access/v1/evaluation", "/access/v1/evaluations"
SOLICITED = {
    "subject": {"type": "party", "id": "tern-analytics", "properties": {"recipient.kind": "contractor"}},
    "action": {"name": "disclose"},
    "resource": {"type": "elements", "id": "interval_usage", "properties": {"data.kind": "covered"}},
    "context": {"use.third_party_solicitation": True},
}


def asked(action, facts, **context):
    return {
        "subject": {"type": "staff", "id": "x", "properties": {}},
        "action": {"name": action},
        "resource": {"type": "totals", "id": "y", "properties": facts},
        "context": context,
    }


def permitted():
    """Totals that the CEA documents let out."""
    pack = load_pack("cea")
    drawn = vectors(pack, TODAY, "release_aggregate")
    return next(
        facts
        for facts in drawn
        if decide(pack, action="release_aggregate", facts=facts, on=TODAY).outcome == "permit"
    )


RELEASED = asked("release_aggregate", permitted())
OPEN = asked("disclose", {"data.kind": "covered"})


@pytest.fixture
def token(house):
    from meterkeep.desks.accounts.actions import issue_token

    expires = house.custodian.gate.clock() + timedelta(days=30)
    return issue_token(
        program="billing", scope="decide", expires=expires, by="officer", on=house.custodian.today()
    )


@pytest.fixture
def post(token):
    """Posts JSON, or a body as it is, with the token."""
    strict = Client(enforce_csrf_checks=True)

    def send(address, body, **headers):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return strict.post(
            address, data, "application/json", headers={"Authorization": f"Bearer {token}", **headers}
        )

    return send


def told(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize(
    ("request_", "allowed", "outcome"),
    [(RELEASED, True, "permit"), (SOLICITED, False, "refuse"), (OPEN, False, "undetermined")],
)
def test_permit_alone_is_true(post, house, request_, allowed, outcome):
    answer = told(post(ONE, request_))
    assert (answer["decision"], answer["context"]["outcome"]) == (allowed, outcome)


def test_the_context_is_the_decision_that_the_command_line_gives(post, house):
    facts = {"recipient.kind": "contractor", "data.kind": "covered", "use.third_party_solicitation": True}
    ours = decide(load_pack("cea"), action="disclose", facts=facts, on=house.custodian.today())
    answer = told(post(ONE, SOLICITED))
    assert answer["context"] == json.loads(json.dumps(ours.as_json()))
    assert answer["context"]["clauses"] and answer["context"]["pack_digest"]
    assert told(post(ONE, OPEN))["context"]["missing"]


def test_the_day_may_be_given_and_is_today_otherwise(post, house):
    early = told(post(ONE, {**SOLICITED, "context": {**SOLICITED["context"], "on": "2019-01-01"}}))
    assert (early["context"]["why"], early["context"]["on"]) == ("not_in_force", "2019-01-01")
    assert told(post(ONE, SOLICITED))["context"]["on"] == "2026-03-02"


def test_the_provider_s_own_rulings_decide(post, house):
    from meterkeep.desks.policies.actions import record_interpretation

    threat = asked(
        "disclose",
        {
            "data.kind": "covered",
            "recipient.kind": "emergency_services",
            "circumstance.imminent_threat": True,
            "use.third_party_solicitation": False,
            "use.sale": False,
            "channel": "secure",
        },
    )
    before = told(post(ONE, threat))["context"]
    record_interpretation(
        number="R2", ruling="refused", reason="Counsel.", by="officer", on=house.custodian.today()
    )
    after = told(post(ONE, threat))["context"]
    assert before["outcome"] == "permit" != after["outcome"]
    assert before["pack_digest"] != after["pack_digest"]


def test_a_fact_may_stand_in_any_place_but_say_one_thing(post):
    same = {**SOLICITED, "context": {"data.kind": "covered", "use.third_party_solicitation": True}}
    assert told(post(ONE, same)) == told(post(ONE, SOLICITED))
    other = {**SOLICITED, "context": {"data.kind": "customer"}}
    answer = post(ONE, other)
    assert (answer.status_code, answer.json()["error"]["where"]) == (400, "context")
    assert "data.kind" in answer.json()["error"]["message"]


def changed(where, value):
    """The request with one member set, by its path."""
    body = json.loads(json.dumps(SOLICITED))
    *path, last = where.split("/")
    inner = body
    for part in path:
        inner = inner[part]
    inner[last] = value
    return body


@pytest.mark.parametrize(
    ("body", "named", "where"),
    [
        (changed("options", {}), "options", ""),
        (changed("subject/role", "x"), "role", "subject"),
        (changed("action/kind", "x"), "kind", "action"),
        (changed("resource/properties/data.kynd", "covered"), "data.kynd", "resource.properties"),
        (changed("context/time", "12:00"), "time", "context"),
        (changed("subject/properties/on", "2026-01-01"), "on", "subject.properties"),
        (changed("action/name", "peek"), "peek", "action.name"),
        (changed("action/name", 7), "name", "action"),
        (changed("subject", None), "subject", ""),
        (changed("subject/properties", []), "properties", "subject"),
        (changed("context", []), "context", ""),
        (changed("context/on", "tomorrow"), "on", "context.on"),
        (changed("context/on", "2026-W01-1"), "on", "context.on"),
        (changed("context/on", 20260101), "on", "context.on"),
        (changed("resource/properties/data.kind", "coverd"), "data.kind", "resource.properties"),
        (changed("context/order.explicit", 1), "order.explicit", "context"),
        (changed("context/order.explicit", None), "order.explicit", "context"),
        (changed("context/aggregate.customers", True), "aggregate.customers", "context"),
        (changed("context/aggregate.customers", 15.0), "aggregate.customers", "context"),
        (changed("context/aggregate.customers", [15]), "aggregate.customers", "context"),
        ({"subject": SOLICITED["subject"], "action": {"name": "use"}}, "resource", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_place(post, body, named, where):
    answer = post(ONE, body)
    error = answer.json()["error"]
    assert (answer.status_code, error["where"]) == (400, where), error
    assert named in error["message"]
    assert set(error) == {"code", "message", "where", "next"}


def test_no_error_repeats_a_value(post):
    """A name may have been put in the wrong place."""
    for body in (changed("resource/properties/data.kind", "Jane Roe"), changed("subject/id", ["Jane Roe"])):
        answer = post(ONE, body)
        assert answer.status_code == 400
        assert "Jane" not in answer.content.decode()


BAD_BODIES = {
    "empty": b"",
    "cut off": b'{"subject": {',
    "no object": b"[1, 2]",
    "a string": b'"x"',
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "twice": b'{"subject": {"type": "a", "id": "b", "id": "c"}}',
    "NaN": b'{"subject": NaN}',
    "infinite": b'{"subject": -Infinity}',
    "huge number": b'{"subject": ' + b"9" * 5_000 + b"}",
    "a number past a double": b'{"subject": 1e999}',
    "a number that a double rounds": b'{"context": {"aggregate.customers": 9007199254740993}}',
    "no UTF-8": b'{"subject": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a lone surrogate": b'{"subject": {"type": "a", "id": "\\ud800", "x\\udfff": 1}}',
    "nul": b'{"subject\\u0000": 1}',
}


@pytest.mark.parametrize("name", BAD_BODIES)
@pytest.mark.parametrize("address", [ONE, SEVERAL])
def test_a_bad_body_is_bad_input_and_never_our_fault(post, address, name):
    answer = post(address, BAD_BODIES[name])
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["error"]) == {"code", "message", "where", "next"}
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("size", [1 << 20, 3 << 20], ids=["past our measure", "past the server's"])
def test_a_long_body_is_too_large(post, size):
    answer = post(ONE, b'{"subject": "' + b"a" * size + b'"}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_many_evaluations_are_too_many(post):
    assert post(SEVERAL, {**SOLICITED, "evaluations": [{}] * 1_001}).status_code == 413
    assert len(told(post(SEVERAL, {**SOLICITED, "evaluations": [{}] * 1_000}))["evaluations"]) == 1_000


def test_what_is_not_declared_as_json_is_not_read(token, client):
    answer = client.post(ONE, SOLICITED, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, "application/json" in answer.json()["error"]["next"]) == (400, True)


def outcomes(answer):
    return [one["context"]["outcome"] for one in told(answer)["evaluations"]]


MIXED = [RELEASED, OPEN, RELEASED, SOLICITED]


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        (None, ["permit", "undetermined", "permit", "refuse"]),
        ("execute_all", ["permit", "undetermined", "permit", "refuse"]),
        ("deny_on_first_deny", ["permit", "undetermined"]),
        ("permit_on_first_permit", ["permit"]),
    ],
)
def test_several_are_answered_in_order_and_may_end_early(post, semantic, expected):
    body = {"evaluations": MIXED}
    if semantic:
        body["options"] = {"evaluations_semantic": semantic}
    answer = post(SEVERAL, body)
    assert outcomes(answer) == expected
    assert "decision" not in told(answer)


def test_what_an_item_leaves_out_is_taken_from_the_request_around_it(post):
    body = {**SOLICITED, "evaluations": [{}, {"context": {}}, {"action": {"name": "contact"}}]}
    first, second, third = told(post(SEVERAL, body))["evaluations"]
    assert first == told(post(ONE, SOLICITED))
    assert second == told(post(ONE, {**SOLICITED, "context": {}}))
    assert third == told(post(ONE, {**SOLICITED, "action": {"name": "contact"}}))


@pytest.mark.parametrize("more", [{}, {"evaluations": []}, {"evaluations": None}])
def test_without_items_it_is_one_evaluation(post, more):
    assert told(post(SEVERAL, {**SOLICITED, **more})) == told(post(ONE, SOLICITED))


@pytest.mark.parametrize(
    ("body", "where", "named"),
    [
        ({"evaluations": [RELEASED, {"action": {"name": "use"}}]}, "evaluations[1]", "subject"),
        ({"evaluations": [RELEASED, {**OPEN, "extra": 1}]}, "evaluations[1]", "extra"),
        (
            {"evaluations": [RELEASED, changed("context/data.kynd", 1)]},
            "evaluations[1].context",
            "data.kynd",
        ),
        (
            {**SOLICITED, "evaluations": [{}], "options": {"evaluations_semantic": "any"}},
            "options",
            "evaluations_semantic",
        ),
        ({**SOLICITED, "evaluations": [{}], "options": {"other": 1}}, "options", "other"),
    ],
)
def test_one_bad_item_stops_them_all_and_is_named(post, body, where, named):
    answer = post(SEVERAL, body)
    error = answer.json()["error"]
    assert (answer.status_code, error["where"]) == (400, where), error
    assert named in error["message"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic eDp5"}])
@pytest.mark.parametrize("address", [ONE, SEVERAL])
def test_without_a_token_nothing_is_read(client, house, address, header):
    answer = client.post(address, b"[" * 100, "application/json", headers=header)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_browser_is_no_program(client, house):
    client.force_login(house.users["staff"])
    assert client.post(ONE, json.dumps(SOLICITED), "application/json").status_code == 401


def test_a_token_that_ran_out_was_replaced_or_ended_opens_nothing(house, post, token, client):
    from meterkeep.desks.accounts import actions

    today, now = house.custodian.today(), house.custodian.gate.clock()

    def status(bearer):
        return client.post(
            ONE, json.dumps(SOLICITED), "application/json", headers={"Authorization": f"Bearer {bearer}"}
        ).status_code

    def issue(program, scope, expires):
        return actions.issue_token(program=program, scope=scope, expires=expires, by="officer", on=today)

    assert status(token) == 200
    assert status(issue("old", "decide", now)) == 401
    assert status(issue("other", "read", now + timedelta(days=1))) == 403
    replaced = issue("billing", "decide", now + timedelta(days=1))
    assert (status(token), status(replaced)) == (401, 200)
    actions.end_token(program="billing", by="officer", on=today)
    assert status(replaced) == 401


@pytest.mark.parametrize("by", ["nobody-at-all", "leaver", "x" * 1_000_000])
def test_who_is_not_in_the_register_gives_no_token_and_ends_none(house, token, by):
    from meterkeep.desks.accounts import actions
    from meterkeep.desks.workforce import actions as workforce
    from meterkeep.errors import Refused

    today = house.custodian.today()
    left = workforce.record_person(
        id="leaver", display="Leaver", role="analyst", by="officer", on=today - timedelta(days=9)
    )
    workforce.end_person(person=left, by="officer", on=today)
    expires = house.custodian.gate.clock() + timedelta(days=1)
    with pytest.raises(Refused, match="nobody of the workforce register") as refused:
        actions.issue_token(program="other", scope="decide", expires=expires, by=by, on=today)
    assert len(refused.value.message) < 200
    with pytest.raises(Refused):
        actions.end_token(program="billing", by=by, on=today)


def test_the_token_is_kept_as_a_digest_and_told_to_the_log(token, house):
    from oauth2_provider.models import AccessToken

    from meterkeep.desks.outbox.models import OutboxEvent

    (row,) = AccessToken.objects.all()
    assert token not in (row.token, row.token_checksum)
    assert OutboxEvent.objects.filter(name="account.created", detail__kind="program").count() == 1


def test_the_request_id_comes_back_with_every_answer(post, client, house):
    id = "bfe9eb29-ab87-4ca3"
    assert post(ONE, SOLICITED, **{"X-Request-ID": id})["X-Request-ID"] == id
    assert post(ONE, b"{", **{"X-Request-ID": id})["X-Request-ID"] == id
    assert client.post(ONE, b"{}", "application/json", headers={"X-Request-ID": id})["X-Request-ID"] == id
    assert client.get(ONE, headers={"X-Request-ID": id})["X-Request-ID"] == id
    assert post(ONE, SOLICITED, **{"X-Request-ID": "x" * 300}).status_code == 400
    assert "X-Request-ID" not in post(ONE, SOLICITED)


def test_other_methods_are_told_which_one_is_answered(client, house):
    answer = client.get(ONE)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["error"]["next"]


def test_decisions_are_not_kept_by_caches(post):
    assert "no-store" in post(ONE, SOLICITED)["Cache-Control"]


def test_a_decision_about_facts_writes_nothing(post, house):
    from meterkeep.desks.outbox.models import OutboxEvent

    before = house.custodian.gate.log_size, OutboxEvent.objects.count()
    post(ONE, SOLICITED)
    assert (house.custodian.gate.log_size, OutboxEvent.objects.count()) == before


def test_before_anything_is_adopted_everything_is_undetermined(post, monkeypatch):
    from meterkeep.faces.api import views

    monkeypatch.setattr(views, "pack_in_force", lambda on: None)
    answer = told(post(ONE, SOLICITED))
    assert (answer["decision"], answer["context"]["why"]) == (False, "not_in_force")


def test_the_metadata_names_the_endpoints(client, house):
    answer = client.get("/.well-known/authzen-configuration")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert told(answer) == {
        "policy_decision_point": "http://testserver",
        "access_evaluation_endpoint": f"http://testserver{ONE}",
        "access_evaluations_endpoint": f"http://testserver{SEVERAL}",
    }


def test_the_vocabulary_says_what_can_be_asked(client, house):
    answer = told(client.get("/api/vocabulary"))
    assert answer["actions"] == dict(vocabulary().actions)
    assert list(answer["facts"]) == list(vocabulary().facts)
    assert answer["facts"]["data.kind"]["values"][:2] == ["covered", "customer"]


def test_the_openapi_document_describes_every_operation(client, house):
    document = told(client.get("/api/openapi.json"))
    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) == {
        ONE, SEVERAL, "/api/vocabulary", "/.well-known/authzen-configuration",
    }  # fmt: skip
    operation = document["paths"][ONE]["post"]
    assert operation["security"] and set(operation["responses"]) >= {"200", "400", "401", "413"}
    assert document["components"]["schemas"]["Entity"]["additionalProperties"] is False

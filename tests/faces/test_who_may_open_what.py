"""Security promise 6 at the pages: every route names its door, and each door lets in those it names and nobody else."""

import pytest
from desks.expenses.invented import pdf
from django.urls import get_resolver, reverse

OPEN = {
    "home",
    "notice",
    "ask",
    "releases",
    "release",
    "release_file",
    "log",
    "log_checkpoint",
    "log_epoch",
    "log_tile",
    "log_file",
    "healthz",
    "readyz",
    "vocabulary",
    "openapi",
    "authzen_configuration",
}
CUSTOMER = {
    "portal",
    "overdue",
    "usage",
    "usage_csv",
    "usage_xml",
    "usage_xlsx",
    "seen",
    "seen_csv",
    "proof",
    "proof_file",
}
STAFF = {
    "worklist", "worklist_csv", "decision", "decide", "console_releases", "console_release", "console_withheld", "release_reasons",
    "review", "publish", "rule", "collections", "collections_csv", "collections_account", "collections_decide",
    "collections_letters",
    "expenses", "expense", "expense_new", "expense_head", "expense_add", "expense_line", "expense_receipt", "expense_act", "expense_pdf",
    "files", "files_csv", "file", "defects", "defects_csv", "sources", "sources_csv", "console_readings", "console_readings_csv",
}  # fmt: skip
AUDITED = {
    "console_log", "console_ask", "policies", "policies_csv", "policy_act", "policy_document", "rulings", "figures", "figures_csv", "retention", "retention_csv",
}  # fmt: skip
PROGRAMS = {
    "evaluation",
    "evaluations",
    "log_entries",
    "log_set",
}  # by a token: tests/faces/api, tests/faces/test_log_files.py
LIBRARIES = {"account_login", "account_logout", "set_language"}
ACTS = {
    "decide",
    "review",
    "publish",
    "rule",
    "expense_new",
    "expense_head",
    "expense_add",
    "expense_line",
    "expense_act",
}
DOORS = dict.fromkeys(OPEN, ("everyone",)) | dict.fromkeys(CUSTOMER, ("customer",))
DOORS |= dict.fromkeys(STAFF, ("staff",)) | dict.fromkeys(AUDITED, ("staff", "auditor"))
DOORS |= dict.fromkeys(PROGRAMS, ("token",))


def routes():
    return {pattern.name: pattern.callback for pattern in get_resolver().url_patterns}


def test_every_route_names_the_door_written_down_here():
    found = {name: getattr(view, "door", None) for name, view in routes().items() if name not in LIBRARIES}
    assert found == DOORS


def handed_in(house):
    """The officer's claim, which the officer may see and change no more; and its receipt."""
    from meterkeep.desks.expenses import actions, queries

    gate, on = house.custodian.gate, house.custodian.today()
    claim = queries.claims_of("officer").first()
    if claim is None:
        claim = actions.begin(claimant="officer", kind="employee", by="officer", on=on)
        line = {"id": "m1", "kind": "meal", "on": on.isoformat(), "amount": "20.00"}
        actions.save_draft(claim=claim, document={"lines": [line]}, gate=gate, by="officer", on=on)
        actions.attach(claim=claim, line="m1", kind="card", content=pdf(), gate=gate, by="officer", on=on)
        actions.submit(claim=claim, by="officer", on=on)
    return claim.reference, claim.receipts.first().pk


def address(name, house):
    if name in {"decision", "decide"}:
        return reverse(name, args=[house.requests["waiting"].reference])
    if name == "release":
        return reverse(name, args=[house.release.reference])
    if name == "release_file":
        return reverse(name, args=[house.release.reference, house.release.files.first().name])
    if name in {"console_release", "release_reasons", "review", "publish"}:
        return reverse(name, args=[house.planned.reference])
    if name == "console_withheld":
        out = [at for at, cell in enumerate(house.planned.cells) if cell["status"] == "withheld"]
        return reverse(name, args=[house.planned.reference, out[0]])
    if name in {"policy_act", "policy_document"}:
        from meterkeep.desks.policies.queries import last_act

        return reverse(name, args=[last_act().pk, "CEA-04"][: 1 + name.endswith("document")])
    if name == "file":
        from meterkeep.desks.intake.models import InboundFile

        file, _ = InboundFile.objects.get_or_create(
            reference="f" * 32, sha256="0" * 64, by="intake", on=house.custodian.today(), status="stored",
            counts={"records": 0, "stored": 0, "duplicate": 0, "already_stored": 0},
        )  # fmt: skip
        return reverse(name, args=[file.reference])
    if name == "rule":
        return reverse(name, args=["R1"])
    if (name.startswith("expense_") and name != "expense_new") or name == "expense":
        claim, receipt = handed_in(house)
        beside = {"expense_line": ["m1"], "expense_receipt": [receipt]}.get(name, [])
        return reverse(name, args=[claim, *beside])
    if name == "collections_account":
        from meterkeep.desks.arrears.models import Account

        known = {"customer": house.customers[0], "digest": "0" * 32, "since": house.custodian.today()}
        account, _ = Account.objects.get_or_create(reference="A-0", defaults=known)
        return reverse(name, args=[account.reference])
    if name == "log_file":
        return reverse(name, args=["public-key"])
    return reverse(name, args=["0/000.p/2"] if name == "log_tile" else [])


def answers(client, house):
    """Route → status. Acts are posted, everything else is got."""
    return {
        name: (client.post if name in ACTS else client.get)(address(name, house)).status_code
        for name in DOORS.keys() - PROGRAMS
        if name != "log_tile"
    }


def let_in(status):
    return status not in (403, 404) and status < 500


def test_a_stranger_is_asked_to_sign_in_everywhere_but_in_public(client, house):
    for name, status in answers(client, house).items():
        assert status == (200 if name in OPEN else 302), name
    wanted = client.get(reverse("usage") + "?month=2026-02")
    assert wanted.url == "/sign-in?next=/portal/usage%3Fmonth%3D2026-02"


@pytest.mark.parametrize(
    ("role", "own"),
    [("customer", CUSTOMER), ("staff", STAFF | AUDITED), ("auditor", AUDITED)],
    ids=["customer", "staff", "auditor"],
)
def test_whoever_is_signed_in_opens_their_own_pages_and_no_others(client, house, role, own):
    client.force_login(house.users[role])
    for name, status in answers(client, house).items():
        if name in OPEN | own - ACTS:
            assert let_in(status), (name, status)
        elif name not in own:
            assert status == 403, (name, status)


def test_an_act_is_never_done_by_a_link(client, house):
    client.force_login(house.users["staff"])
    for name in ACTS:
        assert client.get(address(name, house)).status_code == 405


def test_a_form_from_elsewhere_is_not_accepted(house):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.users["staff"])
    assert strict.post(address("decide", house)).status_code == 403
    house.requests["waiting"].refresh_from_db()
    assert house.requests["waiting"].state == "received"


def test_a_customer_s_pages_take_the_customer_from_the_account_and_from_nothing_else(client, house):
    """No address of the portal has room for somebody else's id, and a parameter of that name is not looked at."""
    assert all(
        "<" not in str(pattern.pattern) for pattern in get_resolver().url_patterns if pattern.name in CUSTOMER
    )
    client.force_login(house.users["solar"])
    own = client.get(reverse("usage_csv")).content
    asked = client.get(
        reverse("usage_csv"), {"customer": house.customers[0], "customer_id": house.customers[0]}
    ).content
    client.force_login(house.users["customer"])
    assert own == asked != client.get(reverse("usage_csv")).content


def test_a_release_that_is_not_published_is_as_if_it_did_not_exist(client, house):
    assert client.get(reverse("release", args=[house.planned.reference])).status_code == 404
    name = house.release.files.first().name
    for reference, asked in ((house.planned.reference, name), (house.release.reference, "other.csv")):
        assert client.get(reverse("release_file", args=[reference, asked])).status_code == 404


def test_nothing_private_is_kept_by_browsers_or_caches(client, house):
    client.force_login(house.users["customer"])
    for name in ("portal", "usage", "usage_csv", "seen"):
        assert "no-store" in client.get(reverse(name))["Cache-Control"]


def test_what_every_cache_may_keep_carries_no_session(client, house):
    """A shared cache would hand the cookie of one customer to the next visitor."""
    client.force_login(house.users["customer"])
    assert client.get(reverse("portal")).cookies, "signed-in pages renew the session"
    size = house.custodian.gate.journal.size
    tile = client.get(reverse("log_tile", args=[f"0/000.p/{size}" if size < 256 else "0/000"]))
    assert (tile.status_code, "public" in tile["Cache-Control"]) == (200, True)
    assert not tile.cookies


def test_a_leaver_s_account_opens_nothing(client, house):
    from meterkeep.desks.workforce import actions, queries

    today = house.custodian.today()
    client.force_login(house.users["staff"])
    assert client.get(reverse("worklist")).status_code == 200
    handed_in(house)
    person = queries.person("officer", on=today)
    person.start = today.replace(day=1)
    person.save()
    actions.end_person(person=person, by="board", on=today)
    for name, status in answers(client, house).items():
        assert status == (200 if name in OPEN else 403) or (name, status) == ("home", 302), (name, status)


def test_a_closed_account_does_not_sign_in(client, house, password):
    from meterkeep.desks.accounts import actions

    actions.close_account(user=house.users["customer"], by="officer", on=house.custodian.today())
    answer = client.post(reverse("account_login"), {"login": "demo-home", "password": password})
    assert answer.status_code == 200, "the form again, and nothing of whether the account exists"
    assert client.get(reverse("portal")).status_code == 302

"""What of the log leaves the house, to whom, and how long it may be kept."""

from datetime import timedelta
from urllib.request import urlopen

import pytest
from django.urls import reverse

from meterkeep.desks.accounts import actions
from meterkeep.ledger.notes import check_signatures, read_checkpoint, read_public_keys
from meterkeep.ledger.tiles import unbundle


def token_for(house, program, scope, days=1):
    now = house.custodian.gate.clock()
    return actions.issue_token(
        program=program,
        scope=scope,
        expires=now + timedelta(days=days),
        by="officer",
        on=house.custodian.today(),
    )


def bundle_of(house):
    size = house.custodian.gate.journal.size
    return "000" if size >= 256 else f"000.p/{size}"


def entries(client, name, token=""):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.get(reverse("log_entries", args=[name]), headers=headers)


def test_entries_are_an_auditor_s(client, house):
    token = token_for(house, "auditor", "audit")
    name = bundle_of(house)
    found = entries(client, name, token)
    assert found.status_code == 200
    assert found["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Authorization" in found["Vary"]
    assert next(iter(unbundle(found.content)))[1] == house.custodian.gate.journal.entry_bytes(0)
    assert entries(client, "777", token).status_code == 404


def test_entries_are_nobody_else_s(client, house):
    name = bundle_of(house)
    assert entries(client, name).status_code == 401
    assert entries(client, name, "guessed").status_code == 401
    assert entries(client, name, token_for(house, "billing", "decide")).status_code == 403
    old = token_for(house, "late", "audit", days=-1)
    assert entries(client, name, old).status_code == 401
    for user in ("staff", "auditor", "customer"):
        client.force_login(house.users[user])
        assert entries(client, name).status_code == 401
    ended = token_for(house, "auditor", "audit")
    actions.end_token(program="auditor", by="officer", on=house.custodian.today())
    assert entries(client, name, ended).status_code == 401


@pytest.mark.parametrize(
    "path", ["log/sets/x", "log/journal", "log/index.sqlite3", "log/lock", "log/tile/entries/../../journal",
    "log/handovers/0", "log/handovers/../journal", "log/../keys/log.key", "log/tile/0/../../journal", "log/cosigned", "log/chains"],
)  # fmt: skip
def test_nothing_else_leaves(client, house, path):
    token = token_for(house, "auditor", "audit")
    assert client.get(f"/{path}", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_the_keys_check_the_checkpoint(client, house):
    note = client.get(reverse("log_checkpoint"))
    keys = client.get(reverse("log_file", args=["public-key"]))
    assert (note["Cache-Control"], keys["Cache-Control"]) == ("no-cache", "no-cache")
    check_signatures(read_checkpoint(note.content.decode()), read_public_keys(keys.content.decode()))
    assert client.get(reverse("log_file", args=["policy"])).status_code == 404


def test_with_a_policy_the_checkpoint_waits_for_its_witnesses(client, house):
    folder = house.custodian.home.ledger
    (folder / "policy").write_text("quorum none\n")
    try:
        assert client.get(reverse("log_checkpoint")).status_code == 404
        assert b"waits for its witnesses" in client.get(reverse("log")).content
        assert client.get(reverse("readyz")).json()["log"] is True
        from meterkeep.ledger.witness.asking import ask

        assert ask(folder, post=urlopen).met
        note = client.get(reverse("log_checkpoint")).content
        assert note.decode() == (folder / "witnessed").read_text()
        assert client.get(reverse("log_file", args=["policy"])).content == b"quorum none\n"
    finally:
        for name in ("policy", "witnessed", "cosigned"):
            (folder / name).unlink(missing_ok=True)

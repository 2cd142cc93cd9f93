"""What of the log leaves the house, to whom, and how long it may be kept."""

from datetime import timedelta
from urllib.request import urlopen

import pytest
from django.urls import reverse

from meterkeep.desks.accounts import actions
from meterkeep.ledger import Entry
from meterkeep.ledger.merkle import leaf_hash, root_of
from meterkeep.ledger.notes import check_signatures, read_checkpoint, read_public_keys
from meterkeep.ledger.sets import member
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


def test_a_set_is_shown_to_an_auditor_by_its_leaves_without_anybody_s_id(client, house, tmp_path):
    crowd = [f"{number:032x}" for number in range(3000)]
    entry = Entry(name="release.delivered", at="2026-03-02T09:00:00Z", on="2026-03-02", subjects=crowd)
    index = house.custodian.gate.journal.append([entry])[0]
    told = house.custodian.gate.journal.entry(index)
    token = token_for(house, "set-auditor", "audit")

    def leaves(root, headers):
        return client.get(reverse("log_set", args=[root]), headers=headers)

    allowed = {"Authorization": f"Bearer {token}"}
    assert leaves(told.subject_set, {}).status_code == 401
    found = leaves(told.subject_set, allowed)
    data = b"".join(found.streaming_content)
    assert found["Content-Length"] == str(len(data)) == str(32 * 3000)
    hashes = [data[at : at + 32] for at in range(0, len(data), 32)]
    assert (root_of(hashes).hex(), len(set(hashes))) == (told.subject_set, told.subject_count)
    known = member(house.custodian.home.ledger, told.subject_set, crowd[7])
    assert hashes[known.place] == leaf_hash(known.salt + bytes.fromhex(crowd[7]))
    assert not any(bytes.fromhex(id) in data for id in crowd) and known.salt not in data
    assert leaves("0" * 64, allowed).status_code == leaves("x", allowed).status_code == 404


def test_a_narrower_tile_is_served_when_its_file_has_made_room(client, house):
    """Whoever has an older checkpoint, as that which witnesses cosigned, asks for the width of that."""
    journal, folder = house.custodian.gate.journal, house.custodian.home.ledger
    token, width = token_for(house, "narrow", "audit"), journal.size % 256
    first = journal.size // 256
    for level, given in (("0", client.get), ("entries", None)):
        path = folder / f"tile/{level}/{first:03d}.p/{width}"
        before = path.read_bytes()
        journal.append([Entry(name="policy.adopted", at="2026-03-02T09:00:00Z", on="2026-03-02")])
        path.unlink()
        name = f"{first:03d}.p/{width}"
        answer = (
            entries(client, name, token) if given is None else given(reverse("log_tile", args=[f"0/{name}"]))
        )
        assert answer.status_code == 200 and answer.content == before
        path.write_bytes(before)
    assert client.get(reverse("log_tile", args=[f"0/{first:03d}.p/255"])).status_code == 404
    assert client.get(reverse("log_tile", args=["0/000.p/0"])).status_code == 404


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

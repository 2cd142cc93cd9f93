"""Whoever asks a restored home gets the very bytes that the lost one gave: extracts, downloads, releases, certificates; and the same list of who asked."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterkeep.ledger.verify import verify_file

pytestmark = pytest.mark.slow

PREPARE = """
import sys
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
folder, backup, officer = *sys.argv[1:3], ["--by", "privacy-officer"]
assert not run(["retention", "places", "--add", folder, *officer], Composition())
assert not run(["retention", "apply", "--apply", *officer], Composition())
from datetime import date
from meterkeep.desks.accounts import actions
from meterkeep.desks.customers import queries
from meterkeep.site import composition
history = composition.open_custodian().gate.history
most = sorted(queries.everyone(), key=lambda customer: (-len(history(customer)), customer))
for number, customer in enumerate(most[:3]):
    actions.open_account(username=f"reader-{number}", password=None, kind="customer", customer_id=customer, by="privacy-officer", on=date.today())
assert not run(["ledger", "close-epoch", *officer], Composition())
assert not run(["backup", backup, *officer], Composition())
"""
ASK = """
import hashlib, json, sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from meterkeep.site import composition
at, scratch, made = datetime.fromisoformat(sys.argv[1]), Path(sys.argv[2]), composition.gate_of
composition.gate_of = lambda home: replace(made(home), clock=lambda: at)
custodian = composition.open_custodian()
from django.contrib.auth import get_user_model
from django.test import Client
from meterkeep.desks.customers import queries
from meterkeep.desks.releases.models import Release, ReleaseFile
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
answers, lists = {}, {}

def got(user, path):
    client = Client(HTTP_HOST="localhost")
    if user:
        client.force_login(user)
    answer = client.get(path, secure=True)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200 and content, (path, answer.status_code, answer.get("Location"))
    return content

users = get_user_model().objects.filter(username__startswith="reader-").order_by("username")
for user in users:
    answers[f"who {user.username}"] = got(user, "/portal/seen.csv")
    assert len(answers[f"who {user.username}"].splitlines()) > 1
    lists[user.username] = got(user, "/portal/proof.json").decode()
for user in users:
    for kind in ("csv", "xml", "xlsx"):
        answers[f"usage {user.username} {kind}"] = got(user, f"/portal/usage.{kind}")
for release in Release.objects.order_by("reference"):
    answers[f"certificate of {release.reference}"] = json.dumps([release.certificate, release.cells, release.facts], sort_keys=True).encode()
    if release.state == "published":
        got(None, f"/releases/{release.reference}")
for file in ReleaseFile.objects.order_by("release__reference", "name"):
    answers[f"file {file.release.reference} {file.name}"] = bytes(file.content)
    if file.release.state == "published":
        assert got(None, f"/releases/{file.release.reference}/files/{file.name}") == bytes(file.content)
for path in sorted((custodian.home.folder / "certificates").iterdir()):
    answers[f"certificate {path.name}"] = path.read_bytes()
point = min(row[1] for row in queries.agreements_between([users[0].customer_id], datetime(2000, 1, 1).date(), datetime(2100, 1, 1).date()))
for kind in ("csv", "parquet", "xlsx", "xml"):
    out = scratch / f"extract.{kind}"
    first = custodian.gate.store.first_month()
    asked = ["usage", str(point), "--from", str(first), "--to", str(custodian.today()), "--interval", "PT1H", "--purpose", "customer_service"]
    assert not run([*asked, "--out", str(out), "--by", "privacy-officer", "--json"], Composition()), kind
    answers[f"extract {kind}"] = out.read_bytes()
    assert kind != "csv" or len(out.read_bytes().splitlines()) > 24
print("ANSWERS", json.dumps({"answers": {name: hashlib.sha256(content).hexdigest() for name, content in answers.items()}, "lists": lists}))
"""


def asked(run_in: Any, home: Path, at: datetime, scratch: Path) -> tuple[dict[str, str], dict[str, str]]:
    scratch.mkdir()
    ran = run_in(home, ASK, at.isoformat(), scratch, interpreter=("-c",))
    assert ran.code == 0, ran.err
    (line,) = [line for line in ran.out.splitlines() if line.startswith("ANSWERS ")]
    found = json.loads(line.removeprefix("ANSWERS "))
    return found["answers"], found["lists"]


def test_a_restored_home_gives_what_the_lost_one_gave(day: Any, run_in: Any, tmp_path: Path) -> None:
    home, again, old = tmp_path / "home", tmp_path / "again", tmp_path / "old"
    shutil.copytree(day[0], home)
    old.mkdir()
    (old / "export.csv").write_text("of long ago\n")
    os.utime(old / "export.csv", (1_300_000_000, 1_300_000_000))
    ran = run_in(home, PREPARE, old, tmp_path / "backup", interpreter=("-c",))
    assert ran.code == 0, ran.err
    sources = ("--keys", home / "vault" / "keys.sqlite3", "--key-files", home / "keys")
    ran = run_in(again, "restore", tmp_path / "backup", *sources, "--by", "privacy-officer")
    assert ran.code == 0, ran.err

    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)
    before, lists = asked(run_in, home, at, tmp_path / "one")
    after, lists_after = asked(run_in, again, at, tmp_path / "two")
    kinds = {name.split()[0] for name in before}
    assert kinds == {"who", "usage", "certificate", "file", "extract"}
    assert [
        name for name in before if before[name] != after.get(name)
    ] == [] and before.keys() == after.keys()
    keys = (home / "ledger" / "public-key").read_text()
    for name, text in lists.items():
        told = verify_file(lists_after[name], keys, earlier=text)
        assert told[1:] == verify_file(text, keys)[1:], (
            "the log is longer by the restore, and nobody's list is"
        )

"""From a copy to a decision: a provider's own pack is begun, edited, checked, adopted, and decides from its day on."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

FACTS = {
    "aggregate.customers": 17,
    "aggregate.largest_share_ppm": 140_000,
    "aggregate.traceable": False,
    "aggregate.identifiers_removed": True,
    "aggregate.size_reveals": False,
    "aggregate.class_reveals": False,
    "aggregate.nature_reveals": False,
    "discretion.recorded": True,
    "purpose.name": "reporting",
}
VOTES = """
ayes = ["A. Heron", "B. Tern"]
noes = ["C. Gull"]
members = 3
result = "2-1"
"""
GATE = """
import sys
from datetime import date
from meterkeep.site.composition import open_custodian
gate = open_custodian().gate
for day in sys.argv[1:]:
    pack = gate.sources.policy.pack(date.fromisoformat(day))
    figure = pack.figure("aggregate.minimum_customers", date.fromisoformat(day)).value
    print(pack.id, figure, pack.interpretations["R1"].ruling, pack.digest)
"""

RULE = """
from datetime import date
from meterkeep.site.composition import open_custodian
open_custodian()
from meterkeep.desks.policies import actions
actions.record_interpretation(number="R1", ruling="not_allowed", reason="No.", by="officer", on=date(2026, 3, 1))
"""


@pytest.fixture
def meterkeep(tmp_path):
    environment = {**os.environ, "METERKEEP_HOME": str(tmp_path / "home")}
    for name in ("DJANGO_SETTINGS_MODULE", "METERKEEP_PERSON", "METERKEEP_DATABASE_URL"):
        environment.pop(name, None)

    def run(*arguments, given=None, interpreter=("-m", "meterkeep")):
        return subprocess.run(
            [sys.executable, *interpreter, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=tmp_path,
            input=given,
        )

    return run


@pytest.fixture
def adopt(meterkeep, tmp_path):
    (tmp_path / "votes.toml").write_text(VOTES)

    def do(*more, effective="2026-04-01"):
        return meterkeep(
            "policy", "adopt", "lakeside-energy", "--resolution", "2026-7", "--adopted", "2026-03-02",
            "--effective", effective, "--votes", "votes.toml", "--by", "privacy-officer",
            "--as-of", "2026-03-02", *more,
        )  # fmt: skip

    return do


def decided(meterkeep, day, provider="lakeside-energy"):
    request = {"provider": provider, "action": "release_aggregate", "on": day, "facts": FACTS}
    answer = json.loads(meterkeep("decide", "-", "--json", given=json.dumps(request)).stdout)
    return answer["outcome"], answer["why"]


def changed(path, old, new):
    text = path.read_text()
    assert re.search(old, text, re.S), old
    path.write_text(re.sub(old, new, text, count=1, flags=re.S))


def edit(folder):
    """A number and a ruling, in the files, and the cases that told of the old number."""
    changed(
        folder / "parameters.toml",
        r'(\["aggregate.minimum_customers"\].*?value = )15',
        r"\g<1>20",
    )
    changed(
        folder / "interpretations.toml",
        r'(\[R1\].*?)ruling = "allowed"\non = [\d-]+\nby = "[^"]*"',
        r'\1ruling = "not_allowed"\non = 2026-03-01\nby = "Privacy officer"',
    )


def expect_what_changed(meterkeep, folder):
    """The tests beside the pack follow the edit: what they now say is what the adopter has read and means."""
    failed = json.loads(meterkeep("policy", "test", "lakeside-energy", "--json").stdout)["failed"]
    assert failed, "an edit that no case notices would be an edit that nobody tried"
    for path in (folder / "tests").glob("*.toml"):
        path.unlink()


def test_a_provider_s_own_pack_decides_from_its_day_on(meterkeep, new_home, adopt, tmp_path):
    new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    assert meterkeep("policy", "new", "--from", "cea", "--name", "Lakeside Energy").returncode == 0
    folder = tmp_path / "home" / "packs" / "lakeside-energy"

    edit(folder)
    assert meterkeep("policy", "lint", "lakeside-energy").returncode == 0
    against = adopt("--apply", "--no-proofs")
    assert against.returncode == 1 and "cannot be adopted like this" in against.stdout
    expect_what_changed(meterkeep, folder)

    rehearsed = adopt("--no-proofs")
    assert rehearsed.returncode == 0, rehearsed.stdout + rehearsed.stderr
    assert (
        "Nothing is kept yet" in rehearsed.stdout
        and "release_aggregate: permit becomes refuse" in rehearsed.stdout
    )
    assert json.loads(meterkeep("ledger", "verify", "--json").stdout)

    done = adopt("--apply", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["applied"] is True
    assert adopt("--apply").returncode == 1, "a second adoption for the same day"

    assert decided(meterkeep, "2026-03-31") == ("permit", "facts"), "by cea, which was in force that day"
    assert decided(meterkeep, "2026-04-01")[0] == "refuse"
    assert decided(meterkeep, "2026-03-31", "cea")[0] == "permit"

    request = {
        "provider": "lakeside-energy",
        "action": "release_aggregate",
        "on": "2026-03-31",
        "facts": FACTS,
    }
    assert (
        "cea is in force here, not lakeside-energy" in meterkeep("decide", given=json.dumps(request)).stderr
    )
    by_model = meterkeep("decide", given=json.dumps({**request, "provider": "cea", "on": "2026-04-01"}))
    assert "This home has lakeside-energy in force" in by_model.stdout

    changed(folder / "parameters.toml", r'(\["aggregate.minimum_customers"\].*?value = )20', r"\g<1>2")
    assert decided(meterkeep, "2026-04-01")[0] == "refuse", (
        "the folder decides nothing once a copy is adopted"
    )
    shutil.rmtree(folder)
    assert decided(meterkeep, "2026-04-01")[0] == "refuse", "nor is the folder needed any more"
    opened = meterkeep("-c", GATE, "2026-03-31", "2026-04-01", interpreter=())
    before, after = (line.split() for line in opened.stdout.splitlines())
    assert before[:3] == ["cea", "15", "allowed"]
    assert after[:3] == ["lakeside-energy", "20", "not_allowed"]
    assert after[3] == json.loads(done.stdout)["pack_digest"]

    assert meterkeep("ledger", "verify").returncode == 0


def test_a_pack_that_was_never_adopted_is_decided_by_its_folder_and_says_so(meterkeep, new_home, tmp_path):
    new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    meterkeep("policy", "new", "--from", "cea", "--name", "Lakeside Energy")
    request = {
        "provider": "lakeside-energy",
        "action": "release_aggregate",
        "on": "2026-04-01",
        "facts": FACTS,
    }
    answered = meterkeep("decide", "-", "--json", given=json.dumps(request))
    assert (json.loads(answered.stdout)["outcome"], "not adopted" in answered.stderr) == ("permit", True)

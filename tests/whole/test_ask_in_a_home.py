"""In a home the adopted documents answer: the version of the day, not the folder as it is now, and no text put beside it later."""

import json
import os
import re
import subprocess
import sys

import pytest

QUESTION = "How many customers must a published total include?"
NUMBER = r'(\["aggregate.minimum_customers"\].*?value = )[0-9]+'
LATER_TEXT = """
file = "later.txt"
sha256 = "00"
[[passage]]
clauses = ["LE-03/4.1-a"]
anchor = "L1"
page = 1
text = "Invented words that nobody adopted."
"""


VOTES = """
ayes = ["A. Heron", "B. Tern"]
members = 2
result = "2-0"
"""


@pytest.fixture
def meterkeep(tmp_path):
    environment = {**os.environ, "METERKEEP_HOME": str(tmp_path / "home")}
    for name in ("DJANGO_SETTINGS_MODULE", "METERKEEP_PERSON", "METERKEEP_DATABASE_URL"):
        environment.pop(name, None)

    def run(*arguments):
        command = [sys.executable, "-m", "meterkeep", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
        )

    return run


def adopt(meterkeep, folder):
    """The tests beside the pack told of the old number, so they go."""
    for path in (folder / "tests").glob("*.toml"):
        path.unlink()
    votes = folder.parents[2] / "votes.toml"
    votes.write_text(VOTES)
    done = meterkeep(
        "policy", "adopt", "lakeside-energy", "--resolution", "2026-7", "--adopted", "2026-03-02",
        "--effective", "2026-04-01", "--votes", votes, "--by", "privacy-officer",
        "--as-of", "2026-03-02", "--apply", "--no-proofs",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def numbered(folder, value):
    path = folder / "parameters.toml"
    path.write_text(re.sub(NUMBER, rf"\g<1>{value}", path.read_text(), count=1, flags=re.S))


def asked(meterkeep, day, *more):
    answer = meterkeep("ask", QUESTION, "--as-of", day, "--json", *more)
    assert answer.stdout, answer.stderr
    return json.loads(answer.stdout)


def said(answer):
    return " ".join(line["condition"] for line in answer["answer"])


def test_the_pack_of_the_day_answers_with_and_without_its_name(meterkeep, new_home, tmp_path):
    new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    meterkeep("policy", "new", "--from", "cea", "--name", "Lakeside Energy")
    folder = tmp_path / "home" / "packs" / "lakeside-energy"
    numbered(folder, 20)
    never = asked(meterkeep, "2026-04-01", "--provider", "lakeside-energy")
    assert "is not adopted" in never["reason"]

    adopt(meterkeep, folder)
    numbered(folder, 25)
    (folder / "texts.toml").write_text(LATER_TEXT)

    for more in ((), ("--provider", "lakeside-energy")):
        answer = asked(meterkeep, "2026-04-01", *more)
        assert (answer["provider"], said(answer)[-3:]) == ("lakeside-energy", "20.")
        assert [one["words"] for one in answer["citations"]] == ["our paraphrase"]

    before = asked(meterkeep, "2026-03-31")
    assert (before["provider"], said(before)[-3:]) == ("cea", "15.")
    not_yet = asked(meterkeep, "2026-03-31", "--provider", "lakeside-energy")
    assert (not_yet["provider"], said(not_yet)[-3:]) == ("cea", "15.")
    assert "cea is in force here on that day, not lakeside-energy" in not_yet["reason"]
    model = asked(meterkeep, "2026-04-01", "--provider", "cea")
    assert said(model)[-3:] == "15." and "This home has lakeside-energy in force" in model["reason"]
    never = asked(meterkeep, "2019-12-31")
    assert never["outcome"] == "undetermined" and "in force on 2019-12-31" in never["reason"]

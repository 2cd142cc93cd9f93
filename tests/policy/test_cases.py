"""The cases beside a pack are written by hand: whatever stands there is read or named, and never breaks a command."""

import re

import pytest

from meterkeep.errors import BadInput
from meterkeep.policy.assurance.cases import read_cases, run_cases
from meterkeep.policy.language.newpack import new_pack

GOOD = (
    '[[case]]\nabout = "x"\nclause = "LE-04/6.9"\naction = "disclose"\non = 2026-01-05\noutcome = "refuse"\n'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "lakeside"
    new_pack("cea", name="Lakeside Energy", folder=folder)
    return folder


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD.replace("disclose", "fly"), "fly"),
        (GOOD.replace('"LE-04/6.9"', "5"), "case 1"),
        (GOOD.replace("2026-01-05", '"2026-01-05"'), "case 1"),
        (GOOD.replace("2026-01-05", "2026-01-05T00:00:00"), "case 1"),
        (GOOD.replace('action = "disclose"\n', ""), "action"),
        (GOOD.replace('about = "x"\n', ""), "about"),
        (GOOD + "facts = 5\n", "case 1"),
        (GOOD + 'facts = {"data.knd" = "covered"}\n', "data.knd"),
        (GOOD + 'facts = {"data.kind" = 5}\n', "data.kind"),
        (GOOD + "without = 5\n", "case 1"),
        (GOOD + 'like = "none"\n', "base.none"),
        (GOOD + "duties = 5\n", "case 1"),
        ("base = 5\n" + GOOD, "odd.toml"),
        ("case = 5\n", "odd.toml"),
        ("case = [5]\n", "case 1"),
        ("a = " + "[" * 50_000, "nested"),
        ("a = " + "9" * 5_000, "odd.toml"),
        ("= =", "odd.toml"),
    ],
)
def test_a_case_that_is_wrong_is_named(folder, text, named):
    (folder / "tests" / "odd.toml").write_text(text)
    try:
        with pytest.raises(BadInput) as told:
            read_cases(folder)
    finally:
        (folder / "tests" / "odd.toml").unlink()
    assert named in str(told.value)


def test_a_case_that_hangs_on_a_ruling_says_so(tmp_path):
    """Whoever rules otherwise than the model learns which cases to write anew."""
    own = new_pack("cea", name="Lakeside Energy", folder=tmp_path / "lakeside").folder
    text = (own / "interpretations.toml").read_text()
    head, mark, tail = text.partition("[R1]")
    assert 'ruling = "allowed"' in tail
    (own / "interpretations.toml").write_text(
        head + mark + tail.replace('ruling = "allowed"', 'ruling = "not_allowed"', 1)
    )
    failed = [result for result in run_cases(own) if not result.passed]
    assert failed and all("R1 is allowed" in result.passes_under for result in failed)


def test_a_case_that_is_wrong_under_every_ruling_blames_none(tmp_path):
    own = new_pack("cea", name="Lakeside Energy", folder=tmp_path / "lakeside").folder
    (own / "tests" / "odd.toml").write_text(GOOD.replace('"refuse"', '"permit"'))
    (failed,) = [result for result in run_cases(own) if not result.passed]
    assert failed.passes_under == ()


def test_a_case_before_the_pack_begins_says_so_and_nothing_else(tmp_path):
    own = new_pack("cpa", name="Lakeside Energy", folder=tmp_path / "lakeside").folder
    text = (own / "LE.md").read_text()
    (own / "LE.md").write_text(re.sub(r"(?m)^effective = .*$", "effective = 2030-01-01", text))
    failed = [result for result in run_cases(own) if not result.passed]
    assert failed and all("is in force on" in " ".join(result.differences) for result in failed)

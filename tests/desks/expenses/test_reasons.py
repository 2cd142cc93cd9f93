"""Why, in the reader's language: every sentence is used, and a kept report says it again as it was said."""

import re
from datetime import date
from pathlib import Path

import pytest

from meterkeep.desks.expenses import reasons
from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import LineKind, parse_claim
from meterkeep.desks.expenses.rates import read_rates
from meterkeep.desks.expenses.reasons import kept, said, say
from meterkeep.desks.saying import told
from meterkeep.policy import load_pack

SOURCE = "\n".join(path.read_text() for path in Path(reasons.__file__).parent.rglob("*.py"))


def test_every_sentence_is_used_and_none_is_written_elsewhere():
    spoken = set(re.findall(r'say\(\s*f?"([\w{}]+)"', SOURCE)) | {
        "agency_part",
        "personal_part",
        "whose_meals",
        "issues",
        "positions",
    }
    patterns = [re.compile(re.sub(r"\{\w+\}", r"\\w+", name)) for name in spoken]
    unused = [name for name in say.wordings if not any(one.fullmatch(name) for one in patterns)]
    unknown = [one.pattern for one in patterns if not any(one.fullmatch(name) for name in say.wordings)]
    assert (unused, unknown) == ([], [])


def test_a_kept_reason_says_itself_again_in_either_language():
    late = say("late", filed=date(2026, 3, 25), last=date(2026, 3, 24))
    again = said({"clause": "CEA-01/6.1.2-a", **kept(late)})
    assert (
        again
        == late
        == "Reported on 2026-03-25, after 2026-03-24: a person decides whether the claimant bears it."
    )
    assert "25\u00a0de\u00a0marzo de 2026" in told(again, "es")


@pytest.mark.parametrize(
    "finding",
    [
        {"reason": "As it was said of old."},
        {"reason": "It was worded otherwise.", "says": "agency_pays", "facts": {}},
        {"reason": "It is gone.", "says": "no_such_sentence", "facts": {}},
    ],
    ids=("old", "reworded", "gone"),
)
def test_what_was_kept_under_another_wording_stays(finding):
    assert told(said(finding), "es") == finding["reason"]


@pytest.mark.parametrize("kind", list(LineKind), ids=lambda kind: kind.value)
def test_whatever_a_rule_says_of_a_line_it_says_in_spanish_too(kind):
    line = {"id": "l1", "kind": kind.value, "on": "2026-03-10", "amount": "500.00", "gratuity": "400.00", "quantity": "3",
            "details": {"other_agency": "1.00", "personal_part": "2.00", "class": "first", "nature": "strange"}}  # fmt: skip
    claim = {
        "claimant": {"kind": "official"},
        "filed": "2026-04-20",
        "activity": "yachting",
        "lines": [line, {**line, "id": "l2"}],
    }
    report = check(parse_claim(claim), load_pack("cea"), read_rates()).as_kept()
    findings = [*report["findings"], *(one for each in report["lines"] for one in each["findings"])]
    assert len(findings) > 5
    for one in findings:
        assert told(said(one), "en").casefold() != told(said(one), "es").casefold(), one

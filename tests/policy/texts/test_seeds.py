"""The real documents, imported: what the packs' own anchors say is what the importer has to find by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meterkeep.policy import load_pack
from meterkeep.policy.texts import import_text

ADOPTION = re.compile(r".*(ADM|RES|HDR|SIG)(/|$)")
"""Rows about the act of adoption: header blocks and signatures are read as such, not as clauses."""


@pytest.fixture(scope="session")
def seeds(samples: Path) -> Path:
    folder = samples.parent / "seeds"
    if not folder.is_dir():
        pytest.skip("the source documents are not beside the samples")
    return folder


def imported(seeds: Path, pack_id: str):
    pack = load_pack(pack_id)
    (source,) = {document.source for document in pack.documents if document.source}
    return import_text(seeds / source, pack=pack), pack


def span(anchor: str) -> tuple[int, int]:
    numbers = [int(one) for one in re.findall(r"\d+", anchor)]
    return numbers[0], numbers[-1]


def compare(seeds: Path, pack_id: str) -> tuple[int, int, int]:
    """(clauses that stand where their anchor says, clauses found at a wrong place, clauses)."""
    found, pack = imported(seeds, pack_id)
    places: dict[str, list[tuple[int, int]]] = {}
    for one in found.mapped:
        for name in one.clauses if one.status == "mapped" else ():
            places.setdefault(name, []).append(one.passage.lines)
    own = [clause for document in pack.documents for clause in document.clauses]
    anchors = {one.id: span(one.anchor) for one in own if one.anchor and not ADOPTION.match(one.id)}
    right = wrong = 0
    for name, (first, last) in anchors.items():
        at = [a <= last and first <= b for a, b in places.get(name, [])]
        right += any(at)
        wrong += bool(at) and not any(at)
    return right, wrong, len(anchors)


@pytest.mark.parametrize(("pack_id", "share"), [("cea", 90), ("lce", 98), ("cpa", 60)])
def test_clauses_are_found_where_their_anchors_say(seeds, pack_id, share):
    """Share in percent of the clauses that the importer finds without help. What it is unsure of is on the worklist."""
    right, wrong, clauses = compare(seeds, pack_id)
    assert right * 100 >= share * clauses
    assert wrong * 100 <= 2 * clauses


def test_the_packet_of_five_policies_is_read_as_it_was_filed(seeds):
    found, _ = imported(seeds, "cea")
    assert [one.number for one in found.documents] == [
        "report",
        "resolution",
        *(f"CEA-0{n}" for n in range(1, 6)),
    ]
    assert found.pages == 21
    assert [one.pages for one in found.documents[2:]] == [(5, 8), (9, 11), (12, 14), (15, 19), (20, 21)]
    assert [one.header.pages for one in found.documents[2:]] == [3, 3, 3, 5, 2]
    assert "CEA-OS" in found.documents[-1].aliases
    assert [len(found.votes.votes[vote]) for vote in ("ayes", "noes", "absent", "abstain")] == [3, 0, 0, 0]
    assert [one.state for one in found.documents[1].signatures] == ["illegible", "illegible"]


def test_no_number_of_a_policy_is_missed_or_doubled(seeds):
    found, _ = imported(seeds, "cea")
    (policy,) = [one for one in found.documents if one.number == "CEA-04"]
    numbers = [
        one.number for one in policy.passages if "-" not in one.number and not one.number.endswith(".0")
    ]
    assert numbers == [
        *(f"4.{n}" for n in range(1, 5)),
        *(f"5.{n}" for n in range(1, 4)),
        *(f"6.{n}" for n in range(1, 12)),
    ]


def test_an_archived_page_is_cut_into_its_sentences(seeds):
    found = import_text(next(seeds.glob("004_*")))
    headings = {one.heading for one in found.documents[0].passages}
    assert {"Sharing", "Cookies", "Privacy of Children", "Notification of Changes"} <= headings
    assert sum(len(one.passages) for one in found.documents) > 50

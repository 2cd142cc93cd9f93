"""An entry about many customers names a set; each customer still finds it, and the set cannot be changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, Journal, Tampered
from meterkeep.ledger.merkle import leaf_hash, root_from_path
from meterkeep.ledger.sets import member
from meterkeep.ledger.verification import verify

Make = Callable[..., Entry]


def chain(number: int) -> str:
    return f"{number:032x}"


@pytest.mark.parametrize(("count", "inside"), [(0, True), (1, True), (2, False), (65, False)])
def test_a_subject_stands_in_the_entry_only_alone(
    journal: Journal, make: Make, count: int, inside: bool
) -> None:
    """Whoever is shown an entry about themselves is shown nobody else's chain id."""
    chains = [chain(number) for number in range(count)]
    (index,) = journal.append([make(subjects=chains)])
    entry = journal.entry(index)
    assert (entry.subjects == chains) is inside
    assert (entry.subject_count, entry.subject_set == "") == ((0, True) if inside else (count, False))
    assert journal.subjects(entry) == chains


@pytest.mark.parametrize("count", [2, 3, 255, 256, 257, 700])
def test_a_member_is_proven_and_nobody_else(journal: Journal, make: Make, folder: Path, count: int) -> None:
    journal.append([make(subjects=[chain(number) for number in range(0, 2 * count, 2)])])
    root = journal.entry(0).subject_set
    for number in {0, 2, count & ~1, 2 * count - 2}:
        proof = member(folder, root, chain(number))
        assert proof is not None and proof.place == number // 2
        leaf = leaf_hash(proof.salt + bytes.fromhex(chain(number)))
        assert root_from_path(leaf, index=proof.place, size=count, path=proof.path) == bytes.fromhex(root)
    assert member(folder, root, chain(1)) is None


def test_what_makes_proofs_fast_is_made_again_where_it_is_lost_or_wrong(
    journal: Journal, make: Make, folder: Path
) -> None:
    journal.append([make(subjects=[chain(number) for number in range(600)])])
    root = journal.entry(0).subject_set
    right, helper = member(folder, root, chain(300)), folder / "chains/sets" / root
    for harm in (lambda: helper.unlink(), lambda: helper.write_bytes(bytes(96))):
        harm()
        assert member(folder, root, chain(300)) == right
        assert helper.stat().st_size == 96 and helper.read_bytes() != bytes(96)


def test_two_sets_show_nothing_of_a_common_member(journal: Journal, make: Make, folder: Path) -> None:
    crowd = [chain(number) for number in range(8)]
    journal.append([make(subjects=crowd), make(subjects=crowd[:-1])])
    one, other = (member(folder, journal.entry(index).subject_set, chain(0)) for index in (0, 1))
    assert one and other and not {*one.path} & {*other.path}


def test_a_customer_finds_every_entry_about_them_and_no_other(journal: Journal, make: Make) -> None:
    crowd = [chain(number) for number in range(0, 400, 2)]
    journal.append(
        [
            make(actor="alone", subjects=[chain(4)]),
            make(actor="crowd", subjects=crowd[::-1]),
            make(actor="others", subjects=[chain(6)]),
            make(actor="crowd again", subjects=crowd),
        ]
    )
    assert [(i, entry.actor) for i, entry in journal.for_subject(chain(4))] == [
        (0, "alone"),
        (1, "crowd"),
        (3, "crowd again"),
    ]
    assert [i for i, _ in journal.for_subject(chain(398))] == [1, 3]
    assert [i for i, _ in journal.for_subject(chain(5))] == []
    assert [i for i, _ in journal.for_subject(chain(1000))] == []


def test_the_same_set_is_kept_once(journal: Journal, make: Make, folder: Path) -> None:
    crowd = [chain(number) for number in range(100)]
    journal.append([make(subjects=crowd), make(subjects=[*crowd[50:], *crowd[:60]])])
    (path,) = (folder / "sets").iterdir()
    assert path.stat().st_size == 1600
    assert journal.entry(0).subject_set == journal.entry(1).subject_set == path.name


@pytest.mark.parametrize("harm", ["gone", "flipped", "shorter", "longer"])
def test_a_changed_set_is_found(journal: Journal, make: Make, folder: Path, harm: str) -> None:
    journal.append([make(subjects=[chain(number) for number in range(100)])])
    (path,) = (folder / "sets").iterdir()
    data = bytearray(path.read_bytes())
    data[700] ^= 1
    changed = {"flipped": bytes(data), "shorter": path.read_bytes()[:-1], "longer": path.read_bytes() + b"\0"}
    path.unlink() if harm == "gone" else path.write_bytes(changed[harm])
    problem = verify(folder).problems[0]
    assert problem.where == f"sets/{path.name}: entry 0"
    if harm == "gone":
        with pytest.raises(Tampered, match="missing"):
            journal.for_subject(chain(1))

"""An entry about many customers names a set; each customer still finds it, and the set cannot be changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, Journal, Tampered, verify

Make = Callable[..., Entry]


def chain(number: int) -> str:
    return f"{number:032x}"


@pytest.mark.parametrize(("count", "inside"), [(64, True), (65, False)])
def test_up_to_64_subjects_stand_in_the_entry(journal: Journal, make: Make, count: int, inside: bool) -> None:
    chains = [chain(number) for number in range(count)]
    (index,) = journal.append([make(subjects=chains)])
    entry = journal.entry(index)
    assert (entry.subjects == chains) is inside
    assert (entry.subject_count, entry.subject_set == "") == ((0, True) if inside else (65, False))
    assert journal.subjects(entry) == chains


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

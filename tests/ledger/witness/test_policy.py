"""A policy file in C2SP tlog-policy form, read to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterkeep.errors import BadInput
from meterkeep.ledger import FileSigner
from meterkeep.ledger.witness.keys import Cosigner
from meterkeep.ledger.witness.policy import read_policy

NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One verifier key a name, of either kind; LOG is a log's."""
    folder = tmp_path_factory.mktemp("keys")
    made = {
        name: str(Cosigner.create(folder / name, name=f"witness.example/{name}").public_keys[n % 2])
        for n, name in enumerate(NAMES)
    }
    return made | {"LOG": str(FileSigner.create(folder, origin="log.example/1").public_keys[0])}


@pytest.fixture(scope="module")
def example(keys: dict[str, str]) -> str:
    """The example of the specification."""
    witnesses = "".join(f"witness {name} {keys[name]} https://{name}.example/\n" for name in NAMES)
    return (
        f"# Whose word counts\n\nlog {keys['LOG']}\n \t\n{witnesses}group X-witnesses 2 X1 X2 X3\n"
        "  # one of these\n\tgroup  Y-witnesses\tany Y1 Y2 Y3\t\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
    )


@pytest.mark.parametrize(
    ("by", "enough"),
    [("X1 X2 Y3", True), ("X1 X2 X3 Y1 Y2", True), ("X1 X2", False), ("X1 Y1 Y2 Y3", False), ("", False), ("X1 X3 X-and-Y", False)],
)  # fmt: skip
def test_the_specifications_example(example: str, by: str, enough: bool) -> None:
    policy = read_policy(example.encode())
    assert policy.satisfied_by(by.split()) is enough
    assert [eye.url for eye in policy.eyes.values()] == [f"https://{name}.example/" for name in NAMES]
    assert [key.name for key in policy.logs] == ["log.example/1"]
    assert policy.in_words() == "2 of (2 of (X1, X2, X3), 1 of (Y1, Y2, Y3))"


def test_none_and_one_witness_are_quorums(keys: dict[str, str]) -> None:
    assert read_policy(b"quorum none\n").satisfied_by([])
    one = read_policy(f"witness X1 {keys['X1']}\nquorum X1".encode())
    assert (one.satisfied_by(["X1"]), one.satisfied_by([])) == (True, False)


def test_names_are_octets(keys: dict[str, str]) -> None:
    data = b"witness \xff\xc3\xa9 " + keys["X1"].encode() + b"\nquorum \xff\xc3\xa9\n"
    assert len(read_policy(data).eyes) == 1


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("quorum X-and-Y", "quorum nobody", 14),
        ("quorum X-and-Y", "quorum none\nquorum none", 15),
        ("X-witnesses 2", "X-witnesses 4", 11),
        ("X-witnesses 2", "X-witnesses 0", 11),
        ("X-witnesses 2", "X-witnesses some", 11),
        ("2 X1 X2 X3", "2 X1 X2 X2", 11),
        ("any Y1 Y2 Y3", "any Y1 Y2 X3", 13),
        ("any Y1 Y2 Y3", "any", 13),
        ("any Y1 Y2 Y3", "any none", 13),
        ("group X-and-Y", "group X1", 14),
        ("group X-and-Y", "group none", 14),
        ("group X-and-Y", "grouping X-and-Y", 14),
        ("# Whose", "\r# Whose", 1),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_line_that_is_wrong_is_named(example: str, old: str, new: str, line: int) -> None:
    with pytest.raises(BadInput) as refused:
        read_policy(example.replace(old, new, 1).encode())
    where = int(refused.value.where.rpartition(" ")[2])
    assert abs(where - line) <= 1, refused.value


def test_keys_are_for_what_they_are_for_and_stand_once(keys: dict[str, str]) -> None:
    for text in (
        f"log {keys['X1']}\nquorum none",
        f"witness X1 {keys['LOG']}\nquorum none",
        f"witness X1 {keys['X1']}\nwitness X2 {keys['X1']}\nquorum none",
        f"log {keys['LOG']}\nlog {keys['LOG']}\nquorum none",
        f"witness X1 {keys['X1']} url more\nquorum none",
        "witness X1 nothing\nquorum none",
        f"witness none {keys['X1']}\nquorum none",
    ):
        with pytest.raises(BadInput):
            read_policy(text.encode())


def test_a_policy_needs_a_quorum(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no quorum"):
        read_policy(b"")

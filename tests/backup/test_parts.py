"""A part opens whole or not at all, and only with the keys of those whose it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from meterkeep.backup.parts import HOME, Block, PartReader, PartWriter
from meterkeep.errors import BadInput
from meterkeep.vault.envelope import Key

KEYS = {name: Key(os.urandom(32)) for name in ("a", "b")}
BACKUPS = Key(os.urandom(32))


def written(path: Path, place: str = "backup|one|part") -> Path:
    with PartWriter(path, place=place, home=BACKUPS) as part:
        part.add(HOME, (), b"everybody's")
        part.add(("a",), [KEYS["a"]], b"of a", rows=3, first=7)
        part.add(("a", "b"), [KEYS["a"], KEYS["b"]], b"of both")
        part.finish()
    return path


def read(path: Path, known: Sequence[str] = ("a", "b"), place: str = "backup|one|part") -> list[Block]:
    def keys(asked: Sequence[str]) -> dict[str, Key]:
        return {name: KEYS[name] for name in asked if name in known}

    with PartReader(path, place=place, home=BACKUPS, keys=keys) as part:
        return list(part.blocks())


def test_what_was_written_is_read(tmp_path: Path) -> None:
    blocks = read(written(tmp_path / "part"))
    assert [(block.whose, block.payload) for block in blocks] == [
        (HOME, b"everybody's"),
        (("a",), b"of a"),
        (("a", "b"), b"of both"),
    ]
    assert (blocks[1].rows, blocks[1].first) == (3, 7)


@pytest.mark.parametrize("known", ["a", "b"])
def test_what_is_about_two_needs_both_keys(tmp_path: Path, known: str) -> None:
    """So it goes with the first of them who is destroyed, as in the store."""
    payloads = [block.payload for block in read(written(tmp_path / "part"), known=known)]
    assert payloads == [b"everybody's", b"of a" if known == "a" else None, None]


def test_every_bit_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "part")
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
        with pytest.raises(BadInput, match="not what was written"):
            read(path)
    for end in (0, 10, len(content) - 1):
        path.write_bytes(content[:end])
        with pytest.raises(BadInput, match="not what was written"):
            read(path)


def test_a_part_of_another_backup_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not what was written"):
        read(written(tmp_path / "part"), place="backup|two|part")


def test_nobody_is_named_in_clear(tmp_path: Path) -> None:
    path = tmp_path / "part"
    name = "0123456789abcdef" * 2
    with PartWriter(path, place="p", home=BACKUPS) as part:
        part.add((name,), [KEYS["a"]], b"a synthetic person" * 100)
        part.finish()
    content = path.read_bytes()
    assert name.encode() not in content and b"synthetic" not in content

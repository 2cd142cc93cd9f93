"""A proof shows one entry in the signed log to somebody who has nothing else, and shows nothing false."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.errors import BadInput
from meterkeep.ledger import Entry, FileSigner, Journal, Tampered, check_proof, prove, published_entry

Make = Callable[..., Entry]
SIZE = 600


class Proven:
    def __init__(self, folder: Path, signer: FileSigner, make: Make) -> None:
        self.folder, self.entries = folder, [make() for _ in range(SIZE)]
        self.journal = Journal.open(folder, signer=signer)
        self.journal.append(self.entries)
        self.key = (folder / "public-key").read_text()

    def check(self, index: int, text: str = "") -> int:
        return check_proof(text or prove(self.folder, index), self.journal.entry_bytes(index), self.key)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, signer: FileSigner, make: Make) -> Proven:
    return Proven(tmp_path_factory.mktemp("proofs") / "ledger", signer, make)


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 598, 599])
def test_every_entry_can_be_proven(log: Proven, index: int) -> None:
    assert log.check(index) == index
    assert prove(log.folder, log.entries[index].id) == prove(log.folder, index)
    assert published_entry(log.folder, index) == (index, log.journal.entry_bytes(index))


def test_the_text_is_a_c2sp_proof(log: Proven) -> None:
    lines = prove(log.folder, 256).split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 256"]
    assert lines[2 + 10 : 2 + 10 + 3] == ["", "log.example/synthetic", "600"]
    assert prove(log.folder, 256).endswith(log.journal.checkpoint())


def test_extra_data_is_passed_over(log: Proven) -> None:
    text = prove(log.folder, 7).replace("index 7", "extra QUJD\nindex 7", 1)
    assert log.check(7, text) == 7


def test_a_proof_is_for_one_entry_and_one_place(log: Proven) -> None:
    text = prove(log.folder, 300)
    with pytest.raises(Tampered, match="does not lead"):
        check_proof(text, log.journal.entry_bytes(301), log.key)
    with pytest.raises(Tampered, match="does not lead"):
        log.check(300, text.replace("index 300", "index 301", 1))


def test_a_proof_needs_the_logs_own_signature(log: Proven, tmp_path: Path) -> None:
    stranger = "".join(
        f"{key}\n" for key in FileSigner.create(tmp_path, origin="log.example/synthetic").public_keys
    )
    text = prove(log.folder, 3)
    with pytest.raises(Tampered, match="missing"):
        check_proof(text, log.journal.entry_bytes(3), stranger)
    with pytest.raises(Tampered, match="does not fit"):
        log.check(3, text.replace("\n600\n", "\n601\n", 1))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text.replace("@v1", "@v2", 1),
        lambda text: text.replace("index 3", "index three", 1),
        lambda text: text.replace("index 3\n", "", 1),
        lambda text: text.partition("\n\n")[0],
        lambda text: text.replace("\n\n", "\nnot base64\n\n", 1),
    ],
)
def test_what_is_no_proof_is_bad_input(log: Proven, spoil: Callable[[str], str]) -> None:
    with pytest.raises(BadInput, match="no proof"):
        check_proof(spoil(prove(log.folder, 3)), b"", log.key)


@pytest.mark.parametrize("wanted", [-1, SIZE, "0" * 32, 'x"'])
def test_an_entry_the_log_does_not_have_cannot_be_proven(log: Proven, wanted: int | str) -> None:
    with pytest.raises(BadInput, match="no entry"):
        prove(log.folder, wanted)


def test_without_a_log_there_is_no_proof(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no log here"):
        prove(tmp_path, 0)


@pytest.mark.parametrize("spoiled", ["tile/0/000", "tile/entries/000", "tile/1/000.p/2"])
def test_tiles_that_do_not_lead_to_the_checkpoint_give_no_proof(
    tmp_path: Path, signer: FileSigner, make: Make, spoiled: str
) -> None:
    log = Proven(tmp_path / "ledger", signer, make)
    path = log.folder / spoiled
    data = bytearray(path.read_bytes())
    data[33] ^= 1
    path.write_bytes(data)
    with pytest.raises(Tampered):
        prove(log.folder, 0)
    path.write_bytes(data[:20])
    with pytest.raises(Tampered):
        prove(log.folder, 0)

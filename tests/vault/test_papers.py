"""Sealed files: nothing of them lies open, each opens at its own place only, and a shredding takes them."""

import secrets
import sqlite3

import pytest

from meterkeep.errors import BadInput

CANARY = b"receipt: card 4111 1111 1111 1111, 42 Canary Way" * 50
ONE, OTHER = secrets.token_hex(16), secrets.token_hex(16)


def test_a_paper_comes_back_and_nothing_of_it_lies_open(vault, vault_bytes, tmp_path):
    paper = vault.papers.seal(CANARY, subject=ONE)
    assert vault.papers.open(paper) == CANARY
    assert b"Canary" not in vault_bytes() and b"4111" not in vault_bytes()


def test_a_replaced_paper_keeps_its_id_and_a_removed_one_is_gone(vault):
    paper = vault.papers.seal(CANARY, subject=ONE)
    assert vault.papers.seal(b"another", subject=ONE, paper=paper) == paper
    assert vault.papers.open(paper) == b"another"
    vault.papers.remove(paper)
    with pytest.raises(BadInput, match="not in the vault"):
        vault.papers.open(paper)


def test_a_vault_without_papers_says_so(vault):
    with pytest.raises(BadInput, match="not in the vault"):
        vault.papers.open(ONE)
    vault.papers.remove(ONE)
    assert vault.papers.subjects() == set()


def test_a_shredding_takes_all_papers_of_its_subject_and_no_other(vault, vault_bytes, tmp_path):
    mine, theirs = vault.papers.seal(CANARY, subject=ONE), vault.papers.seal(b"stays", subject=OTHER)
    sealed = sqlite3.connect(tmp_path / "vault/papers.sqlite3").execute(
        "SELECT sealed FROM papers WHERE id = ?", (bytes.fromhex(mine),)
    )
    (ciphertext,) = sealed.fetchone()
    vault.shred(ONE)
    assert ciphertext[20:80] not in vault_bytes()
    assert vault.papers.open(theirs) == b"stays"
    with pytest.raises(BadInput):
        vault.papers.open(mine)


def test_a_paper_under_another_id_does_not_open(vault, vault_bytes, tmp_path):
    paper = vault.papers.seal(CANARY, subject=ONE)
    with sqlite3.connect(tmp_path / "vault/papers.sqlite3") as connection:
        connection.execute("UPDATE papers SET id = ?", (bytes.fromhex(OTHER),))
    with pytest.raises(BadInput, match="altered, or moved"):
        vault.papers.open(OTHER)
    assert paper != OTHER


def test_the_key_of_papers_is_no_stray(vault):
    vault.papers.seal(CANARY, subject=ONE)
    assert vault.strays().keys == [] and vault.strays().lost == []

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.vault.envelope import HEADER_BYTES, NONCE_BYTES, Key


@settings(max_examples=60)
@given(value=st.binary(max_size=300), place=st.text(max_size=40))
def test_a_sealed_value_opens_at_its_place_and_only_there(value: bytes, place: str) -> None:
    key = Key(os.urandom(32))
    envelope = key.seal(value, place)
    assert key.open(envelope, place) == value
    with pytest.raises(BadInput, match="moved from the place"):
        key.open(envelope, place + "|")


@settings(max_examples=60)
@given(value=st.binary(min_size=1, max_size=60), data=st.data())
def test_an_envelope_with_any_byte_changed_or_cut_off_does_not_open(
    value: bytes, data: st.DataObject
) -> None:
    key = Key(os.urandom(32))
    envelope = key.seal(value, "fields|a|name")
    at = data.draw(st.integers(0, len(envelope) - 1))
    flipped = envelope[:at] + bytes([envelope[at] ^ data.draw(st.integers(1, 255))]) + envelope[at + 1 :]
    for damaged in (flipped, envelope[:at]):
        with pytest.raises(BadInput):
            key.open(damaged, "fields|a|name")


def test_another_key_is_named_as_the_fault_and_gives_no_garbage() -> None:
    envelope = Key(os.urandom(32)).seal(b"synthetic", "here")
    with pytest.raises(BadInput, match="another key"):
        Key(os.urandom(32)).open(envelope, "here")


def test_an_unknown_envelope_version_is_named_as_such() -> None:
    key = Key(os.urandom(32))
    with pytest.raises(BadInput, match="version"):
        key.open(b"\x02" + key.seal(b"x", "here")[1:], "here")


def test_the_envelope_is_plain_aes_256_gcm_that_others_can_open() -> None:
    material = os.urandom(32)
    envelope = Key(material).seal(b"synthetic value", "table|subject|field")
    header, rest = envelope[:HEADER_BYTES], envelope[HEADER_BYTES:]
    opened = AESGCM(material).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + b"table|subject|field")
    assert opened == b"synthetic value"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_only_32_bytes_make_a_key(length: int) -> None:
    with pytest.raises(BadInput, match="32 bytes"):
        Key(bytes(length))

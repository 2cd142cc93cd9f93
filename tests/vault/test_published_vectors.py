"""What seals the vault's fields agrees with published vectors: Wycheproof, `aes_gcm_test.json`, keys of 256 and nonces of 96 bits."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag

from meterkeep.vault.envelope import Key

# Number of the case, key, nonce, associated data, message, ciphertext, tag.
VECTORS = [
    (91, "92ace3e348cd821092cd921aa3546374299ab46209691bc28b8752d17f123c20", "00112233445566778899aabb", "00000000ffffffff", "00010203040506070809", "e27abdd2d2a53d2f136b", "9a4a2579529301bcfb71c78d4060f52c"),
    (92, "29d3a44f8723dc640239100c365423a312934ac80239212ac3df3421a2098123", "00112233445566778899aabb", "aabbccddeeff", "", "", "2a7d77fa526b8250cb296078926b5020"),
    (94, "cc56b680552eb75008f5484b4cb803fa5063ebd6eab91f6ab6aef4916a766273", "99e23ec48985bccdeeab60f1", "", "2a", "06", "633c1e9703ef744ffffb40edf9d14355"),
    (95, "51e4bf2bad92b7aff1a4bc05550ba81df4b96fabf41c12c7b00e60e48db7e152", "4f07afedfdc3b6c2361823d3", "", "be3308f72a2c6aed", "cf332a12fdee800b", "602e8d7c4799d62c140c9bb834876b09"),
    (97, "59d4eafb4de0cfc7d3db99a8f54b15d7b39f0acc8da69763b019c1699f87674a", "2fcb1b38a99e71b84740ad9b", "", "549b365af913f3b081131ccb6b825588", "f58c16690122d75356907fd96b570fca", "28752c20153092818faba2a334640d6e"),
    (98, "3b2458d8176e1621c0cc24c0c0e24c1e80d72f7ee9149a4b166176629616d011", "45aaa3e5d16d2d42dc03445d", "", "3ff1514b1c503915918f0c0c31094a6e1f", "73a6b6f45f6ccc5131e07f2caa1f2e2f56", "2d7379ec1db5952d4e95d30c340b1b1d"),
    (100, "b279f57e19c8f53f2f963f5f2519fdb7c1779be2ca2b3ae8e1128b7d6c627fc4", "98bc2c7438d5cd7665d76f6e", "c0", "fcc515b294408c8645c9183e3f4ecee5127846d1", "eb5500e3825952866d911253f8de860c00831c81", "ecb660e1fb0541ec41e8d68a64141b3a"),
    (101, "cdccfe3f46d782ef47df4e72f0c02d9c7f774def970d23486f11a57f54247f17", "376187894605a8d45e30de51", "956846a209e087ed", "e28e0e9f9d22463ac0e42639b530f42102fded75", "feca44952447015b5df1f456df8ca4bb4eee2ce2", "082e91924deeb77880e1b1c84f9b8d30"),
    (102, "f32364b1d339d82e4f132d8f4a0ec1ff7e746517fa07ef1a7f422f4e25a48194", "5a86a50a0e8a179c734b996d", "ab2ac7c44c60bdf8228c7884adb20184", "43891bccb522b1e72a6b53cf31c074e9d6c2df8e", "43dda832e942e286da314daa99bef5071d9d2c78", "c3922583476ced575404ddb85dd8cd44"),
    (103, "ff0089ee870a4a39f645b0a5da774f7a5911e9696fc9cad646452c2aa8595a12", "bc2a7757d0ce2d8b1f14ccd9", "972ab4e06390caae8f99dd6e2187be6c7ff2c08a24be16ef", "748b28031621d95ee61812b4b4f47d04c6fc2ff3", "a929ee7e67c7a2f91bbcec6389a3caf43ab49305", "ebec6774b955e789591c822dab739e12"),
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector[0]))
def test_what_seals_a_field_does_what_is_published(vector: tuple[int, str, str, str, str, str, str]) -> None:
    material, nonce, about, message, sealed, tag = map(bytes.fromhex, vector[1:])
    cipher = Key(material)._aead
    assert cipher.encrypt(nonce, message, about) == sealed + tag
    assert cipher.decrypt(nonce, sealed + tag, about) == message


@pytest.mark.parametrize("vector", VECTORS[::3], ids=lambda vector: str(vector[0]))
def test_no_changed_tag_opens(vector: tuple[int, str, str, str, str, str, str]) -> None:
    """Wycheproof's changes of the tag: each of its bits, all of them, all zero, all one; cut off, too."""
    material, nonce, about, _, sealed, tag = map(bytes.fromhex, vector[1:])
    cipher, number = Key(material)._aead, int.from_bytes(tag)
    changed = [(number ^ 1 << bit).to_bytes(16) for bit in range(128)]
    changed += [bytes(16), b"\xff" * 16, (number ^ (1 << 128) - 1).to_bytes(16), tag[:12], b""]
    for wrong in changed:
        with pytest.raises((InvalidTag, ValueError)):
            cipher.decrypt(nonce, sealed + wrong, about)

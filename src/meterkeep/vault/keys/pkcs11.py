"""A hardware security module, or any other PKCS#11 token, above the key files.

Each root key is an AES-256 object of the token that cannot be read out (CKA_SENSITIVE, not CKA_EXTRACTABLE); it seals by
AES-GCM with the file's name as associated data. Mechanisms: PKCS#11 v2.40, CKM_AES_KEY_GEN and CKM_AES_GCM.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput, Busy

_NONCE_BYTES, _TAG_BITS, _AES_BITS = 12, 128, 256


class TokenRoot:
    """module: the PKCS#11 library of the token's maker. token: its label. label: begins the name of every key that is made there,
    so that several homes can share a token. pin: of the token's user.

    A session is opened for each call, since a process needs the root once for each key file.
    """

    def __init__(self, *, module: Path, token: str, label: str, pin: str) -> None:
        self._module, self._token, self._label, self._pin = module, token, label, pin
        self._process = os.getpid()

    def make(self, name: str) -> None:
        with self._session() as (pkcs11, session):
            if self._find(pkcs11, session, name) is None:
                session.generate_key(
                    pkcs11.KeyType.AES,
                    _AES_BITS,
                    label=self._called(name),
                    store=True,
                    capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
                    template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
                )

    def seal(self, material: bytes, *, name: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        with self._session() as (pkcs11, session):
            key = self._key(pkcs11, session, name)
            return nonce + bytes(key.encrypt(material, **_gcm(pkcs11, nonce, name)))

    def open(self, sealed: bytes, *, name: str) -> bytes:
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        with self._session() as (pkcs11, session):
            key = self._key(pkcs11, session, name)
            try:
                return bytes(key.decrypt(body, **_gcm(pkcs11, nonce, name)))
            except pkcs11.PKCS11Error as problem:
                raise BadInput(
                    "The token did not seal this key file, or somebody altered it.",
                    where=f"{name}.key",
                    next="Restore the keys folder from its own backup.",
                ) from problem

    def destroy(self, name: str) -> None:
        with self._session() as (pkcs11, session):
            if (key := self._find(pkcs11, session, name)) is not None:
                key.destroy()

    def _called(self, name: str) -> str:
        return f"{self._label} {name}"

    def _find(self, pkcs11: Any, session: Any, name: str) -> Any | None:
        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
            pkcs11.Attribute.LABEL: self._called(name),
        }
        return next(iter(list(session.get_objects(wanted))), None)

    def _key(self, pkcs11: Any, session: Any, name: str) -> Any:
        key = self._find(pkcs11, session, name)
        if key is None:
            raise BadInput(
                f"The token has no key “{self._called(name)}”.",
                where=f"{name}.key",
                next="Name the token that this home was made with; a destroyed epoch opens nowhere.",
            )
        return key

    @contextmanager
    def _session(self) -> Iterator[tuple[Any, Any]]:
        """The library and a session in which keys may be made."""
        pkcs11 = _library()
        try:
            with self._slot(pkcs11).open(rw=True, user_pin=self._pin) as session:
                yield pkcs11, session
        except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinLocked) as problem:
            raise BadInput(
                "The token does not take the PIN, or has locked it.",
                where=f"token {self._token}",
                next="Put the right PIN into the file that home.toml names as pin_file.",
            ) from problem
        except pkcs11.PKCS11Error as problem:
            raise Busy(
                f"The token cannot be used now ({type(problem).__name__}).",
                where=f"token {self._token}",
                next="See that it is plugged in and its service runs; then try again.",
            ) from problem

    def _slot(self, pkcs11: Any) -> Any:
        try:
            library = pkcs11.lib(str(self._module))
            if self._process != os.getpid():  # PKCS#11 says that a forked child begins anew.
                library.reinitialize()
                self._process = os.getpid()
            return library.get_token(token_label=self._token)
        except (RuntimeError, OSError, pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned) as problem:
            raise BadInput(
                f"There is no one token “{self._token}” by this library.",
                where=str(self._module),
                next="Put the maker's library and the token's label into home.toml, under [keys].",
            ) from problem


def _gcm(pkcs11: Any, nonce: bytes, name: str) -> dict[str, Any]:
    return {
        "mechanism": pkcs11.Mechanism.AES_GCM,
        "mechanism_param": pkcs11.GCMParams(nonce=nonce, aad=name.encode(), tag_bits=_TAG_BITS),
    }


def _library() -> Any:
    try:
        import pkcs11
    except ImportError as problem:
        raise BadInput(
            "This home's keys are sealed by a token, and the library for it is not installed.",
            where="home.toml, [keys]",
            next="Install it: .venv/bin/python -m pip install --require-hashes -r requirements/token.txt",
        ) from problem
    return pkcs11

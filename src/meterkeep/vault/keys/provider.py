"""The two seams: what the vault asks for its data keys, and what may stand above a folder of keys."""

from __future__ import annotations

from typing import Protocol


class KeyProvider(Protocol):
    """Wraps and unwraps data keys; the KEKs themselves need never leave it."""

    def epoch(self) -> int:
        """The epoch under which new data keys are wrapped, asked anew in every transaction."""

    def epochs(self) -> list[int]:
        """Those whose KEK is there, the oldest first; the last one is the current."""

    def new_epoch(self) -> int:
        """Makes the next KEK, which is the current one from then on in every process."""

    def destroy(self, epoch: int) -> None:
        """Destroys an earlier epoch's KEK. Refuses the current one."""

    def wrap(self, data_key: bytes, *, epoch: int, place: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, *, epoch: int, place: str) -> bytes: ...

    def blind_key(self, kind: str) -> bytes:
        """The HMAC key of one kind of searchable value. It lives as long as the vault, across epochs."""


class Root(Protocol):
    """A device or service that seals key files under keys that never leave it: one for each file, by its name.

    A file whose root key is destroyed opens nowhere, whoever copied it and when. That is why each epoch has a root key of its
    own: a backup of the folder must not outlive `destroy`.
    """

    def make(self, name: str) -> None:
        """Makes the root key of that name, or keeps the one that an interrupted earlier call has made."""

    def seal(self, material: bytes, *, name: str) -> bytes: ...

    def open(self, sealed: bytes, *, name: str) -> bytes:
        """Raises BadInput where this root did not seal it under that name, Busy where the root cannot be reached."""

    def destroy(self, name: str) -> None:
        """Destroys the root key of that name for good. Destroying it twice is no error."""

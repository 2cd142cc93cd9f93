"""Which file is being tried, and how often it was: on disk before each attempt, so that a crash counts as one.

The list lies in the watched folder, since it holds names; it is short, because a file that is done with leaves it.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from meterkeep.jobs.watching.inbox import Found, Stamp, write_whole

ATTEMPTS = 3
"""How often a file may end its reader before it goes to the quarantine."""
STOPS = 20
"""How often the watch itself may end while a file is read. Whoever stops it seldom means the file, so these are more."""


class Claim(msgspec.Struct, frozen=True):
    """arrival: under which the register enters the file, whatever happens in between. attempts: that ended its reader.
    stops: that nothing is known of, since the watch ended meanwhile. how: what ended the last attempt."""

    arrival: str
    digest: str
    stamp: Stamp
    attempts: int = 0
    stops: int = 0
    how: str = ""

    @property
    def spent(self) -> bool:
        return self.attempts >= ATTEMPTS or self.stops >= STOPS


class Claims:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._claims: dict[str, Claim] = _read(path)

    def of(self, found: Found, digest: str) -> Claim:
        """What is known of exactly this file; other bytes under the same name are another file."""
        known = self._claims.get(found.name)
        if known and (known.digest, known.stamp) == (digest, found.stamp):
            return known
        return Claim(secrets.token_hex(16), digest, found.stamp)

    def attempt(self, found: Found, claim: Claim) -> Claim:
        """One attempt more, durable when this returns."""
        return self._put(found, msgspec.structs.replace(claim, stops=claim.stops + 1, how="stopped"))

    def ended(self, found: Found, claim: Claim, how: str) -> Claim:
        """The attempt ended the reader; the watch knows of it."""
        told = msgspec.structs.replace(claim, attempts=claim.attempts + 1, stops=claim.stops - 1, how=how)
        return self._put(found, told)

    def take_back(self, found: Found, claim: Claim) -> None:
        """The attempt does not count: what stood in its way was not the file."""
        self._put(found, msgspec.structs.replace(claim, stops=claim.stops - 1, how=""))

    def drop(self, found: Found) -> None:
        if self._claims.pop(found.name, None):
            self._write()

    def keep_only(self, names: set[str]) -> None:
        """Forgets files that are gone."""
        if gone := set(self._claims) - names:
            for name in gone:
                del self._claims[name]
            self._write()

    def _put(self, found: Found, claim: Claim) -> Claim:
        self._claims[found.name] = claim
        self._write()
        return claim

    def _write(self) -> None:
        write_whole(self._path, msgspec.json.encode(self._claims).decode())


def _read(path: Path) -> dict[str, Claim]:
    """What cannot be read holds no claim: the files are tried afresh."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Claim])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}

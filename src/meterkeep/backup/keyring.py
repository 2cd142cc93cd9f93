"""Under whose keys what is sealed: the customers' and usage points' own and those of months, as the vault's key store has them."""

from __future__ import annotations

from collections.abc import Iterable

from meterkeep.backup.parts import HOME, Subjects
from meterkeep.errors import BadInput
from meterkeep.vault import Vault
from meterkeep.vault.ages import is_age
from meterkeep.vault.envelope import Key
from meterkeep.vault.usage_points import USAGE_POINT

_MOST_KEPT = 100_000


class Keyring:
    """Nothing about customers, or of months, whose keys are destroyed goes into a backup."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self.home = vault, vault.backup_key()
        self._keys: dict[str, Key] = {}
        self._gone: frozenset[str] = vault.shredded()

    def learn(self, subjects: Iterable[str]) -> None:
        """Asks for many keys at once. Raises BadInput where one is lost: what cannot be sealed is not backed up in clear instead."""
        asked = [
            name for name in dict.fromkeys(subjects) if name not in self._keys and name not in self._gone
        ]
        if len(self._keys) + len(asked) > _MOST_KEPT:
            self._keys.clear()
        found = self._vault.data_keys(asked)
        if new := [name for name in asked if name not in found and is_age(name)]:
            found |= self._vault.age_keys(new)
        self._keys |= found
        if len(found) < len(asked):
            self._gone = self._vault.shredded()
            lost = [name for name in asked if name not in found and name not in self._gone]
            if lost:
                raise BadInput(
                    f"The keys of {len(lost)} customers or usage points are missing, though nobody shredded them.",
                    where="vault/keys.sqlite3",
                    next="Put back the newest copy of the key store, then: meterkeep vault check.",
                )

    def keys(self, whose: Subjects) -> list[Key] | None:
        """In their order; none for HOME. None where one of them is shredded."""
        if whose == HOME:
            return []
        if any(name not in self._keys and name not in self._gone for name in whose):
            self.learn(whose)
        found = [key for name in whose if (key := self._keys.get(name))]
        return found if len(found) == len(whose) else None

    def sealing(self, whose: Subjects) -> tuple[Subjects, list[Key] | None]:
        """Whose it is, and the keys. What is about a usage point that is forgotten, and that nobody held, is nobody's."""
        keys = self.keys(whose)
        if keys is None and whose[0] in self._gone and whose[0].startswith(USAGE_POINT):
            whose = whose[1:]
            keys = self.keys(whose)
        return whose, keys

    def forget(self) -> None:
        self._keys.clear()

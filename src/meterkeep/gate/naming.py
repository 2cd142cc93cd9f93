"""What the parts of an inbound file are called, so that a later file can cancel one: as keyed hashes only."""

from __future__ import annotations

from meterkeep.readings.formats import MeterFile
from meterkeep.readings.formats.edi867.reader import Edi867File, TransactionMark
from meterkeep.readings.store.correcting.marks import Mark
from meterkeep.vault import Vault


class Names:
    """The transactions of an EDI 867 file. A reference is its sender's own, so it is hashed with a number of the customer."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: list[Mark] = []

    def of(self, meter_file: MeterFile) -> list[Mark]:
        """All that was read so far."""
        if isinstance(meter_file, Edi867File):
            self._known += [self._mark(mark) for mark in meter_file.marks[len(self._known) :]]
        return self._known

    def _mark(self, mark: TransactionMark) -> Mark:
        names = self._hashes(mark.original if mark.cancels else mark.reference, mark.accounts)
        return Mark(() if mark.cancels else names, names if mark.cancels else (), mark.records)

    def _hashes(self, reference: str, accounts: tuple[str, ...]) -> tuple[bytes, ...]:
        """One for each of the customer's numbers, any of which will do."""
        given = accounts or ("",)
        return tuple(self._vault.reference_digest(reference, each) for each in given) if reference else ()

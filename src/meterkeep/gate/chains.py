"""What the gate does with the customers' chains: closes epochs, and gives a customer the file that proves their list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from meterkeep.gate.entries import rfc3339
from meterkeep.gate.request import check_actor
from meterkeep.gate.sources import CustomerSource
from meterkeep.gate.withholding import Withholdings
from meterkeep.ledger import Journal
from meterkeep.ledger.chains import epochs
from meterkeep.ledger.chains.epochs import Epoch
from meterkeep.ledger.chains.proving import customer_proof
from meterkeep.ledger.chains.publishing import published_epoch
from meterkeep.ledger.witness.asking import Witnessing, ask
from meterkeep.ledger.witness.kept import policy_of
from meterkeep.ledger.witness.web import post


@dataclass(frozen=True)
class CustomerFile:
    """text: what `meterkeep.ledger.verify` checks. entries: how many it lists; later: those after the last closed epoch."""

    text: str
    chain: str
    entries: int
    later: int
    epoch: Epoch | None


@dataclass(frozen=True, kw_only=True)
class Chains:
    journal: Journal
    customers: CustomerSource
    clock: Callable[[], datetime]

    def close_epoch(self, *, by: str, on: date) -> Epoch | None:
        """Signs the heads of all chains as they are now; None where the log holds nothing new."""
        check_actor(by)
        return epochs.close(self.journal, by=by, at=rfc3339(self.clock()), on=on.isoformat())

    def newest(self) -> Epoch | None:
        """The last closed epoch."""
        return epochs.newest(self.journal)

    def published(self) -> str:
        """The newest epoch as everybody may have it, or "" where none was closed; it names no customer."""
        return published_epoch(self.journal.folder)

    def ask_witnesses(self) -> Witnessing | None:
        """Has the witnesses of the log's policy cosign its newest checkpoint; None where it has no policy. Who does not answer
        is told of in what comes back. Raises BadInput where the policy cannot be read."""
        folder = self.journal.folder
        return ask(folder, post=post) if policy_of(folder) else None

    @property
    def withholding(self) -> Withholdings:
        """Of entries that are in the log already; what is done under a secret request is withheld from the start."""
        return Withholdings(journal=self.journal, stamp=lambda: rfc3339(self.clock()))

    def file_for(self, customer: str, *, on: date) -> CustomerFile:
        """The customer's own list with its proofs. on: the day that says what is still withheld.

        It is theirs to have; whoever makes it for them was let through to them by `Gate.identify`.
        """
        (chain,) = self.customers.chains([customer])
        text, entries, later = customer_proof(self.journal, chain, on=on.isoformat())
        return CustomerFile(text, chain, entries, later, self.newest())

"""Whoever has the whole log finds an entry that was hidden from a customer, though every entry and signature holds."""

from __future__ import annotations

import pytest
from ledger.chains.conftest import AT, ON, Town, chain

from meterkeep.ledger import Entry
from meterkeep.ledger.chains import epochs
from meterkeep.ledger.chains.audit import problems
from meterkeep.ledger.chains.heads import Heads
from meterkeep.ledger.chains.proving import customer_proof
from meterkeep.ledger.verification import verify
from meterkeep.ledger.verify import verify_file


def found(town: Town) -> list[tuple[str, str]]:
    return list(problems(town.folder, town.journal.size))


def test_an_honest_log_has_none(still: Town) -> None:
    assert found(still) == [] and verify(still.folder).ok


def test_a_membership_hidden_from_one_customer_is_found(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rogue provider closes an epoch without one customer's part in a set; the customer's own file cannot know."""
    crowd = [chain(number) for number in range(10)]
    town.journal.append([Entry(name="disclosure.delivered", at=AT, on=ON, subjects=crowd)])
    real = Heads.take_in

    def hiding(heads: Heads, entries: object, upto: int) -> None:
        mine = bytes.fromhex(chain(3))
        told = [type(one)(one.index, one.leaf, one.ids.replace(mine, b"")) for one in entries]  # type: ignore[attr-defined]
        real(heads, iter(told), upto)

    with monkeypatch.context() as rogue:
        rogue.setattr(Heads, "take_in", hiding)
        epochs.close(town.journal, by="rogue", at=AT, on=ON)
    hidden = "its root is not over the heads of the customers' chains: an entry is hidden from somebody"
    assert found(town) == [("epoch 4: entry 17", hidden)]
    problem = verify(town.folder).problems[0]
    assert (problem.where, problem.message) == ("epoch 4: entry 17", hidden)
    assert verify_file(customer_proof(town.journal, chain(5), on=ON).text, town.keys)


@pytest.mark.parametrize(
    "detail",
    [
        {"epoch": 5, "upto": 15, "chains": 10, "heads": "00" * 32},
        {"epoch": 4, "upto": 13, "chains": 10, "heads": "00" * 32},
        {"epoch": 4, "upto": 99, "chains": 10, "heads": "00" * 32},
    ],
    ids=["number", "back", "ahead"],
)
def test_an_epoch_out_of_order_is_found(town: Town, detail: dict[str, object]) -> None:
    town.journal.append([Entry(name="epoch.closed", at=AT, on=ON, detail=detail)])  # type: ignore[arg-type]
    assert found(town)[0][1] == "does not follow the epoch before it"


def test_what_is_no_epoch_is_told(town: Town) -> None:
    town.journal.append([Entry(name="epoch.closed", at=AT, on=ON)])
    assert found(town) == [("entry 16", "This is no closed epoch.")]

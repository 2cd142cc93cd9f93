"""What is done with the vault's keys as a whole, told to the log: a new epoch, copies kept apart, an older store put back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.gate.destroying import note_destroyed
from meterkeep.gate.gate import Event, Gate
from meterkeep.gate.request import check_actor
from meterkeep.ledger.names import EventName
from meterkeep.readings.store.rows.civil import first_of_next_month
from meterkeep.vault import Copied, Rotated, Strays
from meterkeep.vault.ages import BILLS, READINGS, months


def rotate_keys(
    gate: Gate, *, by: str, on: date, told: Callable[[int], object] = lambda moved: None
) -> Rotated:
    """Whatever was shredded before is gone from every backup afterwards. Nothing is opened or decided. Interrupted, the next
    call goes on. told: how many keys have moved, now and then. Raises Busy where another process rotates too."""
    check_actor(by)
    today = gate.clock().date()
    if on > today and not gate.synthetic:
        raise BadInput(f"{on} is still to come; keys are changed today.", next=f"Use {today} or earlier.")
    done = gate.vault.rotate(told)
    _tell(gate, EventName.KEY_ROTATED, {"epoch": done.epoch, "keys": done.moved}, by=by, on=on)
    for epoch in done.destroyed:
        _tell(gate, EventName.KEY_DESTROYED, {"epoch": epoch}, by=by, on=on)
    return done


def copy_keys(gate: Gate, *, place: Path, keep: timedelta, by: str, on: date) -> Copied:
    """A verified copy of the key store, apart from the home; copies there that are older than `keep` go."""
    check_actor(by)
    gate.vault.note_head(gate.journal.checkpoint())
    prepare_keys(gate)  # before the copy, which would not open the next backup otherwise
    done = gate.vault.copy_keys(place, at=gate.clock(), keep=keep)
    detail: dict[str, str | int] = {"keys": done.keys, "removed": done.removed}
    _tell(gate, EventName.KEY_COPIED, detail, by=by, on=on)
    return done


def prepare_keys(gate: Gate) -> None:
    """Makes the keys that the next backup needs, those of months included, and tells the key store what was destroyed."""
    gate.vault.backup_key()
    first, today = gate.store.first_month(), gate.clock().date()
    if first is not None:
        until = first_of_next_month(first_of_next_month(today.replace(day=1)))
        for kind in (READINGS, BILLS):
            gate.vault.month_keys(kind, months(first, until))
    note_destroyed(gate.store, gate.vault)


def strays(gate: Gate) -> Strays:
    """What does not belong together in the vault, as after an older key store was put back."""
    return gate.vault.strays()


def shred_strays(gate: Gate, *, by: str, on: date) -> int:
    """Destroys the keys that came back with an older key store and have nothing under them; how many."""
    check_actor(by)
    gone = gate.vault.shred_strays()
    if gone:
        _tell(gate, EventName.KEY_DESTROYED, {"keys": gone}, by=by, on=on)
    return gone


def keys_to_move(gate: Gate) -> int:
    """How many data keys a rotation moves, or has still to move where one was interrupted."""
    return gate.vault.keys_to_move()


def _tell(gate: Gate, name: EventName, detail: dict[str, str | int], *, by: str, on: date) -> None:
    about = {"key": "vault", **detail}
    gate.record(Event(id=secrets.token_hex(16), name=name, at=gate.clock(), on=on, actor=by, detail=about))

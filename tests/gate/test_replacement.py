"""What may replace what is taken from the documents in force on the day, and kept with the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from gate.world import ON, cmep_line

from meterkeep.policy import load_pack
from meterkeep.policy.language.replacing import Replacement

ALIKE = (("actual", "edited", "estimated", "unknown", "missing"),)
CHANGED = ON - timedelta(days=1)


@dataclass
class Dated:
    """The shipped documents, by which from CHANGED on any later reading replaces any earlier one."""

    def pack(self, on: date):
        pack = load_pack("cea")
        return replace(pack, replacements=(*pack.replacements, Replacement(CHANGED, ALIKE, "practice")))

    def purpose(self, code: str, on: date):
        return load_pack("cea").purposes.get(code)


@pytest.fixture
def send(metered, tmp_path):
    def take(name, flag, value, on):
        path = tmp_path / name
        line = cmep_line("M-77", date(2026, 1, 7)).replace(",R0,1", f",{flag},{value}")
        path.write_text(line + "\n")
        gate = replace(metered.gate, sources=replace(metered.gate.sources, policy=Dated()))
        return gate.take_in(path, by="intake", on=on)

    return take


@pytest.mark.parametrize(("on", "replaced"), [(CHANGED - timedelta(days=1), False), (CHANGED, True)])
def test_the_order_in_force_on_the_day_applies_and_is_kept(send, metered, on, replaced):
    send("first.cmep", "R0", 1, on)
    told = send("second.cmep", "E0", 2, on)
    assert told["notes"] == ({"conflict": 24} if replaced else {"not_better": 24})
    kept = metered.gate.store.registry.replacement(told["sha256"])
    assert kept == [list(names) for names in (ALIKE if replaced else load_pack("cea").replacement(on).ranks)]


def test_what_came_in_under_an_order_stays_as_that_order_had_it(send, metered):
    first = send("first.cmep", "R0", 1, CHANGED - timedelta(days=1))
    send("second.cmep", "E0", 2, CHANGED - timedelta(days=1))
    third = send("third.cmep", "E0", 3, CHANGED)
    assert third["notes"] == {"conflict": 24}
    metered.gate.correct(third["sha256"], why="wrong", by="officer", on=ON)
    store = metered.gate.store
    assert store.registry.replacement(first["sha256"])[0] == ["actual", "edited"]
    found = store.withdraw(first["sha256"], received=metered.gate.clock(), apply=False)
    assert (found.ceased, found.restored) == (24, 0)

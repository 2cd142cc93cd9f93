"""A machine's clock that was set back between files: what came last still counts, and nothing is lost or doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from gate.world import ON, Agreement, cmep_line

from meterkeep.gate import Period

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 2, 1)


def values(world):
    asked = world.ask(period=Period(DAY, DAY + timedelta(days=1)))
    with world.gate.open(asked, by="analyst", on=ON) as grant:
        table = grant.readings()
        grant.deliver(table, to="")
    return [int(row["value"]) * 10 ** int(row["power_of_ten"]) for row in table.to_pylist()]


@pytest.mark.parametrize("days", [(2, -5, -9), (0, 0, 0), (-9, 2, -5)])
def test_the_order_of_arrival_decides_and_not_the_clock(world, days):
    digests = []
    for number, shift in enumerate(days, 1):
        path = world.folder / f"{number}.cmep"
        path.write_text(cmep_line("SYN-7", DAY).replace("R0,1", f"R0,{number}") + "\n")
        gate = replace(world.gate, clock=lambda shift=shift: NOON + timedelta(days=shift))
        report = gate.take_in(path, by="clerk", on=gate.clock().date())
        assert (report["stored"], report["notes"]) == (24, {"conflict": 24} if number > 1 else {})
        digests.append(report["sha256"])
    number = int(world.gate.vault.known_surrogate("SYN-7"))
    world.register.agreements = [Agreement("e" * 31 + "5", number, date(2025, 1, 1), date(2030, 1, 1))]
    assert values(world) == [3000] * 24
    on = ON - timedelta(days=30)
    back = replace(world.gate, clock=lambda: NOON - timedelta(days=30))
    assert back.correct(digests[2], why="wrong", by="officer", on=on).restored == 24
    assert values(world) == [2000] * 24
    assert back.take_in(world.folder / "1.cmep", by="clerk", on=on)["already_stored"] == 24
    assert back.take_in(world.folder / "3.cmep", by="clerk", on=on, again=True)["stored"] == 24
    assert values(world) == [3000] * 24
    assert world.gate.prove() == []

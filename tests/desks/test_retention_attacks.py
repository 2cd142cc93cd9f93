"""What an attacker, or bad luck, tries between a plan and its destruction, and after it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from desks.test_retention import CANARY, GONE, LEFT, STAYS, TODAY, carry_out, hours, town

from meterkeep.desks.customers import actions as customers
from meterkeep.desks.customers import queries
from meterkeep.desks.retention import actions
from meterkeep.desks.retention.plan import plan
from meterkeep.ledger.verify import verify_file

__all__ = ["town"]


def placing_a_hold_after_the_plan(monkeypatch, **hold):
    """Somebody places it when the plan is made and none of it is begun."""

    def planned(**asked):
        found = plan(**asked)
        actions.place_hold(why="claim 7", by="officer", on=TODAY, **hold)
        return found

    monkeypatch.setattr(actions, "plan", planned)


@pytest.mark.parametrize("everyone", [True, False], ids=["everyone", "one"])
def test_a_hold_placed_after_the_plan_was_made_stops_what_was_planned(
    town, gate, home, monkeypatch, everyone
):
    before = {who: hours(gate, town[who]) for who in town}
    placing_a_hold_after_the_plan(
        monkeypatch, **({"everyone": True} if everyone else {"named": [town[LEFT]]})
    )
    ended = carry_out(gate, home)
    assert {lot.state for lot in ended} == {"stopped"} and all(lot.stopped for lot in ended)
    assert {who: hours(gate, town[who]) for who in town} == before
    assert gate.vault.read([town[LEFT]], ["name"])
    monkeypatch.undo()
    again = carry_out(gate, home)
    assert [lot.record for lot in again] == ([] if everyone else ["readings"])
    assert hours(gate, town[LEFT]) == before[LEFT], "what is held stays, whatever goes beside it"
    assert gate.vault.read([town[LEFT]], ["name"])


def test_a_hold_placed_between_two_lots_stops_the_second(town, gate, home):
    before = hours(gate, town[GONE])
    ended = actions.apply(
        gate=gate, home=home.folder, by="officer", on=TODAY,
        told=lambda lot: lot.record == "customer" and actions.place_hold(named=[town[GONE]], why="claim 8", by="officer", on=TODAY),
    )  # fmt: skip
    assert [(lot.record, lot.state) for lot in ended] == [("customer", "done"), ("readings", "stopped")]
    assert hours(gate, town[GONE]) == before


def test_whoever_comes_back_after_shredding_is_somebody_new(town, gate, home, tmp_path):
    """The same reference, meter and account: another id, another chain, an empty list; what was destroyed stays so."""
    journal, on = gate.chains.journal, TODAY
    hours(gate, town[LEFT])
    old = queries.chain(town[LEFT])
    gate.chains.close_epoch(by="clerk", on=on)
    kept = gate.chains.file_for(town[LEFT], on=on).text
    surrogate = gate.vault.known_surrogate("SYN-100001")
    carry_out(gate, home)
    (tmp_path / "again.csv").write_text(
        "customer_id,meter_number,zip,start,end,name,account_number\n"
        f"{LEFT},SYN-100001,92000,2026-03-01,,{CANARY} again,ACCT-SYN-100001\n"
    )
    assert customers.import_customers(tmp_path / "again.csv", gate=gate, by="clerk", on=on)["rejected"] == []
    (new,) = gate.vault.find("customer_ref", LEFT)
    assert new != town[LEFT] and queries.chain(new) != old
    assert gate.vault.find("account_number", "ACCT-SYN-100001") == [new]
    assert gate.vault.known_surrogate("SYN-100001") != surrogate
    assert gate.vault.read([town[LEFT], new], ["name"]) == {new: {"name": f"{CANARY} again"}}
    assert hours(gate, new) == 0, "nothing that was measured of them before is there"
    gate.chains.close_epoch(by="clerk", on=on)
    made = gate.chains.file_for(new, on=on).text
    keys = (journal.folder / "public-key").read_text()
    assert verify_file(made, keys) and old not in made
    assert verify_file(kept, keys), "the file from before still holds, for whoever kept it"
    assert len(json.loads(kept)["entries"]) > 0
    later = date(2026, 3, 3)
    assert STAYS in town and plan(gate=gate, by="officer", on=later).due == ()

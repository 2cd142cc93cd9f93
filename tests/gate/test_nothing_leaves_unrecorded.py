"""Promise 1: no readings leave without an intent and an outcome entry, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from gate.world import ON, STAFF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import MeterkeepError

deeds = st.lists(
    st.tuples(
        st.sampled_from(["use", "access", "disclose"]),
        st.sampled_from([True, False, None]),
        st.sampled_from(["deliver", "leave", "break"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_every_opening_has_its_intent_before_and_its_outcome_after(metered, script) -> None:
    """Whatever is asked, with facts true, false or missing, and however the block ends."""
    for action, trained, ending in script:
        metered.facts.told = {
            k: v for k, v in {**STAFF, "person.training_current": trained}.items() if v is not None
        }
        opened = attempt(metered, action, ending)
        names = metered.names()
        if opened:
            assert names[-2].endswith(".intent")
            assert names[-1].endswith(
                {"deliver": ".delivered", "leave": ".not_delivered", "break": ".failed"}[ending]
            )
        else:
            assert names[-1].endswith((".refused", ".undetermined"))
    entries = [entry for _, entry in metered.gate.journal.recent(10_000)]
    intents = {entry.id for entry in entries if entry.name.endswith(".intent")}
    assert intents == {entry.intent for entry in entries if entry.intent}


class Broken(Exception):
    pass


def attempt(world, action: str, ending: str) -> bool:
    opened = False
    try:
        with world.gate.open(world.ask(action=action), by="analyst", on=ON) as grant:
            assert world.names()[-1].endswith(".intent"), "data could open before the intent was durable"
            table = grant.readings()
            opened = len(table) > 0
            if ending == "deliver":
                grant.deliver(table, to="")
            if ending == "break":
                raise Broken
    except (MeterkeepError, Broken):
        pass
    return opened


def test_a_process_killed_inside_a_grant_leaves_an_unresolved_intent(metered) -> None:
    """While it lives its intent is merely open; once it is dead the intent is reported."""
    script = f"""
        import sys, time
        sys.path[:0] = [{str(Path(__file__).parents[1])!r}]
        from pathlib import Path
        from gate.world import Agreement, ON, build
        import datetime
        world = build(Path({str(metered.folder)!r}), create=False)
        world.register.agreements = [Agreement("a" * 31 + "1", 1, datetime.date(2025, 1, 1), datetime.date(2030, 1, 1))]
        with world.gate.open(world.ask(), by="analyst", on=ON) as grant:
            print("open", flush=True)
            time.sleep(60)
    """
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        assert owner.stdout is not None and owner.stdout.readline() == "open\n"
        assert metered.gate.unresolved() == []
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    time.sleep(0.05)
    unresolved = [entry.name for _, entry in metered.gate.unresolved()]
    assert unresolved == ["use.intent"]

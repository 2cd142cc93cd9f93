"""The log's epoch is closed once a day, after everything else that the night has done."""

import threading
from contextlib import contextmanager
from datetime import date, timedelta

from meterkeep.jobs import tick as jobs
from meterkeep.ledger.witness.web import server
from meterkeep.ledger.witness.witness import Witness, trust

ON = date(2026, 3, 2)


def test_a_day_closes_one_epoch_over_what_the_night_has_logged(gate, take_in, people):
    take_in(("A-1", "SYN-M1", "95501"))
    done = jobs.tick(gate=gate, by="analyst", on=ON)["epoch"]
    assert done and done["upto"] + 1 == gate.log_size and done["customers"] >= 1
    assert jobs.close_epoch(gate=gate, by="analyst", on=ON) is None
    assert jobs.close_epoch(gate=gate, by="analyst", on=ON - timedelta(days=1)) is None


def test_the_next_day_closes_the_next(gate, take_in, people):
    take_in(("A-1", "SYN-M1", "95501"))
    first = jobs.close_epoch(gate=gate, by="analyst", on=ON - timedelta(days=1))
    gate.identify("customer_ref", "A-1", purpose="customer_service", reason="asks", by="clerk", on=ON)
    second = jobs.close_epoch(gate=gate, by="analyst", on=ON)
    assert (first["epoch"], second["epoch"], second["customers"]) == (1, 2, 1)


@contextmanager
def witnessing(folder, public_key):
    """A witness at work on a port of its own: its line for a policy."""
    made = Witness.create(folder, name=f"witness.example/{folder.name}")
    made.close()
    trust(folder, public_key.read_text())
    witness = Witness(folder)
    http = server(witness, host="127.0.0.1", port=0, clock=lambda: 1_772_000_000)
    threading.Thread(target=http.serve_forever).start()
    try:
        yield f"witness {folder.name} {made.public_keys[0]} http://127.0.0.1:{http.server_port}/\n"
    finally:
        http.shutdown()
        http.server_close()
        witness.close()


def test_without_a_policy_nobody_is_asked(gate):
    assert jobs.ask_witnesses(gate=gate) is None


def test_witnesses_cosign_the_epoch_and_one_that_is_down_stops_nothing(gate, take_in, people, tmp_path):
    take_in(("A-1", "SYN-M1", "95501"))
    log = gate.chains.journal.folder
    with witnessing(tmp_path / "down", log / "public-key") as down:
        pass
    with witnessing(tmp_path / "up", log / "public-key") as up:
        (log / "policy").write_text(f"{up}{down}group all all up down\nquorum up\n")
        done = jobs.tick(gate=gate, by="analyst", on=ON)
        told = done["witnesses"]
        assert (told["met"], told["size"], told["contradicted"]) == (True, gate.log_size, False)
        assert told["size"] == done["epoch"]["upto"] + 1, "the day's epoch is cosigned, too"
        assert [one["outcome"] for one in told["witnesses"]] == ["cosigned", "not_reached"]
        (log / "policy").write_text(f"{up}{down}group all all up down\nquorum all\n")
        assert not jobs.ask_witnesses(gate=gate)["met"]
    (log / "policy").write_text("no policy at all\n")
    assert "not_done" in jobs.tick(gate=gate, by="analyst", on=ON)["witnesses"]

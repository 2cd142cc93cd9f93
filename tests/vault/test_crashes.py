"""A process is killed while it writes and shreds: what it reported as done is done, and the vault opens."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from meterkeep.vault import FIELDS, FileKeys, Vault

_WORKER = """
import sys
from pathlib import Path
from meterkeep.vault import FileKeys, Vault
folder = Path(sys.argv[1])
vault = Vault.open(folder / "vault", FileKeys.open(folder / "keys"))
number = 0
while True:
    number += 1
    kept, gone = vault.new_customer(), vault.new_customer()
    vault.write({customer: {"name": "Synthetic", "phone": f"555-{number}"} for customer in (kept, gone)})
    vault.surrogates([(f"urn:{number}",)])
    vault.shred(gone)
    print(kept, gone, number, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 4])
def test_a_killed_writer_loses_nothing_that_it_had_acknowledged(
    tmp_path: Path, keys: FileKeys, vault: Vault, acknowledged: int
) -> None:
    vault.close()
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    done = [worker.stdout.readline().split() for _ in range(acknowledged)]
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    after = Vault.open(tmp_path / "vault", keys)
    for kept, gone, number in done:
        assert after.read([kept, gone], ["name"]) == {kept: {"name": "Synthetic"}}
        assert after.find("phone", f"555-{number}") == [kept]
        assert after.known_surrogate(f"urn:{number}") is not None
    customer = after.new_customer()
    after.write({customer: {"name": "Written after the crash"}})
    assert after.read([customer], FIELDS) == {customer: {"name": "Written after the crash"}}


_ROTATOR = """
import sys
from pathlib import Path
from meterkeep.vault import FileKeys, Vault, keystore
keystore._REWRAPPED_AT_ONCE = 20
folder = Path(sys.argv[1])
vault = Vault.open(folder / "vault", FileKeys.open(folder / "keys"))
while True:
    done = vault.rotate(lambda moved: print("moved", moved, flush=True))
    print("done", done.epoch, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 3, 9, 14])
def test_a_killed_rotation_loses_no_key_and_the_next_one_finishes_it(
    tmp_path: Path, keys: FileKeys, vault: Vault, lines: int
) -> None:
    customers = [vault.new_customer() for _ in range(100)]
    vault.write({customer: {"name": f"Synthetic {customer}"} for customer in customers})
    vault.close()
    worker = subprocess.Popen(
        [sys.executable, "-c", _ROTATOR, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    for _ in range(lines):
        assert worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    after = Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))
    assert after.read(customers, ["name"]).keys() == set(customers)
    done = after.rotate()
    assert FileKeys.open(tmp_path / "keys").epochs() == [done.epoch]
    assert after.read(customers, ["name"]) == {one: {"name": f"Synthetic {one}"} for one in customers}

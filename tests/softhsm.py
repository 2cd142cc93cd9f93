"""A PKCS#11 token in software: SoftHSM, which behaves as a hardware module does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "1234"
TOKEN = "meterkeep-test"


def make_token(folder: Path) -> None:
    """A token in that folder, for this process and its children: the library reads its configuration once."""
    if not MODULE.exists():
        pytest.skip("SoftHSM is not installed; .ci/run installs it")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "5678"],
        check=True, capture_output=True,
    )  # fmt: skip

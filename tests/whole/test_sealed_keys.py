"""A home whose key files a token has sealed, from the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import softhsm

from .conftest import Run


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Path]:
    """What --keys takes. The token lies beside the home; so does its PIN."""
    (tmp_path / "softhsm").mkdir()
    before = os.environ.get("SOFTHSM2_CONF")
    softhsm.make_token(tmp_path / "softhsm")
    pin = tmp_path / "pin"
    pin.touch(mode=0o600)
    pin.write_text(f"{softhsm.PIN}\n")
    (tmp_path / "keys.toml").write_text(
        f'[keys]\nroot = "token"\nmodule = "{softhsm.MODULE}"\ntoken = "{softhsm.TOKEN}"\nlabel = "home"\npin_file = "{pin}"\n'
    )
    yield tmp_path / "keys.toml"
    del os.environ["SOFTHSM2_CONF"]
    if before:
        os.environ["SOFTHSM2_CONF"] = before


def made(meterkeep: Run, settings: Path) -> None:
    done = meterkeep("init", "--provider", "cea", "--zone", "UTC", "--keys", settings)
    assert done.code == 0, done.err


def test_it_opens_by_its_settings(meterkeep: Run, settings: Path, tmp_path: Path) -> None:
    made(meterkeep, settings)
    assert 'root = "token"' in (tmp_path / "home" / "home.toml").read_text()
    assert meterkeep("doctor").code == 0


def test_it_is_shut_to_whoever_lacks_the_pin(meterkeep: Run, settings: Path, tmp_path: Path) -> None:
    made(meterkeep, settings)
    (tmp_path / "pin").write_text("9999")
    shut = meterkeep("doctor")
    assert (shut.code, "PIN" in shut.err) == (2, True)


def test_a_pin_that_others_may_read_is_refused(meterkeep: Run, settings: Path, tmp_path: Path) -> None:
    made(meterkeep, settings)
    (tmp_path / "pin").chmod(0o644)
    refused = meterkeep("doctor")
    assert (refused.code, "chmod 600" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('root = "stone"', "root is one of files, token, kms"),
        ('root = "kms"', "kms needs label, region"),
        ('root = "files"\npin = "1"', "files does not know pin"),
        ("root =", "This is not TOML"),
    ],
)
def test_settings_that_are_not_right_make_no_home(
    meterkeep: Run, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "keys.toml").write_text(text)
    done = meterkeep("init", "--provider", "cea", "--zone", "UTC", "--keys", tmp_path / "keys.toml")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "home" / "home.toml").exists()

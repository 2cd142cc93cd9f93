"""A home that has lost a part says which, and goes on with nothing in its place."""

from __future__ import annotations

import shutil
import socket

import pytest

CUSTOMERS = "customer_id,usage_point_source_id,zip\nC-1,SYN-1,91910\n"


@pytest.fixture
def made(new_home, tmp_path):
    return new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles")


def refused(ran) -> str:
    assert ran.code in (1, 2), ran.err
    assert "Traceback" not in ran.err
    assert ran.json["error"]["next"]
    return ran.json["error"]["message"]


def test_an_older_log_put_back_is_noticed_before_anything_is_added_to_it(meterkeep, made, tmp_path) -> None:
    shutil.copytree(made / "ledger", tmp_path / "older")
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    assert meterkeep("customers", "import", tmp_path / "customers.csv").code == 0
    shutil.rmtree(made / "ledger")
    shutil.copytree(tmp_path / "older", made / "ledger")
    before = (made / "ledger" / "journal").read_bytes()
    assert "lacks what it held" in refused(meterkeep("doctor", "--json"))
    assert "lacks what it held" in refused(
        meterkeep("customers", "import", tmp_path / "customers.csv", "--json")
    )
    assert (made / "ledger" / "journal").read_bytes() == before


@pytest.mark.parametrize("part", ["ledger", "database.sqlite3", "keys/django-secret"])
def test_a_part_that_is_missing_is_named_and_not_begun_anew(meterkeep, made, part) -> None:
    path = made / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "missing or empty" in refused(meterkeep("doctor", "--json"))
    assert not path.exists()


def test_a_server_says_what_is_missing_before_it_waits_for_requests(meterkeep, made) -> None:
    (made / "keys" / "log.key").unlink()
    ran = meterkeep("serve", "--port", 18_123)
    assert ran.code == 2
    assert "log.key: The key is missing" in ran.err and "Traceback" not in ran.err


def test_an_address_that_is_taken_is_busy(meterkeep, made) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = meterkeep("serve", "--port", taken.getsockname()[1])
    assert ran.code == 75 and "in use" in ran.err and "Traceback" not in ran.err

"""One setting of the home says which engine answers."""

from __future__ import annotations

from datetime import date

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.engines.setting import EngineSetting
from meterkeep.site.home import Home


def test_a_home_that_says_nothing_has_duckdb(tmp_path):
    home = Home.create(tmp_path, provider="", zone="UTC", name="Synthetic", created=date(2026, 1, 1))
    assert (home.engine, Home.open(tmp_path).engine) == ("duckdb", "duckdb")


def test_the_settings_of_a_home_name_spark_and_its_address(tmp_path):
    Home.create(tmp_path, provider="", zone="UTC", name="Synthetic", created=date(2026, 1, 1))
    with (tmp_path / "home.toml").open("a") as file:
        file.write('engine = "spark"\nspark_remote = "sc://127.0.0.1:15002"\n')
    home = Home.open(tmp_path)
    assert EngineSetting.of(home.engine, home.spark_remote) == EngineSetting("spark", "sc://127.0.0.1:15002")


@pytest.mark.parametrize(("name", "remote"), [("sparc", ""), ("spark", ""), ("spark", "http://127.0.0.1")])
def test_an_engine_that_there_is_not_is_refused(name, remote):
    with pytest.raises(BadInput):
        EngineSetting.of(name, remote)


def test_spark_without_its_client_or_server_is_told_in_our_words(monkeypatch):
    """Nobody listens at port 9; where the client is not installed, that is said first."""
    from meterkeep.readings.engines import spark

    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql.connect.session", None)
    with pytest.raises(BadInput, match="client is not installed"), spark.session("sc://127.0.0.1:9"):
        pass

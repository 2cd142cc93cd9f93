"""`readings check`: refused without a policy or a name, and what it says of the demonstration's readings."""

from __future__ import annotations

LINE = (
    "MEPMD01,20080501,SYNTHETIC,CEE,CEE,M-1,202601050815,M-1,OK,E,KWH,1.0,00000100,2,"
    "202601050100,R0,1,202601050200,R0,2\n"
)


def test_it_has_to_be_said_what_is_checked_and_who_checks(meterkeep, new_home, tmp_path) -> None:
    new_home(tmp_path / "home")
    path = tmp_path / "readings.cmep"
    path.write_text(LINE)
    point = meterkeep("ingest", path, "--json").json["files"][0]["series"][0]["usage_point"]
    assert meterkeep("readings", "check", "--all").code == 2
    assert meterkeep("readings", "check", "--by", "officer").code == 2
    assert meterkeep("readings", "check", "--all", "--usage-point", "5", "--by", "officer").code == 2
    unheld = meterkeep("readings", "check", "--usage-point", str(point), "--by", "officer", "--json")
    assert unheld.code == 2
    assert unheld.json["error"]["message"] == "Nobody held this usage point in the period."
    assert meterkeep("readings", "check", "--usage-point", "M-1", "--by", "officer").code == 2

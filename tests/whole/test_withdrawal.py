"""`ingest --withdraw`: a dry run first, then the file's readings count no more."""

from __future__ import annotations

import hashlib

LINE = (
    "MEPMD01,20080501,SYNTHETIC,CEE,CEE,M-1,202601050815,M-1,OK,E,KWH,1.0,00000100,2,"
    "202601050100,R0,1,202601050200,R0,2\n"
)
DIGEST = hashlib.sha256(LINE.encode()).hexdigest()
WHO = ("--why", "wrong multiplier", "--by", "officer")


def test_a_file_is_counted_withdrawn_refused_and_taken_in_again(meterkeep, new_home, tmp_path) -> None:
    new_home(tmp_path / "home")
    path = tmp_path / "readings.cmep"
    path.write_text(LINE)
    meterkeep("ingest", path)
    counted = meterkeep("ingest", "--withdraw", DIGEST, *WHO)
    assert (
        counted.code == 0 and "2 readings would no longer count" in counted.out and "--apply" in counted.out
    )
    done = meterkeep("ingest", "--withdraw", DIGEST.upper(), *WHO, "--apply", "--json").json
    assert (done["ceased"], done["emptied"], done["applied"]) == (2, 2, True)
    assert meterkeep("ingest", path, "--json").json["files"][0]["error"]["next"].endswith("--again.")
    assert meterkeep("ingest", path, "--again", "--json").json["stored"] == 2


def test_a_person_withdraws_by_digest_alone(meterkeep, new_home, tmp_path) -> None:
    new_home(tmp_path / "home")
    path = tmp_path / "readings.cmep"
    path.write_text(LINE)
    meterkeep("ingest", path)
    assert meterkeep("ingest", "--withdraw", DIGEST, "--why", "x").code == 2
    assert meterkeep("ingest", path, "--withdraw", DIGEST, *WHO).code == 2
    assert meterkeep("ingest", "--withdraw", "0" * 64, *WHO).code == 2
    assert meterkeep("ingest").code == 2

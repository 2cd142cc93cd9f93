"""A provider's first day in a home of its own: its people, its customers, their readings, a permitted look. All made up."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

REGISTERS = Path(__file__).parents[2] / "docs" / "registers.md"
EXAMPLE = re.search(r"```toml\n(.*?)```", REGISTERS.read_text(), re.S).group(1)
SCRIPT = "\n".join(re.findall(r"```python\n(.*?)```", REGISTERS.read_text(), re.S))
CUSTOMERS = "customer_id,account_number,meter_number,zip,start\nC-1,8800001,SYN-1,92001,2025-01-01\n"
READINGS = (
    "MEPMD01,20080501,SYNTHETIC,CEE,CEE,SYN-1,202601050815,SYN-1,OK,E,KWH,1.0,00000100,2,"
    "202601050100,R0,1,202601050200,R0,2\n"
)
SIGNED_IN = """
from meterkeep.site.composition import open_custodian
open_custodian()
from meterkeep.desks.accounts.queries import user
print(user({name!r}).check_password({password!r}), user({name!r}).is_active)
"""


@pytest.fixture(scope="session")
def founded(run_in, new_home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as `init` leaves it, with its one customer."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "customers.csv").write_text(CUSTOMERS)
    new_home(folder / "home", "--provider", "cea", "--zone", "America/Los_Angeles")
    assert run_in(folder / "home", "customers", "import", folder / "customers.csv").code == 0
    return folder / "home"


@pytest.fixture
def home(meterkeep, founded: Path, tmp_path: Path):
    """A copy of it for each test."""
    shutil.copytree(founded, tmp_path / "home")
    return meterkeep


@pytest.fixture
def register(home, tmp_path: Path):
    """Records a register file, by default the one in the docs."""

    def record(text: str = EXAMPLE, *options: str, by: str = "privacy-officer"):
        path = tmp_path / "registers.toml"
        path.write_text(text)
        return home("register", path, "--by", by, *options)

    return record


def changed(old: str, new: str) -> str:
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def test_the_example_of_the_docs_lets_a_person_look_and_the_log_verifies(home, register, tmp_path) -> None:
    (tmp_path / "readings.cmep").write_text(READINGS)
    taken = home("ingest", tmp_path / "readings.cmep")
    number = re.search(r"^ +(\d+) +delivered", taken.out, re.M).group(1)
    look = ["usage", number, "--from", "2026-01-05", "--to", "2026-01-06", "--purpose", "customer_service"]

    before = home(*look, "--by", "privacy-officer")
    assert before.code == 3 and "meterkeep register" in before.err

    assert register().code == 0
    after = home(*look, "--by", "privacy-officer", "--json")
    assert after.code == 0, after.err
    assert after.json["rows"][0]["value"] == "3000"
    assert home(*look, "--by", "analyst").code == 1, "the analyst has no need to know for this purpose"
    assert home("ledger", "verify").code == 0


def test_the_script_of_the_docs_discloses_under_a_contract_and_ceases(
    home, register, python, tmp_path
) -> None:
    (tmp_path / "readings.cmep").write_text(READINGS)
    home("ingest", tmp_path / "readings.cmep")
    register()
    ran = python(f"{SCRIPT}\nprint(len(table), queries.ceased(queries.party('billing-partner'), on=today))")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("permit") and "CEA-04/6.5-b" in ran.out
    assert ran.out.endswith("2 True\n")


def test_doctor_says_where_nobody_may_look_yet(home, register) -> None:
    assert "meterkeep register" in home("doctor").out
    register()
    assert "register: 2\n" in home("doctor").out


def test_the_same_file_again_changes_nothing(register) -> None:
    register()
    again = register(EXAMPLE, "--json").json
    assert again == {"recorded": [], "passwords": {}}


def test_a_wrong_line_leaves_nothing_of_the_file(register) -> None:
    wrong = register(changed('["program_management", "reporting"]', '["program_management", "gossip"]'))
    assert wrong.code == 2
    assert "person analyst" in wrong.err and "gossip" in wrong.err
    assert any("privacy-officer" in line for line in register(EXAMPLE, "--json").json["recorded"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("breach_term = true", "breech_term = true", "breech_term"),
        ("acknowledged = { CEA-02", "acknowledged = { CEA-99", "CEA-99"),
        ('id = "analyst"', 'id = "Ana of the third floor"', "person[1].id"),
        ("[[person]]", "\x00[[person", "no register file"),
        ('kind = "contractor" ', 'kind = "friend" ', "Choose one of"),
        ("on = 2026-01-12,", "on = 2025-01-12,", "not a member"),
    ],
)
def test_what_cannot_be_recorded_is_named_with_its_place(register, old, new, said) -> None:
    ran = register(changed(old, new))
    assert ran.code in {1, 2}
    assert said in ran.err and "→" in ran.err


def test_a_stranger_records_nothing(register) -> None:
    assert register(by="stranger").code == 2
    assert register().code == 0
    assert register(by="stranger").code == 2
    assert register(by="analyst").code == 0


def test_what_is_on_record_is_not_rewritten(register) -> None:
    register()
    ran = register(changed("breach_term = true", "breach_term = false"))
    assert ran.code == 1 and "contract 2026-07" in ran.err


def test_a_purpose_that_is_taken_away_ends_today(register) -> None:
    register()
    said = register(changed('["program_management", "reporting"]', '["reporting"]')).out
    assert "no more need to know for program_management" in said
    assert (
        register(changed('["program_management", "reporting"]', '["reporting"]'), "--json").json["recorded"]
        == []
    )


def test_a_leaver_may_no_longer_sign_in(register, signs_in) -> None:
    password = register(EXAMPLE, "--json").json["passwords"]["analyst"]
    assert signs_in("analyst", password) == "True True"
    register(changed('role = "analyst"', 'role = "analyst"\nend = 2026-02-01'))
    assert signs_in("analyst", password) == "True False"


def test_a_new_password_replaces_the_old_one(register, signs_in) -> None:
    old = register(EXAMPLE, "--json").json["passwords"]["analyst"]
    new = register(EXAMPLE, "--new-password", "analyst", "--json").json["passwords"]["analyst"]
    assert (signs_in("analyst", old), signs_in("analyst", new)) == ("False True", "True True")


def test_a_customer_gets_a_sign_in_from_somebody_who_may_look_them_up(home, register, signs_in) -> None:
    register()
    ask = ["customers", "sign-in", "--username", "blue-heron", "--account-number"]
    assert home(*ask, "8800001", "--by", "analyst").code == 1
    assert home(*ask, "8899999", "--by", "privacy-officer").code == 2
    first = home(*ask, "8800001", "--by", "privacy-officer", "--json").json["password"]
    second = home(*ask, "8800001", "--by", "privacy-officer", "--json").json["password"]
    assert (signs_in("blue-heron", first), signs_in("blue-heron", second)) == ("False True", "True True")


@pytest.fixture
def signs_in(home, python):
    """Whether the password is the account's, and whether the account is open."""
    return lambda name, password: python(SIGNED_IN.format(name=name, password=password)).out.strip()


def test_who_sends_is_recorded_and_may_change(home, register) -> None:
    source = '\n[[source]]\nid = "sce"\nname = "The utility"\nevery_days = {}\n'
    register(EXAMPLE + source.format(1))
    assert "sce: sends meter files, every 7 days" in register(EXAMPLE + source.format(7)).out
    assert register(EXAMPLE + source.format(7), "--json").json["recorded"] == []
    assert register(EXAMPLE + source.format(0)).code == 2
    assert home("sources", "--json").json["sources"][0]["every_days"] == 7

"""Whoever enters anything on an overdue account is known and has a need to know. All data is invented."""

from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from desks.arrears.test_collecting import BEGIN, known, take_in  # noqa: F401 - fixtures

from meterkeep.desks.arrears.models import Account, Act, AgencyCheck, DueStep, Import
from meterkeep.desks.workforce import actions as workforce
from meterkeep.errors import Refused
from meterkeep.faces.cli.collections.command import collections

pytestmark = pytest.mark.django_db
ON = BEGIN.replace(year=2026)


@pytest.fixture
def run(gate, take_in, tmp_path):  # noqa: F811
    take_in("overdue", "ACC-0,300.00,2025-01-01,", on=BEGIN.replace(month=6))
    (tmp_path / "more.csv").write_text("account_number,amount,due_date\nACC-1,20.00,2025-01-01\n")
    home = SimpleNamespace(folder=tmp_path, synthetic=False)
    custodian = SimpleNamespace(gate=gate, home=home, today=lambda: ON)

    def do(*asked):
        composition = SimpleNamespace(open=lambda: custodian)
        return CliRunner().invoke(
            collections, [*map(str, asked)], obj=composition, catch_exceptions=False, standalone_mode=False
        )

    return do


def rows():
    return [model.objects.count() for model in (Account, Act, AgencyCheck, DueStep, Import)]


@pytest.mark.parametrize("by", ["ghost", "temp"])
def test_nobody_else_enters_anything(run, tmp_path, contractors, by):
    workforce.record_person(id="temp", display="Temp", role="clerk", by="officer", on=BEGIN)
    account, before = Account.objects.get().reference, rows()
    for asked in (
        ["import", tmp_path / "more.csv"],
        ["run", "--apply"],
        ["record", "call", account, "--why", "x"],
        ["hold", "dispute", account, "--why", "x"],
        ["plan", account, "--instalment", "2026-02-01=10.00", "--why", "x"],
        ["agency", "tern", "--licence", "1", "--source", "x"],
    ):
        with pytest.raises(Refused, match="need to know"):
            run(*asked, "--by", by)
    assert rows() == before
    run("import", tmp_path / "more.csv", "--by", "manager")
    run("run", "--apply", "--by", "manager")
    run("hold", "dispute", account, "--why", "x", "--by", "manager")
    assert rows() != before

"""`release audit` as people and programs meet it: words, JSON, exit codes."""

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from aggregates.published_twins import PGE, SDGE, Desk

from meterkeep.aggregates import PastRow, Rule
from meterkeep.aggregates.published.register import audit_register
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import queries
from meterkeep.faces.cli import run
from meterkeep.policy import load_pack

HOME = SimpleNamespace(open=lambda: SimpleNamespace(today=lambda: date(2026, 6, 1), gate=None))
FIFTEEN = Rule.parse("15/15")
MARCH = (date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def said(capsys):
    def said(*arguments, home=None):
        code = run(["release", "audit", *map(str, arguments)], home)
        told = capsys.readouterr()
        return code, told.out, told.err

    return said


def test_findings_in_words(desk, said):
    path = desk.file(["92101,1,2024,R,N,14,7000,500", "92102,1,2024,R,Y,0,0,0"])
    code, out, _ = said("--tables", path, "--rule", "15/15")
    assert code == 1
    assert "1 finding under 15/15." in out
    assert "92101 R, 2024-01: 14 customers used 7,000 kWh." in out
    assert "14 customers; the rule asks for at least 15. [15/15]" in out
    assert f"{path}:2" in out and "cannot be checked" in out


def test_a_clean_table_says_what_was_read_and_ends_with_zero(desk, said):
    path = desk.file(["92101,1,2024,R,N,15,7500,500"])
    code, out, _ = said("--tables", path, "--rule", "15/15")
    assert code == 0 and "Nothing found under 15/15 in these figures." in out and "quarterly ZIP" in out


def test_json(desk, said):
    desk.file(["92101,1,2024,R,N,14,7000,500", "bad"])
    desk.file(["94105,1,2024,Elec- Residential,N,99,49500,500"], header=PGE)
    code, out, _ = said("--tables", *desk.files, "--rule", "15/15", "--rule", "residential=100", "--json")
    told = json.loads(out)
    assert code == 1
    assert told["counts"] == {"below_rule": 2} and told["rule"] == "15/15, residential=100"
    assert (told["rows"], told["published"], told["withheld"]) == (3, 2, 0)
    assert told["rejected"][0]["line"] == 3 and told["search"] == "exhaustive"
    assert [each["customers"] for each in told["findings"]] == [14, 99]
    assert {"kind", "verdict", "lines", "cell", "period", "known", "arithmetic", "rule"} <= told["findings"][
        0
    ].keys()


def test_a_rejected_row_is_never_passed_over(desk, said):
    path = desk.file(["92101,1,2024,R,N,15,7500,500", "92102,1,2024,R,N,15,7.5E3,500"])
    code, out, _ = said("--tables", path, "--rule", "15/15")
    assert code == 1 and "1 row could not be read" in out and f"{path}:3" in out


def test_a_rule_for_a_class_that_is_not_there_is_refused(desk, said):
    path = desk.file(["92101,1,2024,R,N,99,49500,500", "92101/92102,1,2024,C,N,50,49500,990"])
    code, out, err = said("--tables", path, "--rule", "15/15", "--rule", "residental=100")
    assert code == 2 and out == ""
    assert "--rule residental=100: No table has the class 'residental'" in err
    assert "class: R, C" in err and "92101" not in err
    assert said("--tables", path, "--rule", "15/15", "--rule", "residential=100")[0] == 1


def test_tables_without_classes_have_no_rules_for_them(desk, said):
    path = desk.file(["92101,1,2024,99,49500"], header="zip,month,year,customers,kwh")
    code, _, err = said("--tables", path, "--rule", "15/15", "--rule", "residential=100")
    assert code == 2 and "The tables have no classes; leave the rule out." in err


def test_what_is_no_text_is_not_printed(tmp_path, said):
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x1b[31m,kwh,zip\n")
    code, out, err = said("--tables", path, "--rule", "15/15")
    assert code == 2 and "This is no text, so no table." in err
    assert out == "" and all(sign.isprintable() or sign == "\n" for sign in err)


@pytest.mark.parametrize("rule", ["cea", "ok-utility"])
def test_the_rule_of_a_pack(desk, said, rule):
    path = desk.file(["92101,1,2024,R,N,1,500,500"])
    code, out, _ = said("--tables", path, "--rule", rule, "--as-of", "2026-01-01")
    assert code == 1 and "the rule asks for at least" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "No rule was given"),
        (("--rule", "lce"), "set no numbers"),
        (("--rule", "15"), "not a rule"),
        (("--rule", "15/15", "--by", "Town"), "not among"),
        (("--rule", "15/15", "--value", "Therms"), "no column Therms"),
    ],
)
def test_bad_input_ends_with_two_and_the_next_step(desk, said, arguments, message):
    path = desk.file(["92101,1,2024,R,N,14,7000,500"])
    code, _, err = said("--tables", path, *arguments)
    assert code == 2 and message in err and "→" in err


def test_files_belong_to_tables(desk, said):
    path = desk.file(["92101,1,2024,R,N,14,7000,500"])
    assert said(path, "--rule", "15/15", home=HOME)[0] == 2
    assert said("--tables", "--rule", "15/15")[0] == 2


def test_an_empty_file_is_never_silent(tmp_path, said):
    empty, bare = tmp_path / "empty.csv", tmp_path / "bare.csv"
    empty.touch()
    bare.write_text(SDGE + "\n")
    for path in (empty, bare):
        code, out, err = said("--tables", path, "--rule", "15/15", "--json")
        assert code == 2 and "error" in json.loads(out) and err


# The home's own register


def row(release, members, value, period=MARCH, family="energy"):
    return PastRow(release, family, "delivered", period, np.array(sorted(members), np.uint64), value)


@pytest.mark.parametrize(("left", "found"), [(0, 0), (1, 1), (14, 1), (15, 0)])
def test_two_releases_that_differ_by_a_few(left, found):
    """Forty customers, and the same less some who left in between."""
    rows = [row("T-1", range(40), 24_310), row("T-2", range(left, 40), 23_702)]
    audit = audit_register(rows, rule=FIFTEEN)
    assert len(audit.leaks) == found and audit.clean is not bool(found)
    if found:
        assert audit.leaks[0].customers == left and audit.leaks[0].releases == ("T-1", "T-2")


def test_a_total_and_its_parts_but_one():
    parts = [row("T-1", range(20 * at, 20 * at + 20), 100) for at in range(3)]
    whole = row("T-2", range(67), 350)
    (leak,) = audit_register([*parts, whole], rule=FIFTEEN).leaks
    assert leak.customers == 7
    assert "T-2 (67 customers" in leak.arithmetic and leak.arithmetic.count("T-1") == 3


def test_other_months_and_other_families_are_other_unknowns():
    april = (date(2026, 4, 1), date(2026, 5, 1))
    rows = [row("T-1", range(40), 100), row("T-2", range(1, 40), 90, period=april)]
    assert audit_register(rows, rule=FIFTEEN).clean
    assert audit_register([rows[0], row("T-2", range(1, 40), 90, family="gas")], rule=FIFTEEN).clean


def test_a_quarter_over_its_months():
    """Three months of forty customers, and the quarter of thirty-nine of them: the difference is the fortieth's quarter."""
    edges = [date(2026, month, 1) for month in (1, 2, 3, 4)]
    months = [row("T-1", range(40), 400, period=span) for span in pairwise(edges)]
    quarter = row("T-2", range(1, 40), 1170, period=(edges[0], edges[3]))
    (leak,) = audit_register([*months, quarter], rule=FIFTEEN).leaks
    assert (leak.kind, leak.customers, leak.period) == ("count", 1, (edges[0], edges[3]))
    assert audit_register([months[2], quarter], rule=FIFTEEN).clean


def test_a_customer_bounded_too_closely_is_a_leak():
    loads = np.array([100] * 20 + [900], np.int64)
    one = replace(row("T-1", range(21), 2_900), loads=loads)
    (leak,) = audit_register([one], rule=FIFTEEN).leaks
    assert (leak.kind, leak.customers, leak.releases) == ("share", None, ("T-1",))
    assert audit_register([one], rule=Rule.parse("15/50")).clean


@pytest.mark.django_db
def test_the_register_in_words_and_json(monkeypatch, said):
    rows = [row("T-1", range(40), 24_310), row("T-2", range(1, 40), 23_702)]
    monkeypatch.setattr(queries, "register", lambda gate: queries.Register(rows, ["T-1"]))
    monkeypatch.setattr(policies, "pack_in_force", lambda on: load_pack("cea"))
    code, out, _ = said(home=HOME)
    assert code == 1 and "1 customer, 2026-03-01 to 2026-04-01, from T-1, T-2:" in out
    assert "no digest of the figures of T-1" in out
    code, out, _ = said("--json", home=HOME)
    told = json.loads(out)
    assert (code, told["rows"], told["rule"], told["cite"]) == (1, 2, "15/15", "CEA-03/4.1-a")
    assert told["leaks"][0]["customers"] == 1 and told["unsealed"] == ["T-1"]
    code, out, _ = said("--rule", "1/100", home=HOME)
    assert code == 0 and "Nothing that follows from them is about fewer customers" in out


@pytest.mark.django_db
def test_an_empty_register_says_so(monkeypatch, said):
    monkeypatch.setattr(queries, "register", lambda gate: queries.Register([], []))
    assert said("--rule", "15/15", home=HOME)[:2] == (
        0,
        "Nothing has been released, so nothing can be worked out.\n",
    )


def test_without_numbers_the_register_is_undetermined(monkeypatch, said):
    monkeypatch.setattr(queries, "register", lambda gate: queries.Register([], []))
    monkeypatch.setattr(policies, "pack_in_force", lambda on: None)
    assert said(home=HOME)[0] == 3

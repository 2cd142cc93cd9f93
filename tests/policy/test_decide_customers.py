"""`meterkeep decide REQUEST.json --customers TABLE.csv`, as a clerk and as a program meet it."""

import csv
import json
import subprocess
import sys

import pytest

REQUEST = {
    "provider": "cea",
    "action": "disclose",
    "on": "2026-01-05",
    "facts": {
        "data.kind": "covered", "purpose.class": "secondary", "purpose.name": "energy_products",
        "recipient.kind": "authorised_third_party", "channel": "secure", "use.sale": False,
        "use.third_party_solicitation": False, "order.explicit": False, "authorization.separate": True,
        "authorization.written": True, "authorization.incentive": False, "authorization.names_recipient": True,
        "authorization.names_purpose": True, "authorization.covers_elements": True,
    },
}  # fmt: skip
HEAD = "customer,authorization.given,authorization.in_period,authorization.cancelled,legal.notice_days\n"
TABLE = HEAD + 'C-1,true,true,false,\nC-2,TRUE,,false,12\n\n"C-3, old",true,true,true,3\nC-4, false ,,,\n'


@pytest.fixture
def ask(tmp_path):
    def asked(table, *more, request=REQUEST):
        (tmp_path / "request.json").write_text(json.dumps(request))
        file = tmp_path / "table.csv"
        file.write_bytes(table if isinstance(table, bytes) else table.encode())
        command = [
            sys.executable,
            "-m",
            "meterkeep",
            "decide",
            tmp_path / "request.json",
            "--customers",
            file,
        ]
        return subprocess.run([*command, *more], capture_output=True, text=True, check=False)

    return asked


def test_it_counts_by_outcome_and_cites(ask, tmp_path):
    done = ask(TABLE, "--json", "--to", tmp_path / "out.csv")
    told = json.loads(done.stdout)
    assert (done.returncode, told["permit"], told["refuse"], told["undetermined"]) == (0, 1, 2, 1)
    assert sum(share["customers"] for share in told["why"]) == 4
    open_ = next(share for share in told["why"] if share["outcome"] == "undetermined")
    assert (open_["customers"], open_["missing"]) == (1, ["authorization.in_period"])
    assert all(share["clauses"][0].keys() == {"id", "effect", "summary"} for share in told["why"])
    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "outcome"], ["C-1", "permit"], ["C-2", "undetermined"], ["C-3, old", "refuse"], ["C-4", "refuse"],
        ]  # fmt: skip


def test_it_says_it_in_words(ask):
    done = ask(TABLE)
    assert done.returncode == 0
    assert "Permitted: 1" in done.stdout
    assert "Not known, and it matters: authorization.in_period" in done.stdout
    assert "CEA-04/6.9  " in done.stdout


@pytest.mark.parametrize(
    ("table", "named"),
    [
        (HEAD + "C-1,true,true,false,\nC-2,perhaps,,,\n", ("line 3", "authorization.given")),
        (HEAD + "C-1,1,true,false,\n", ("line 2", "authorization.given")),
        (HEAD + "C-1,true,true,false,2.5\n", ("line 2", "legal.notice_days")),
        (HEAD + "C-1,true,true\n", ("line 2", "3 cells")),
        (HEAD + '"a\nb",true,true,false,\nC-2,maybe,,,\n', ("line 4", "authorization.given")),
        ("customer,authorization.givn\nC-1,true\n", ("line 1", "authorization.givn")),
        ("customer,use.sale\nC-1,true\n", ("use.sale",)),
        ("customer,provider.kind\nC-1,cca\n", ("provider.kind",)),
        ("customer,authorization.given,authorization.given\n", ("line 1", "twice")),
        ("customer\nC-1\n", ("line 1",)),
        ("", ("line 1",)),
        (b"customer,use.sale\n\xff\xfe,true\n", ("UTF-8",)),
        (HEAD + "C-1,true,true,false,\nC-1,false,,,\n", ("line 3", "twice")),
        (HEAD + ",true,true,false,\n", ("line 2", "names no customer")),
        (HEAD + "=cmd|' /C calc'!A0,true,true,false,\n", ("line 2", "first column")),
        (HEAD + "C-1\x1b[2J,true,true,false,\n", ("line 2", "first column")),
        (HEAD + "C-1,true,true,false,\u0663\n", ("line 2", "legal.notice_days")),
    ],
)
def test_a_bad_table_is_named_by_line_and_column_and_nothing_is_written(ask, tmp_path, table, named):
    done = ask(table, "--json", "--to", tmp_path / "out.csv")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert all(one in f"{error['where']} {error['message']}" for one in named), error
    assert "maybe" not in done.stdout
    assert not (tmp_path / "out.csv").exists()


def test_a_list_of_requests_or_an_output_without_a_table_is_wrong_usage(ask, tmp_path):
    assert ask(TABLE, request=[REQUEST, REQUEST]).returncode == 2
    command = [
        sys.executable,
        "-m",
        "meterkeep",
        "decide",
        tmp_path / "request.json",
        "--to",
        tmp_path / "out.csv",
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_a_table_that_is_not_there_is_named(ask, tmp_path):
    done = ask(TABLE, "--customers", tmp_path / "none.csv")
    assert done.returncode == 2
    assert "none.csv" in done.stderr


def test_the_outcomes_never_take_the_place_of_the_table(ask, tmp_path):
    done = ask(TABLE, "--to", tmp_path / "table.csv")
    assert done.returncode == 2
    assert "--to" in done.stderr
    assert (tmp_path / "table.csv").read_text() == TABLE

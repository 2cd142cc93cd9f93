"""The accounts file and its command: bad lines are named, no cent is lost, the rest goes on."""

import json
import random

import pytest

from meterkeep.__main__ import Composition
from meterkeep.desks.arrears.table import read_accounts
from meterkeep.errors import BadInput
from meterkeep.faces.cli import run

HEADER = "account_number,balance,due_date,disputed,returned_on,referred_on,legal_notice_on,paid_on,interest\n"


@pytest.fixture
def written(tmp_path):
    def write(text, header=HEADER):
        path = tmp_path / "accounts.csv"
        path.write_bytes((header + text).encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def asked(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("METERKEEP_HOME", str(tmp_path / "none"))

    def ask(*words):
        code = run(["collections", "run", *map(str, words)], Composition())
        said = capsys.readouterr()
        return code, said.out, said.err

    return ask


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A1,,2026-01-01", "balance"),
        ("A1,12.345,2026-01-01", "12.345"),
        ("A1,1e3,2026-01-01", "1e3"),
        ("A1,NaN,2026-01-01", "NaN"),
        ("A1,٣,2026-01-01", "balance"),
        ("A1,10,01/02/2026", "due_date"),
        ("A1,10,2026-02-30", "due_date"),
        ("A1,10,", "due date"),
        (",10,2026-01-01", "account number"),
        ("A1,10,2026-01-01,maybe", "disputed"),
        ("A1,10,2026-01-01,,,,,,0.01", "interest"),
        ("A1,10,2026-01-01,,,,,,,more", "more cells"),
        ("A1,10,2026-06-01,,2026-07-01,2026-05-01", "before it was due"),
        ("A\0,10,2026-01-01", "account number"),
        ("A1,10,9999-12-31", "due_date"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(written, line, why):
    found = read_accounts(written(f"{line}\nA2,10,2026-01-01\n"))
    assert [account.number for _, account in found.accounts] == ["A2"]
    assert [(one.line, why in one.why) for one in found.rejected] == [(2, True)]


def test_an_account_on_two_lines_counts_on_neither(written):
    found = read_accounts(written("A1,10,2026-01-01\nA2,5,2026-01-01\nA1,20,2026-01-01\n"))
    assert [line for line, _ in found.accounts] == [3]
    assert [one.line for one in found.rejected] == [2, 4]


def test_amounts_and_holds_as_people_write_them(written):
    found = read_accounts(
        written('A1,"$1,234.50",2026-01-01,YES\nA2,-3,2026-01-01,2026-02-01\nA3,0,,,,,,,0.00\n')
    )
    one, two, three = (account for _, account in found.accounts)
    assert (one.balance, two.balance, three.balance) == (123_450, -300, 0)
    assert one.holds[0].since < two.holds[0].since


@pytest.mark.parametrize(
    "header", ["account_number,balance\n", "account_number,balance,due_date,balance\n", "\n", ""]
)
def test_a_file_without_its_columns_is_refused(written, header):
    with pytest.raises(BadInput, match="column"):
        read_accounts(written("A1,10,2026-01-01\n", header=header))


def test_columns_are_known_as_people_head_them_and_others_are_told(written):
    found = read_accounts(
        written(
            "A1,10,2026-01-01,yes,yes\n", header="account_number,balance,due_date,Payment plan,in_dispute\n"
        )
    )
    assert found.accounts[0][1].holds and found.unread == ("in_dispute",)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", HEADER.encode() + b'A1,"10,2026-01-01\n'])
def test_what_is_no_csv_is_refused(written, content):
    with pytest.raises(BadInput):
        read_accounts(written(content))


def test_no_cent_is_lost(written):
    source, lines, total = random.Random(7), [], 0
    for at in range(2_000):
        cents = source.randint(-10_000, 1_000_000)
        total += cents
        due = source.choice(["2026-01-01", "2026-13-01", ""])
        number = source.choice([f"A{at}", "", "A1"])
        lines.append(f"{number},{cents / 100:.2f},{due}")
    found = read_accounts(written("\n".join(lines)))
    assert sum(one.balance for _, one in found.accounts) + sum(one.balance for one in found.rejected) == total
    assert len(found.accounts) + len(found.rejected) == 2_000


def test_the_command_tells_steps_and_rejected_lines(asked, written):
    path = written("A1,250.01,2026-01-01\nA2,x,2026-01-01\n")
    code, out, err = asked("--as-of", "2026-04-02", "--accounts", path, "--json")
    assert code == 0 and "CEA-05 of cea" in err
    told = json.loads(out)
    assert told["steps"] == [
        {
            "account_number": "A1",
            "step": "first_letter",
            "clause": "CEA-05/5.1-a",
            "due": "2026-04-02",
            "reason": "$250.01 is overdue for 91 days, more than $250.00.",
        }
    ]
    assert [one["line"] for one in told["rejected"]] == [3]


def test_the_command_shows_people_counts_and_no_account(asked, written):
    code, out, _ = asked("--as-of", "2026-04-02", "--accounts", written("SECRET1,250.01,2026-01-01\n"))
    assert code == 0 and "first letter" in out and "SECRET1" not in out


def test_before_any_document_it_is_undetermined(asked, written):
    code, _, err = asked("--as-of", "2019-01-01", "--accounts", written("A1,250.01,2018-01-01\n"))
    assert code == 3 and "in force" in err


def test_whatever_a_column_of_interest_is_called_a_line_that_bears_any_is_rejected(tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(
        "account_number,balance,due_date,late_fee_interest\nA1,10,2026-01-01,5.00\nA2,10,2026-01-01,0\n"
    )
    found = read_accounts(path)
    assert [account.number for _, account in found.accounts] == ["A2"]
    assert [(one.line, "interest" in one.why) for one in found.rejected] == [(2, True)]

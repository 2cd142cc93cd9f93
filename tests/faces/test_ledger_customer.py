"""`ledger prove --customer`, `ledger close-epoch`: a customer's list, found by leave of the documents, shown to be whole."""

import json
from types import SimpleNamespace

import pytest

from meterkeep.faces.cli import run
from meterkeep.ledger.verify import verify_file

STAFF = "privacy-officer"


@pytest.fixture
def ledger(house, capsys):
    """Runs it: exit code, what it printed, and what it said beside."""

    def do(*arguments):
        code = run(["ledger", *arguments], SimpleNamespace(open=lambda: house.custodian))
        told = capsys.readouterr()
        return code, told.out, told.err

    return do


@pytest.fixture
def keys(house):
    return (house.custodian.home.ledger / "public-key").read_text()


@pytest.fixture
def by(house):
    return house.users["staff"].person


def test_an_epoch_is_closed_and_only_once(ledger, by):
    code, printed, _ = ledger("close-epoch", "--by", by)
    assert code == 0 and printed.startswith("Epoch ") and " is closed: the first " in printed
    assert ledger("close-epoch", "--by", by)[1].startswith("Nothing has come into the log")
    assert json.loads(ledger("close-epoch", "--by", by, "--json")[1]) == {"closed": None}


def test_a_customer_s_file_holds_and_names_what_came_later(ledger, by, house, keys):
    ledger("close-epoch", "--by", by)
    code, text, beside = ledger("prove", "--customer", "C-1", "--by", by)
    assert code == 0 and "the list is shown to be whole up to" in beside and "2 came later" in beside
    chain = json.loads(text)["chain"]
    epoch = (house.custodian.home.ledger / "epoch").read_text()
    told = verify_file(text, keys, chain=chain, newest=epoch)
    assert told[2] == "2 later: in the log; whether there are more, the next epoch will show."
    assert "identity.delivered customer_service" in told[-1]


def test_it_is_written_where_it_is_wanted(ledger, by, tmp_path, keys):
    ledger("close-epoch", "--by", by)
    (tmp_path / "mine.json").touch(mode=0o644)
    code, printed, _ = ledger(
        "prove", "--customer", "ACC-000002", "--known-by", "account_number", "--by", by,
        "--out", str(tmp_path / "mine.json"), "--json",
    )  # fmt: skip
    told = json.loads(printed)
    assert code == 0 and told["proof"] is None and told["epoch"] and told["entries"] >= 2
    assert told["chain"] in verify_file((tmp_path / "mine.json").read_text(), keys)[0]
    assert (tmp_path / "mine.json").stat().st_mode & 0o777 == 0o600 and len([*tmp_path.iterdir()]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (
            ("--customer", "C-99999", "--by", "privacy-officer"),
            2,
            "0 customers are known by this customer ref",
        ),
        (("--customer", "C-1"), 2, "Nobody is named as acting"),
        ((), 2, "Name an entry by its ID, or a customer with --customer REF"),
    ],
    ids=["unknown", "nobody", "neither"],
)
def test_what_cannot_be_proven_is_told(ledger, by, arguments, code, says, monkeypatch):
    monkeypatch.delenv("METERKEEP_PERSON", raising=False)
    arguments = tuple(by if part == STAFF else part for part in arguments)
    found, printed, beside = ledger("prove", *arguments)
    assert (found, printed) == (code, "") and says in beside


def test_who_may_not_search_gets_no_file(ledger, house):
    code, printed, beside = ledger("prove", "--customer", "C-1", "--by", "nobody-we-know")
    assert (code in (1, 3), printed) == (True, "") and beside


def test_an_entry_is_withheld_and_shown_again(ledger, by, house):
    gate = house.custodian.gate
    text = ledger("prove", "--customer", "C-3", "--by", by)[1]
    entry = str(gate.log_size - 1)
    why = ("--clause", "LAW/secret-1", "--basis", "Order 26-117 of the synthetic court", "--by", by)
    code, printed, _ = ledger("withhold", entry, "--until", "2036-09-01", *why, "--as-of", "2026-03-02")
    assert code == 0 and printed.startswith(f"Entry {entry} is withheld until 2036-09-01, under LAW/secret-1")
    held = ledger("prove", "--customer", "C-3", "--by", by)[1]
    assert text.count('"withheld"') == 0 and held.count('"withheld"') == 1
    code, printed, _ = ledger(
        "withhold", entry, "--until", "2026-03-02", *why, "--as-of", "2026-03-02", "--json"
    )
    assert (code, json.loads(printed)["entry"]) == (0, int(entry))
    assert ledger("prove", "--customer", "C-3", "--by", by)[1].count('"withheld"') == 0
    assert ledger("withhold", entry, "--until", "2026-03-01", *why, "--as-of", "2026-03-02")[0] == 2

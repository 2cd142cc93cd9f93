"""`collections letters`: what is due is printed and entered once, whatever is killed on the way. All data is invented."""

import hashlib
import io
import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from desks.arrears.test_collecting import BEGIN, known, take_in  # noqa: F401 - fixtures
from pypdf import PdfReader

from meterkeep.desks.arrears import actions, mailing
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.letters.head import NAME, read_letterhead
from meterkeep.desks.arrears.models import Act
from meterkeep.desks.arrears.positions import positions
from meterkeep.desks.customers import actions as customers
from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.faces.cli.collections.files import letters as command

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 10)
HEAD = """
utility = "Example Gas & Electric"
[office]
name = "Coastal Example Energy"
address = ["100 Harbor Way", "Carlsbad, CA 92008"]
phone = "1-800-555-0100"
[ways]
en = ["Online at example.org/pay"]
es = ["En línea: example.org/pagar"]
"""


class Killed(BaseException):
    """Nothing catches it, as nothing catches a signal that ends the process."""


def kill(*_, **__):
    raise Killed


@pytest.fixture
def overdue(gate, take_in, tmp_path):  # noqa: F811
    """Due for 100 days: two who can be written to, one whose name no font has, one without an address, and one who owes too little."""
    path = tmp_path / "named.csv"
    who = ["Ana Example", "Ben Example", "\U00013000 Example", "Dora Example", "Eve Example"]
    rows = [f"REF-{n},ACC-{n},{name},{'' if n == 3 else '12 Main Street'}" for n, name in enumerate(who)]
    path.write_text("\n".join(["customer_id,account_number,name,billing_address", *rows]))
    customers.import_customers(path, gate=gate, by="clerk", on=BEGIN)
    due = ON - timedelta(days=100)
    amounts = ["312.45", "400.00", "500.00", "600.00", "250.00"]
    take_in("overdue", *(f"ACC-{n},{amount},{due}," for n, amount in enumerate(amounts)), on=ON)
    (tmp_path / NAME).write_text(HEAD)
    return tmp_path


@pytest.fixture
def send(gate, overdue):
    home = SimpleNamespace(folder=overdue, synthetic=True)
    custodian = SimpleNamespace(gate=gate, home=home, today=lambda: ON)

    def do(name, *more, on=ON):
        where = ["--out", str(overdue / name)] if name else []
        asked = [*where, "--by", "manager", "--as-of", str(on), "--json", *more]
        said = CliRunner().invoke(
            command,
            asked,
            obj=SimpleNamespace(open=lambda: custodian),
            catch_exceptions=False,
            standalone_mode=False,
        )
        return json.loads(said.output)

    return do


def entered():
    return sorted(Act.objects.values_list("account__reference", "kind", "sha256"))


def test_what_is_due_is_printed_and_entered_once(send, overdue):
    told = send("a.pdf")
    content = (overdue / "a.pdf").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "Ana Example" in text and "$312.45" in text and "ACC-0" not in text and "Eve" not in text
    assert [one["letter"] for one in told["letters"]] == ["first_letter"] * 2
    assert entered() == sorted((one["account"], "first_letter", digest) for one in told["letters"])
    whys = " ".join(one["why"] for one in told["left_out"])
    assert len(told["left_out"]) == 2 and "fonts" in whys and "billing address" in whys
    assert (overdue / "a.pdf").stat().st_mode & 0o077 == 0
    more = send("b.pdf")
    assert (more["file"], more["letters"], more["before"]) == (None, [], [{"sha256": digest, "letters": 2}])
    assert not (overdue / "b.pdf").exists() and len(entered()) == 2
    send("c.pdf", "--again", digest)
    assert (overdue / "c.pdf").read_bytes() == content and len(entered()) == 2
    (overdue / NAME).write_text(HEAD.replace("0100", "0111"))
    with pytest.raises(BadInput, match="changed since"):
        send("d.pdf", "--again", digest)


def test_killed_before_it_is_entered_nothing_is_sent_and_the_next_run_sends_it(send, overdue, monkeypatch):
    with monkeypatch.context() as during:
        during.setattr(actions, "record_acts", kill)
        with pytest.raises(Killed):
            send("a.pdf")
    assert entered() == [] and not (overdue / "a.pdf").exists()
    assert len(send("a.pdf")["letters"]) == 2 and (overdue / "a.pdf").exists()
    assert list(overdue.glob("*.part")) == []


def test_killed_after_it_is_entered_the_next_run_says_so_and_sends_nothing(send, overdue, monkeypatch):
    with monkeypatch.context() as during:
        during.setattr(mailing, "_settle", kill)
        with pytest.raises(Killed):
            send("a.pdf")
    assert len(entered()) == 2 and not (overdue / "a.pdf").exists()
    told = send("a.pdf")
    assert told["file"] is None and len(entered()) == 2 and list(overdue.glob("*.part")) == []
    send("a.pdf", "--again", told["before"][0]["sha256"])
    assert hashlib.sha256((overdue / "a.pdf").read_bytes()).hexdigest() == told["before"][0]["sha256"]


def test_two_runs_at_once_do_not_both_send(gate, overdue, monkeypatch):
    head = read_letterhead(overdue / NAME)
    printed = mailing._printed

    def meanwhile(*args, **kwargs):
        monkeypatch.setattr(mailing, "_printed", printed)
        mailing.send(out=overdue / "b.pdf", head=head, gate=gate, by="manager", on=ON)
        return printed(*args, **kwargs)

    monkeypatch.setattr(mailing, "_printed", meanwhile)
    with pytest.raises(Busy):
        mailing.send(out=overdue / "a.pdf", head=head, gate=gate, by="manager", on=ON)
    assert len(entered()) == 2 and not (overdue / "a.pdf").exists()


def test_nobody_gets_both_letters_on_a_day_and_nobody_who_paid_or_disputes_gets_one(send, take_in):  # noqa: F811
    late = ON + timedelta(days=25)
    (first, second, *_) = (one for one in positions(on=late) if one.state.balance in (31245, 40000))
    held = first if first.state.balance == 40000 else second
    actions.enter(account=held.account, kind=ActKind.DISPUTE_OPENED, by="manager", on=late, why="The amount.")
    told = send("a.pdf", on=late)
    assert sorted(one["letter"] for one in told["letters"]) == ["dispute_letter", "first_letter"]
    assert told["waiting"] == 3
    assert send("b.pdf", on=late)["letters"] == []
    told = send("b.pdf", on=late + timedelta(days=1))
    assert [one["letter"] for one in told["letters"]] == ["second_letter"]


def test_without_a_file_it_is_only_told_what_is_due(send, overdue):
    told = send("")
    assert [one["letter"] for one in told["letters"]] == ["first_letter"] * 4 and entered() == []
    assert not list(overdue.glob("*.pdf*"))
    assert send("", "--kind", "second_letter")["letters"] == []
    with pytest.raises(BadInput, match="go into a file"):
        send("", "--again", "0" * 64)
    with pytest.raises(BadInput, match="no letter"):
        send("a.pdf", "--kind", "third_letter")


def test_an_address_that_no_envelope_shows_is_left_out(send, overdue, gate):
    path = overdue / "long.csv"
    lines = "\n".join(f"Line {n}" for n in range(6))
    path.write_text(f'customer_id,account_number,name,billing_address\nREF-0,ACC-0,Ana Example,"{lines}"\n')
    customers.import_customers(path, gate=gate, by="clerk", on=BEGIN)
    told = send("a.pdf")
    assert len(told["letters"]) == 1 and any("window" in one["why"] for one in told["left_out"])


def test_nothing_is_sent_again_as_of_an_earlier_day(send, overdue):
    send("a.pdf", on=ON + timedelta(days=3))
    with pytest.raises(Refused, match="after"):
        send("b.pdf")
    assert len(entered()) == 2 and not list(overdue.glob("b.pdf*"))


def test_only_the_workforce_sends_and_a_letterhead_says_what_it_has_to(gate, overdue):
    head = read_letterhead(overdue / NAME)
    with pytest.raises(Refused, match="workforce"):
        mailing.send(out=overdue / "a.pdf", head=head, gate=gate, by="stranger", on=ON)
    for wrong, says in (
        (HEAD.replace("phone", "fax"), "fax"),
        (HEAD.replace("es = ", "# "), "ways.es"),
        ("", "needs"),
    ):
        (overdue / NAME).write_text(wrong)
        with pytest.raises(BadInput, match=says):
            read_letterhead(overdue / NAME)
    with pytest.raises(BadInput, match="no letterhead"):
        read_letterhead(overdue / "other.toml")

"""The pages of overdue accounts: portfolio, what-if, time-line and bulk decision, and the customer's own list; nobody is named. All data is invented."""

import csv
import hashlib
import io
import re
from datetime import timedelta

import pytest

from meterkeep.desks.arrears import actions, queries
from meterkeep.desks.arrears.kinds import ActKind, FileKind
from meterkeep.desks.arrears.letters.head import NAME
from meterkeep.desks.arrears.models import Account, Act
from meterkeep.desks.arrears.positions import positions
from meterkeep.desks.arrears.reading.mappings import plain_layout
from meterkeep.desks.arrears.reading.tables import read_table
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.workforce.models import Assignment
from meterkeep.faces.console.collections import pages


def furnish(house, folder):
    """Three overdue reports: one first letter is due, one account is small; two were returned, of which one may go and one may be written off."""
    on, gate = house.custodian.today(), house.custodian.gate

    def take_in(kind, *lines):
        layout = plain_layout(FileKind(kind))
        path = folder / f"{kind}.csv"
        path.write_text("\n".join([",".join(layout.columns.values()), *lines]) + "\n")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        actions.take_in(
            read=read_table(path, layout, as_of=on), sha256=digest, gate=gate, by="officer", on=on
        )

    def due(days):
        return on - timedelta(days=days)

    take_in("overdue", f"ACC-000000,312.45,{due(100)},", f"ACC-000001,40.00,{due(20)},")
    take_in(
        "returned",
        f"ACC-000002,1250.00,{due(200)},{on},",
        f"ACC-000003,12.00,{due(150)},{on},",
        f"ACC-000004,90.10,{due(160)},{on},",
    )
    actions.check_agency(
        party="tern-analytics",
        licence="1 (synthetic)",
        until=None,
        source="the state's register",
        by="officer",
        on=on,
    )
    return {one.customer: one.reference for one in Account.objects.all()}


@pytest.fixture
def known(house, tmp_path):
    return furnish(house, tmp_path)


@pytest.fixture
def staff(client, house):
    client.force_login(house.users["staff"])
    return client


def text_of(answer, status=200):
    assert answer.status_code == status, answer.content[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_portfolio_says_how_much_how_old_and_what_is_next(staff, house, known):
    answer = staff.get("/console/collections")
    text = text_of(answer)
    assert "$1,704.55" in text and "91 to 119 days" in text and "$352.45" not in text
    assert "First letter" in text and "May go to an agency" in text and "May be written off" in text
    svg = re.search(r"<svg.*?</svg>", answer.content.decode(), re.S)[0]
    assert "1 to 90 days · 1 account: $40.00" in svg
    assert "Synthetic Customer" not in text and not [one for one in house.customers if one in text]
    assert "Primera carta" in text_of(staff.get("/console/collections", headers={"Accept-Language": "es"}))


def test_the_file_has_what_was_chosen_and_a_what_if_another_day(staff, known, house):
    rows = list(csv.DictReader(io.StringIO(staff.get("/console/collections.csv").content.decode())))
    assert sum(round(float(row["overdue"]) * 100) for row in rows) == 170455 and len(rows) == 5
    rows = list(
        csv.DictReader(io.StringIO(staff.get("/console/collections.csv?next=first_letter").content.decode()))
    )
    assert [row["overdue"] for row in rows] == ["1250.00", "312.45"]
    rows = list(
        csv.DictReader(
            io.StringIO(staff.get("/console/collections.csv?next=referral_candidate").content.decode())
        )
    )
    assert [row["overdue"] for row in rows] == ["1250.00", "90.10"]
    later = house.custodian.today() + timedelta(days=25)
    then = staff.get(f"/console/collections?on={later}").content.decode()
    assert "120 to 179 days · 2 accounts: $324.45" in then and "another day than today" in then
    assert Act.objects.exclude(kind="returned").count() == 0
    text_of(staff.get("/console/collections?on=soon"), 400)


def test_an_account_is_opened_by_its_reference_and_tells_its_time_line(staff, house, known):
    reference = known[house.customers[0]]
    actions.enter(
        account=Account.objects.get(reference=reference), kind=ActKind.DISPUTE_OPENED, by="officer",
        on=house.custodian.today(), why="The amount.",
    )  # fmt: skip
    text = text_of(staff.get(f"/console/collections/accounts/{reference}"))
    assert "$312.45" in text and "Dispute came in" in text and "The amount." in text and "On hold" in text
    assert "Overdue, as the utility reported it" in text and "ACC-" not in text
    text_of(staff.get("/console/collections/accounts/A-nobody"), 404)


def test_a_decision_is_looked_at_first_and_takes_a_reason_and_what_was_seen(staff, house, known):
    big = known[house.customers[2]]
    page = staff.get("/console/collections/decide?what=refer")
    assert big in text_of(page) and known[house.customers[3]] not in text_of(page)
    asked = {"what": "refer", "account": [big], "agency": "tern-analytics", "why": "Returned, and large."}
    text_of(staff.post("/console/collections/decide", {**asked, "do": "preview", "why": " "}), 400)
    seen = text_of(staff.post("/console/collections/decide", {**asked, "do": "preview"}))
    assert (
        "$1,250.00" in seen
        and "Tern Load Analytics" in seen
        and "officer" in seen
        and "Nothing is decided yet" in seen
    )
    assert not Act.objects.filter(kind="referred").exists()
    text_of(staff.post("/console/collections/decide", {**asked, "do": "decide", "cents": "1"}), 403)
    done = staff.post("/console/collections/decide", {**asked, "do": "decide", "cents": "125000"})
    assert done.status_code == 302
    (act,) = Act.objects.filter(kind="referred")
    assert (act.by, act.why, act.party, act.cents) == (
        "officer",
        "Returned, and large.",
        "tern-analytics",
        125000,
    )
    text_of(staff.post("/console/collections/decide", {**asked, "do": "decide", "cents": "125000"}), 403)
    small = {
        "what": "write-off",
        "account": [known[house.customers[3]]],
        "why": "Small.",
        "do": "decide",
        "cents": "1200",
    }
    assert staff.post("/console/collections/decide", small).status_code == 302
    assert Act.objects.get(kind="written_off").cents == 1200


def test_only_those_whose_work_is_billing_see_debts(staff, known):
    Assignment.objects.filter(person="officer").update(purposes=["reporting"])
    for name in ("", ".csv", "/decide", "/letters", f"/accounts/{next(iter(known.values()))}"):
        assert "$" not in text_of(staff.get(f"/console/collections{name}"), 403)


def test_customers_read_what_was_done_on_their_account_and_on_no_other(client, house, known):
    on = house.custodian.today()
    mine = Account.objects.get(reference=known[house.customers[0]])
    actions.enter(account=mine, kind=ActKind.FIRST_LETTER, by="officer", on=on, clause="CEA-05/5.1-a")
    actions.enter(account=mine, kind=ActKind.DISPUTE_OPENED, by="officer", on=on, why="A note of the staff.")
    client.force_login(house.users["customer"])
    assert "/portal/overdue" in client.get("/portal/").content.decode()
    text = text_of(client.get("/portal/overdue"))
    assert (
        "$312.45" in text
        and "First letter sent" in text
        and "Dispute came in" in text
        and "CEA-05/5.1-a" in text
    )
    assert "note of the staff" not in text and "officer" not in text
    assert known[house.customers[1]] not in text
    assert "Primera carta enviada" in text_of(
        client.get("/portal/overdue", headers={"Accept-Language": "es"})
    )
    client.force_login(house.users["newcomer"])
    assert "Nothing was ever late" in text_of(
        client.get("/portal/overdue", headers={"Accept-Language": "en"})
    )
    assert "/portal/overdue" not in client.get("/portal/").content.decode()


HEAD = """utility = "Example Gas & Electric"
[office]
name = "Coastal Example Energy"
address = ["100 Harbor Way", "Carlsbad, CA 92008"]
phone = "1-800-555-0100"
[ways]
en = ["Online at example.org/pay"]
es = ["En línea: example.org/pagar"]
"""


@pytest.fixture
def letterhead(house, tmp_path):
    """And one customer has an address to write to."""
    path = tmp_path / "addresses.csv"
    path.write_text(
        "customer_id,account_number,name,billing_address\nC-2,ACC-000002,Synthetic Customer 2,2 Invented Way\n"
    )
    customers.import_customers(path, gate=house.custodian.gate, by="intake", on=house.custodian.today())
    path = house.custodian.home.folder / NAME
    path.write_text(HEAD)
    yield path
    path.unlink()


def test_letters_are_looked_at_printed_once_and_fetched_again_the_same_day(staff, house, known, letterhead):
    text = text_of(staff.get("/console/collections/letters"))
    assert "3 letters are due" in text and "1 letter waits" in text and "Synthetic Customer" not in text
    assert "You can ask to pay in smaller parts" in text and "Online at example.org/pay" in text
    asked = {
        "do": "print",
        "kind": ["first_letter", "returned_letter"],
        "seen-first_letter": "2",
        "seen-returned_letter": "9",
    }
    text_of(staff.post("/console/collections/letters", asked), 403)
    assert not Act.objects.filter(kind="first_letter").exists()
    answer = staff.post("/console/collections/letters", {**asked, "seen-returned_letter": "1"}, follow=True)
    text = text_of(answer)
    sent = Act.objects.exclude(sha256="")
    left = text.count("Left out:")
    assert sent.count() + left == 3 and sent.count() and f"Download {sent.count()} letter" in text
    (digest,) = set(sent.values_list("sha256", flat=True))
    file = staff.post("/console/collections/letters", {"do": "again", "sha256": digest})
    assert file.content.startswith(b"%PDF") and hashlib.sha256(file.content).hexdigest() == digest
    assert not list(house.custodian.home.folder.rglob("letters.pdf*"))
    text_of(staff.post("/console/collections/letters", {"do": "again", "sha256": "0" * 64}), 400)
    text_of(staff.post("/console/collections/letters", {"do": "print"}), 400)


ENGLISH = re.compile(
    r"\b(?:the|is|was|were|of|overdue|days|may|agency|letter|utility|nothing|customer)\b", re.IGNORECASE
)
"""Words of which hardly an English sentence has none, and no Spanish one any."""


def spanish(answer):
    """What the page says outside of what is marked as English, of files and of their own names."""
    text = re.sub(
        r"<(\w+)[^>]* lang=.en.[^>]*>.*?</\1>|<title>.*?</title>", " ", answer.content.decode(), flags=re.S
    )
    main = re.search(r"<main.*?</main>", text, re.S)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_no_english_sentence_stands_on_a_spanish_page_of_overdue_accounts(client, house, known, letterhead):
    client.force_login(house.users["staff"])
    on, es = house.custodian.today(), {"Accept-Language": "es"}
    account = {who: Account.objects.get(reference=known[who]) for who in house.customers if who in known}
    big, mine = account[house.customers[2]], account[house.customers[0]]
    actions.decide(
        found=positions(on=on, accounts=[big]), kind=ActKind.REFERRED, why="Motivo.", by="officer", on=on,
        party="tern-analytics",
    )  # fmt: skip
    for kind in (ActKind.CONVERSATION, ActKind.CALL, ActKind.CALL):
        actions.enter(account=big, kind=kind, by="officer", on=on)
    actions.enter(account=mine, kind=ActKind.FIRST_LETTER, by="officer", on=on, clause="CEA-05/5.1-a")
    actions.enter(
        account=mine, kind=ActKind.DISPUTE_OPENED, by="officer", on=on, why="Motivo.", clause="FED/1692g"
    )
    pages = [
        "",
        *(f"/accounts/{one.reference}" for one in account.values()),
        "/decide?what=refer",
        "/decide?what=write-off",
    ]
    later = on + timedelta(days=200)
    pages += [f"?on={later}", f"/accounts/{big.reference}?on={later}"]
    for path in pages:
        said = spanish(client.get(f"/console/collections{path}", headers=es))
        assert not ENGLISH.findall(said), f"{path}: {said}"
    assert "Se hizo una llamada que no estaba permitida" in spanish(
        client.get(f"/console/collections/accounts/{big.reference}", headers=es)
    )
    client.force_login(house.users["customer"])
    said = spanish(client.get("/portal/overdue", headers=es))
    assert not ENGLISH.findall(said) and "primera carta cuando más de $250.00" in said


def test_what_stops_somebody_is_told_in_their_language(staff, house, known):
    es = {"Accept-Language": "es"}
    small = known[house.customers[3]]
    pages = [
        staff.get("/console/collections?on=soon", headers=es),
        staff.post("/console/collections/decide", {"what": "write-off", "do": "preview"}, headers=es),
        staff.post("/console/collections/decide", {"what": "write-off", "account": small, "do": "preview"}, headers=es),
        staff.post("/console/collections/decide", {"what": "write-off", "account": small, "do": "decide", "cents": "1"}, headers=es),
        staff.post("/console/collections/letters", {"do": "print"}, headers=es),
    ]  # fmt: skip
    Assignment.objects.filter(person="officer").update(purposes=["reporting"])
    pages.append(staff.get("/console/collections", headers=es))
    for answer in pages:
        assert answer.status_code in (400, 403), answer.status_code
        assert not ENGLISH.findall(spanish(answer)), spanish(answer)
    assert "Hace falta un motivo." in spanish(pages[2])


def test_every_account_is_on_one_of_the_pages_in_the_order_asked_for(staff, house, known, monkeypatch):
    monkeypatch.setattr(pages, "PER_PAGE", 2)

    def references(query):
        return re.findall(
            r"/console/collections/accounts/(A-[0-9a-f]+)\?",
            staff.get(f"/console/collections?{query}").content.decode(),
        )

    every = [one for page in (1, 2, 3) for one in references(f"page={page}")]
    assert len(every) == 5 and set(every) == set(known.values())
    assert every == [known[house.customers[n]] for n in (2, 4, 3, 0, 1)]
    upwards = [one for page in (1, 2, 3) for one in references(f"by=amount&page={page}")]
    assert upwards == [known[house.customers[n]] for n in (3, 1, 4, 0, 2)]
    downwards = [one for page in (1, 2, 3) for one in references(f"by=amount&way=down&page={page}")]
    assert downwards == upwards[::-1]
    answer = staff.get("/console/collections?by=amount&page=2")
    assert "Page 2 of 3" in text_of(answer) and 'aria-sort="ascending"' in answer.content.decode()


def test_what_is_entered_is_on_the_page_at_once(staff, house, known):
    before = text_of(staff.get("/console/collections"))
    account = queries.account(known[house.customers[0]])
    actions.enter(
        account=account,
        kind=ActKind.DISPUTE_OPENED,
        by="officer",
        on=house.custodian.today(),
        why="The customer says that it is not theirs.",
    )
    assert "On hold" not in before and "On hold" in text_of(staff.get("/console/collections"))

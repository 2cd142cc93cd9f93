"""What law keeps from a customer for a time: in the log and counted at once, told by nothing but clause and day, shown after it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from gate.world import ON, STAFF, ZONE, World

from meterkeep.errors import BadInput, MeterkeepError, Refused
from meterkeep.gate import Event, Subjects
from meterkeep.gate.request import Secrecy
from meterkeep.gate.withholding import as_detail
from meterkeep.ledger.chains.withholding import order_of
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.verify import Wrong, verify_file

FIRST, SECOND = "a" * 31 + "1", "b" * 31 + "2"
UNTIL = date(2026, 6, 1)
SECRET = Secrecy(until=UNTIL, clause="US/secret-1", basis="5e" * 32, by="counsel")


def at(world: World, day: date) -> World:
    """The same world on another day."""
    return replace(
        world, gate=replace(world.gate, clock=lambda: datetime(day.year, day.month, day.day, 9, tzinfo=ZONE))
    )


def investigate(world: World, **changes: object) -> None:
    """A secret look at the first customer's usage: an intent and an outcome."""
    ask = world.ask(subjects=Subjects.of(FIRST), secrecy=SECRET, **changes)
    with world.gate.open(ask, by="analyst", on=ON) as grant:
        grant.deliver(b"secret", to="")


def shown(world: World, day: date, customer: str = FIRST) -> tuple[list[str], dict[str, object]]:
    """The outcomes on the customer's page, and the customer's file, both on this day."""
    there = at(world, day)
    made = there.gate.chains.file_for(customer, on=day)
    return [row.outcome for row in there.gate.history(customer)], json.loads(made.text)


def keys(world: World) -> str:
    return (world.gate.journal.folder / "public-key").read_text()


@pytest.mark.parametrize(
    ("day", "hidden"),
    [(ON, True), (UNTIL - timedelta(days=1), True), (UNTIL, False), (UNTIL + timedelta(days=1), False)],
    ids=["at once", "the day before", "on the day", "after"],
)
def test_until_the_day_only_clause_and_day_are_told(metered: World, day: date, hidden: bool) -> None:
    investigate(metered)
    page, document = shown(metered, day)
    assert page == (["withheld", "withheld"] if hidden else ["delivered"])
    entries = document["entries"]
    assert len(entries) == 4 and sum("withheld" in item for item in entries) == (2 if hidden else 0)
    assert ("use.delivered" in json.dumps(document)) is not hidden
    assert metered.names()[-4:] == ["use.intent", "withholding.placed", "use.delivered", "withholding.placed"]


def test_the_page_s_line_tells_nothing_else(metered: World) -> None:
    investigate(metered)
    line = metered.gate.history(FIRST)[0]
    assert (line.until, line.clauses) == ("2026-06-01", ("US/secret-1",))
    told = (line.id, line.on, line.actor, line.recipient, line.purpose, line.elements, line.period)
    assert told == ("", "", "", "", "", (), "")


def test_the_customer_s_file_tells_neither_who_nor_why_nor_the_hour(metered: World) -> None:
    investigate(metered)
    document = shown(metered, ON)[1]
    assert "counsel" not in json.dumps(document) and SECRET.basis not in json.dumps(document)
    placed = [json.loads(item["entry"]) for item in document["entries"] if "entry" in item]
    assert [entry["at"] for entry in placed] == ["2026-03-02T00:00:00Z"] * 2


def test_the_list_is_whole_before_and_after(metered: World) -> None:
    """Counted at once: the same chain, first with hashes, later with the entries that they are the hashes of."""
    investigate(metered)
    metered.gate.chains.close_epoch(by="clerk", on=ON)
    before = metered.gate.chains.file_for(FIRST, on=ON).text
    told = verify_file(before, keys(metered))
    assert told[0].startswith(f"{json.loads(before)['checkpoint'].splitlines()[0]}: 4 entries")
    assert sum("withheld until 2026-06-01 or longer, under US/secret-1" in line for line in told) == 2
    after = at(metered, UNTIL).gate.chains.file_for(FIRST, on=UNTIL).text
    assert verify_file(after, keys(metered), earlier=before)
    assert "use.delivered" in "".join(verify_file(after, keys(metered)))


def test_an_entry_withheld_without_leave_is_found(metered: World) -> None:
    """Somebody hides an entry of the customer's file behind its hash."""
    investigate(metered)
    metered.gate.chains.close_epoch(by="clerk", on=ON)
    document = json.loads(metered.gate.chains.file_for(FIRST, on=ON).text)
    document["entries"] = [item for item in document["entries"] if "withholding" not in item.get("entry", "")]
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    with pytest.raises(Wrong, match="the head counts 4 entries of this customer; the file shows 2"):
        verify_file(text, keys(metered))


def test_a_withholding_that_ended_hides_nothing(metered: World) -> None:
    """A file made as if the day had not come, under an epoch of that day."""
    investigate(metered)
    before = json.loads(metered.gate.chains.file_for(FIRST, on=ON).text)
    later = at(metered, UNTIL)
    later.gate.chains.close_epoch(by="clerk", on=UNTIL)
    document = json.loads(later.gate.chains.file_for(FIRST, on=UNTIL).text)
    for item, old in zip(document["entries"], before["entries"], strict=True):
        if "withheld" in old:
            item["withheld"] = old["withheld"]
            del item["entry"]
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    with pytest.raises(Wrong, match="is withheld, though that ended on 2026-06-01"):
        verify_file(text, keys(metered))


def test_nobody_else_s_list_is_touched(metered: World) -> None:
    with metered.gate.open(metered.ask(subjects=Subjects.of(SECOND)), by="analyst", on=ON) as grant:
        grant.deliver(b"bill", to="")
    investigate(metered)
    page, document = shown(metered, ON, SECOND)
    assert page == ["delivered"] and len(document["entries"]) == 2


def test_a_set_of_customers_is_kept_from_each_of_them(metered: World) -> None:
    ask = metered.ask(secrecy=SECRET)
    with metered.gate.open(ask, by="analyst", on=ON) as grant:
        grant.deliver(b"secret", to="")
    for customer in (FIRST, SECOND):
        page, document = shown(metered, ON, customer)
        assert page == ["withheld", "withheld"] and "use.intent" not in json.dumps(document)


def test_a_refused_secret_request_is_withheld_too(metered: World) -> None:
    ask = metered.ask(subjects=Subjects.of(FIRST), purpose="marketing", secrecy=SECRET)
    with pytest.raises(MeterkeepError), metered.gate.open(ask, by="analyst", on=ON):
        pass
    assert set(shown(metered, ON)[0]) == {"withheld"}


@pytest.mark.parametrize("what", ["delivered", "not_delivered", "failed", "refused", "undetermined"])
def test_the_number_of_entries_tells_nobody_what_came_of_it(metered: World, what: str) -> None:
    """All of them leave the same list, the same places and the same sizes of the public tree."""
    unlike: dict[str, dict[str, object]] = {
        "undetermined": {"purpose": "marketing"},
        "refused": {"action": "disclose", "recipient": "mailer", "purpose": "other", "declared": {"use.third_party_solicitation": True}},
    }  # fmt: skip
    if what == "refused":
        metered.facts.told = {**STAFF, "recipient.kind": "contractor"}
    ask = metered.ask(subjects=Subjects.of(FIRST), secrecy=SECRET, **unlike.get(what, {}))
    with suppress(MeterkeepError, ZeroDivisionError), metered.gate.open(ask, by="analyst", on=ON) as grant:
        if what == "delivered":
            grant.deliver(b"secret", to="")
        assert what != "failed" or 1 / 0
    names = [entry.name for _, entry in metered.gate.recent(4)][::-1]
    assert names[0 if what in unlike else 2].endswith(f".{what}")
    assert ("secrecy.padded" in names) is (what in unlike)
    page, document = shown(metered, ON)
    assert page == ["withheld"] * 2
    assert ["withheld" in item for item in document["entries"]] == [True, False, True, False]
    places = [int(item["proof"].split("\n")[1].split()[1]) for item in document["entries"]]
    assert [place - places[0] for place in places] == [0, 1, 2, 3]
    sizes = [int(path.name) for path in (metered.gate.journal.folder / "tile/0/000.p").iterdir()]
    assert sorted(size - places[0] for size in sizes if size > places[0]) == [2, 4]
    assert "secrecy.padded" not in json.dumps(document)


def test_a_desk_s_event_goes_in_with_what_withholds_it_and_once(metered: World) -> None:
    event = Event(
        id="ab" * 16,
        name="request.received",
        at=metered.gate.clock(),
        on=ON,
        actor="clerk",
        subjects=[FIRST[::-1]],
        detail={"request": "R-1", **as_detail(SECRET)},
    )
    assert metered.gate.record(event) == metered.gate.record(event)
    assert metered.names()[-2:] == ["request.received", "withholding.placed"]
    assert "request.received" not in json.dumps(shown(metered, ON)[1])
    assert "request.received" in json.dumps(shown(metered, UNTIL)[1])


def test_it_is_extended_and_ended_by_new_entries(metered: World) -> None:
    investigate(metered)
    held = [index for index, entry in metered.gate.recent(9) if entry.name.startswith("use.")]
    longer = replace(SECRET, until=date(2026, 9, 1), by="judge")
    there = at(metered, date(2026, 5, 1))
    for index in held:
        placed = there.gate.chains.withholding.place(index, longer, on=date(2026, 5, 1))
        entry = there.gate.journal.entry(placed)
        leaf = leaf_hash(there.gate.journal.entry_bytes(index))
        assert (entry.name, entry.clauses) == ("withholding.extended", ["US/secret-1"])
        assert entry.detail["order"] == order_of(leaf, basis=SECRET.basis, by="judge")
    assert shown(metered, UNTIL)[0] == shown(metered, date(2026, 8, 31))[0] == ["withheld", "withheld"]
    assert shown(metered, date(2026, 9, 1))[0] == ["delivered"]
    ended = at(metered, date(2026, 7, 1))
    for index in held:
        ended.gate.chains.withholding.place(
            index, replace(SECRET, until=date(2026, 7, 1)), on=date(2026, 7, 1)
        )
    assert ended.names()[-1] == "withholding.lifted"
    assert shown(metered, date(2026, 7, 1))[0] == ["delivered"]


def test_what_makes_no_sense_is_refused(metered: World) -> None:
    investigate(metered)
    place = metered.gate.chains.withholding.place
    by_name = {entry.name: index for index, entry in metered.gate.recent(20)}
    with pytest.raises(BadInput, match="withheld until 2026-06-01 already"):
        place(by_name["use.intent"], replace(SECRET, until=UNTIL - timedelta(days=1)), on=ON)
    with pytest.raises(Refused, match="cannot be withheld itself"):
        place(by_name["withholding.placed"], SECRET, on=ON)
    with pytest.raises(BadInput, match="concerns no customer"):
        place(by_name["intake.delivered"], SECRET, on=ON)
    with pytest.raises(BadInput, match="Nobody is named"):
        place(by_name["use.intent"], replace(SECRET, by=""), on=ON)
    with pytest.raises(BadInput, match="has come already"):
        at(metered, UNTIL).gate.chains.withholding.place(by_name["use.intent"], SECRET, on=UNTIL)


def test_after_shredding_old_proofs_hold_and_the_chain_is_nobody_s(metered: World) -> None:
    with metered.gate.open(metered.ask(subjects=Subjects.of(FIRST)), by="analyst", on=ON) as grant:
        grant.deliver(b"bill", to="")
    metered.gate.chains.close_epoch(by="clerk", on=ON)
    before = metered.gate.chains.file_for(FIRST, on=ON).text
    metered.register.agreements = [a for a in metered.register.agreements if a.customer != FIRST]
    with metered.gate.open(metered.ask(), by="analyst", on=ON) as grant:
        grant.deliver(b"bill", to="")
    metered.gate.chains.close_epoch(by="clerk", on=ON)
    assert verify_file(before, keys(metered))
    assert FIRST not in before

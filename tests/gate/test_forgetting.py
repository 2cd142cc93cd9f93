"""All that is kept of a customer goes at once, and what files say of them; of everyone else nothing."""

from __future__ import annotations

import bz2
import gzip
import tarfile
import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gate.world import ON, Agreement

from meterkeep.gate import Farewell, Refused, Subjects, Undetermined

DUE = {
    "record.still_needed": False,
    "record.hold": False,
    "record.law_requires_keeping": False,
    "record.floor_reached": True,
}
CANARY = {
    "account_number": "ACCT-00-4711-CANARY",
    "phone": "+1 (805) 555-0142",
    "email": "quill.canary@example.com",
    "name": "Quillfeather Canary",
}


@pytest.fixture
def peopled(metered):
    """The first customer has moved away, the second lives at their usage point now, the third elsewhere; each with an identity."""
    vault, register = metered.gate.vault, metered.register
    ids = [vault.new_customer() for _ in range(3)]
    metered.register.agreements = [
        Agreement(new, a.usage_point, a.start, a.end) for new, a in zip(ids, register.agreements, strict=True)
    ]
    for number, one in enumerate(ids):
        vault.write({one: {name: f"{value}{number or ''}" for name, value in CANARY.items()}})
    return metered, ids


def forget(world, customer, *, apply=True, **farewell):
    whom = Farewell(**{"customers": (customer,), "declared": DUE, **farewell})
    return world.gate.forget(whom, why="left long ago", by="officer", on=ON, apply=apply)


def hours(world, customer):
    with world.gate.open(world.ask(subjects=Subjects.of(customer)), by="analyst", on=ON) as grant:
        return grant.readings().num_rows


def test_key_index_fields_and_readings_go_together(peopled):
    world, (first, second, third) = peopled
    others = hours(world, second), hours(world, third)
    done = forget(world, first)
    assert (done.applied, done.findings, done.told["readings"], done.told["values"], done.told["keys"]) == (
        True, [], 15 * 24, 4, 1,
    )  # fmt: skip
    assert done.told["identities_before"] != done.told["identities_after"] and done.told["values_left"] == 0
    assert done.told["files_before"] != done.told["files_after"]
    assert world.gate.vault.find("account_number", CANARY["account_number"]) == []
    assert world.gate.vault.read([first], list(CANARY)) == {}
    assert (hours(world, first), hours(world, second), hours(world, third)) == (0, *others)


def test_the_log_has_the_intent_before_and_the_outcome_after(peopled):
    world, (first, *_) = peopled
    done = forget(world, first)
    (_, outcome), (_, intent) = world.gate.recent(2)
    assert (intent.name, outcome.name) == ("destruction.intent", "destruction.delivered")
    assert (outcome.intent, done.intent, intent.subjects) == (intent.id, intent.id, [first[::-1]])
    assert intent.detail["identities_before"] == outcome.detail["identities_before"]
    assert outcome.digest == done.told["identities_after"] and set(done.clauses) == set(intent.clauses)


def test_counting_destroys_and_records_nothing(peopled):
    world, (first, *_) = peopled
    before = world.names()
    counted = forget(world, first, apply=False)
    assert (counted.told["readings"], counted.told["values"], counted.applied) == (15 * 24, 4, False)
    assert world.names() == before and hours(world, first)


def test_without_a_fact_or_under_a_hold_nothing_goes(peopled):
    world, (first, _, _) = peopled
    with pytest.raises(Undetermined):
        forget(world, first, declared={})
    with pytest.raises(Refused):
        forget(world, first, declared={**DUE, "record.hold": True})
    assert hours(world, first) and world.gate.vault.find("email", CANARY["email"]) == [first]


def test_one_customer_who_may_not_go_keeps_the_others_of_the_lot(peopled):
    from meterkeep.gate.sources import CustomerFacts

    world, (first, second, _) = peopled
    world.choices.told = CustomerFacts({}, {second: {"record.hold": True}})
    with pytest.raises(Refused, match="1 of 2 customers"):
        forget(world, first, customers=(first, second))
    assert hours(world, first)


def test_asked_again_it_says_what_the_log_has(peopled):
    world, (first, *_) = peopled
    done, again = forget(world, first), forget(world, first)
    assert again.already and again.told == done.told and again.intent == done.intent


def test_usage_points_that_nobody_else_held_lose_their_identifiers(peopled):
    world, (_, _, third) = peopled
    vault = world.gate.vault
    number, other = vault.known_surrogate("SYN-2"), vault.known_surrogate("SYN-1")
    forget(world, third, usage_points=(number,))
    assert vault.known_surrogate("SYN-2") is None and vault.usage_point_identifiers(number) == ()
    assert vault.known_surrogate("SYN-1") == other


def put(folder, usage_point):
    """One file of each kind that says something of the first customer, and one that says nothing of anybody."""
    folder.mkdir()
    row = f"acct 00-4711 Canary,2026-01-01,{'1' * 40}\n"
    (folder / "plain.csv").write_text(row)
    with gzip.open(folder / "packed.csv.gz", "wt") as file:
        file.write("+1-805-555-0142;2026-01-01\n")
    with zipfile.ZipFile(folder / "several.zip", "w") as archive:
        archive.writestr("other.csv", "nobody,1\n")
        archive.writestr("mail.json", '{"to": "Quill.Canary@example.com"}')
    pq.write_table(pa.table({"usage_point": pa.array([usage_point], pa.int32())}), folder / "of.parquet")
    (folder / "nothing.csv").write_text("ACCT-00-4712-CANARY,2026-01-01,1\n")
    return {"plain.csv", "packed.csv.gz", "several.zip", "of.parquet"}


def test_files_that_say_something_of_the_customer_go_and_others_stay(peopled, tmp_path):
    world, (_, _, third) = peopled
    world.gate.vault.write({third: CANARY})
    number = 1234567890
    theirs = put(tmp_path / "exports", number)
    counted = forget(world, third, usage_points=(number,), folders=(tmp_path / "exports",), apply=False)
    assert counted.told["copies"] == len(theirs) and len(list((tmp_path / "exports").iterdir())) == 5
    done = forget(world, third, usage_points=(number,), folders=(tmp_path / "exports",))
    assert {path.name for path in (tmp_path / "exports").iterdir()} == {"nothing.csv"}
    assert (done.told["copies"], len(done.copies), done.told["copies_unread"]) == (4, 4, 0)


def test_a_file_with_somebody_who_is_held_stays_and_is_counted(peopled, tmp_path):
    world, (first, second, _) = peopled
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "both.csv").write_text("ACCT-00-4711-CANARY,1\nACCT-00-4711-CANARY1,2\n")
    done = forget(world, first, folders=(tmp_path / "exports",), spared=(second,))
    assert (done.told["copies"], done.told["copies_kept"]) == (0, 1)
    assert (tmp_path / "exports" / "both.csv").exists()


def test_a_file_that_cannot_be_read_is_told(peopled, tmp_path):
    world, (first, *_) = peopled
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "what.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    assert forget(world, first, folders=(tmp_path / "exports",)).told["copies_unread"] == 1


def test_somebody_without_any_usage_point_goes_too(peopled):
    world, _ = peopled
    alone = world.gate.vault.new_customer()
    world.gate.vault.write({alone: CANARY})
    world.register.agreements.append(Agreement(alone, 1, date(2027, 1, 1), date(2028, 1, 1)))
    done = forget(world, alone)
    assert (done.applied, done.told["readings"], done.told["values"]) == (True, 0, 4)


@pytest.mark.parametrize(
    "place",
    ["home.toml.bak", "ledger-export.csv", "store1.csv", "keys.csv", "ledger/extra/x.csv", "vault/old/x.csv"],
)
def test_files_beside_a_home_s_own_are_looked_into(peopled, tmp_path, place):
    world, (first, *_) = peopled
    (tmp_path / "h" / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "h" / "home.toml").write_text("ACCT-00-4711-CANARY")
    (tmp_path / "h" / place).write_text("ACCT-00-4711-CANARY,1\n")
    assert forget(world, first, folders=(tmp_path / "h",)).told["copies"] == 1
    assert (tmp_path / "h" / "home.toml").exists() and not (tmp_path / "h" / place).exists()


@pytest.mark.parametrize(
    "text",
    [
        "error for ACCT-00-4711-CANARY in file",
        "account:ACCT-00-4711-CANARY.",
        "phone 18055550142",
        "call 1 (805) 555-0142 now",
    ],
)
def test_prose_is_cut_at_its_words(peopled, tmp_path, text):
    world, (first, *_) = peopled
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x.log").write_text(f"2026-01-01 {text}\n")
    pq.write_table(pa.table({"note": [f"note {text}"]}), tmp_path / "logs" / "x.parquet")
    assert forget(world, first, folders=(tmp_path / "logs",)).told["copies"] == 2


def test_bzip2_xz_and_tar_are_read(peopled, tmp_path):
    world, (first, *_) = peopled
    folder = tmp_path / "packed"
    folder.mkdir()
    (tmp_path / "x.csv").write_text("ACCT-00-4711-CANARY,1\n")
    (folder / "x.bz2").write_bytes(bz2.compress((tmp_path / "x.csv").read_bytes()))
    for name, mode in (("x.tar.xz", "w:xz"), ("x.tar", "w"), ("x.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as archive:
            archive.add(tmp_path / "x.csv", "x.csv")
    with tarfile.open(folder / "closed.tar", "w") as archive:
        archive.add(folder / "x.bz2", "x.bz2")
    told = forget(world, first, folders=(folder,)).told
    assert (told["copies"], told["copies_unread"]) == (4, 1)

"""What an entry may hold, and that the same entry always has the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import DecodeError

from meterkeep.errors import BadInput
from meterkeep.ledger import Entry, EventName
from meterkeep.ledger.entries import MAX_BYTES, _encoder, _plain, decode, encode
from meterkeep.ledger.names import is_intent, matching

Make = Callable[..., Entry]


def test_what_is_written_reads_back(make: Make) -> None:
    entry = make(
        "disclosure.intent",
        clauses=["CEA-04/6.5-b"],
        subjects=["ab" * 16],
        digest="cd" * 32,
        detail={"elements": "zip", "records": 3, "months": ["2026-01"]},
    )
    assert decode(encode(entry)) == entry


def test_the_bytes_do_not_depend_on_the_order_of_details(make: Make) -> None:
    fixed = {"id": "00" * 16, "nonce": "11" * 16}
    one = make(**fixed, detail={"a": 1, "b": 2})
    two = make(**fixed, detail={"b": 2, "a": 1})
    assert encode(one) == encode(two)
    assert encode(one) == (
        b'{"id":"00000000000000000000000000000000","name":"policy.adopted","at":"2026-03-01T09:30:00Z",'
        b'"on":"2026-03-01","actor":"person-1","nonce":"11111111111111111111111111111111","detail":{"a":1,"b":2}}'
    )


def test_ids_and_nonces_are_random(make: Make) -> None:
    assert len({make().id for _ in range(50)} | {make().nonce for _ in range(50)}) == 100


def test_the_longest_entry_has_65_535_bytes(make: Make) -> None:
    room = MAX_BYTES - len(encode(make(recipient="x"))) + 1
    assert len(encode(make(recipient="x" * room))) == MAX_BYTES
    with pytest.raises(BadInput, match="65,536 bytes") as refused:
        encode(make(recipient="x" * (room + 1)))
    assert "digest" in refused.value.next


@pytest.mark.parametrize("name", ["", "policy", "policy.Adopted", "disclosure.sent"])
def test_an_event_outside_the_vocabulary_is_refused(make: Make, name: str) -> None:
    with pytest.raises(BadInput, match="no event named"):
        encode(make(name))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "0" * 31},
        {"id": "G" * 32},
        {"nonce": ""},
        {"at": "2026-03-01T09:30:00"},
        {"at": "2026-03-01T09:30:00+01:00"},
        {"on": "2026-03-01T00:00:00Z"},
        {"on": "2026-03-01\n"},
        {"digest": "ab"},
        {"intent": "ab"},
        {"subjects": ["somebody"]},
        {"subject_count": -1},
        {"detail": {"share": 0.5}},
        {"clauses": "CEA-04/6.5-b"},
    ],
    ids=str,
)
def test_a_field_outside_its_form_is_refused_with_its_name(make: Make, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refused:
        encode(make(**wrong))
    assert next(iter(wrong)) in str(refused.value)


def test_microseconds_are_welcome(make: Make) -> None:
    assert decode(encode(make(at="2026-03-01T09:30:00.123456Z"))).at.endswith(".123456Z")


def test_every_event_has_a_sentence_and_its_place_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "log.md").read_text()
    for name in EventName:
        assert name.says.endswith("."), name
        assert f"`{name}`" in page, f"docs/log.md does not list {name}"
        assert name.says in page, f"docs/log.md says something else of {name}"


def test_every_intent_can_be_answered_in_every_way() -> None:
    families = [name.removesuffix(".intent") for name in EventName if is_intent(name)]
    assert "disclosure" in families
    for family in families:
        endings = {name.rpartition(".")[2] for name in matching(f"{family}.")}
        assert endings >= {"intent", "delivered", "not_delivered", "failed", "refused", "undetermined"}


TEXT = st.text(max_size=12)
ANY = st.one_of(
    TEXT,
    st.integers(),
    st.none(),
    st.floats(allow_nan=False),
    st.lists(TEXT, max_size=2),
    st.sampled_from(["", "ab" * 16, "cd" * 32]),
)


@settings(max_examples=300, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(Entry.__struct_fields__), ANY, max_size=4),
    detail=st.dictionaries(TEXT, ANY, max_size=3),
)
def test_the_quick_check_passes_nothing_that_does_not_read_back(
    fields: dict[str, Any], detail: dict[str, Any]
) -> None:
    """Structs are not checked when they are made, so that anything may stand in any field."""
    sound = {"name": "policy.adopted", "at": "2026-03-01T09:30:00Z", "on": "2026-03-01", "detail": detail}
    data = _encoder.encode(Entry(**{**sound, **fields}))
    try:
        decode(data)
        reads_back = True
    except DecodeError:
        reads_back = False
    assert not _plain.fullmatch(data) or reads_back


def test_the_quick_check_knows_every_field() -> None:
    full = Entry(
        name="access.delivered", at="2026-03-01T09:30:00.123456Z", on="2026-03-01", actor="a", purpose="p", clauses=["A/1", "B/2"],
        pack_digest="ab" * 32, recipient="r", outcome="permit", subjects=["ab" * 16], subject_set="cd" * 32, subject_count=7,
        intent="ef" * 16, digest="01" * 32, lease="host:1:2", detail={"one": 1, "two": "zwei ü"},
    )  # fmt: skip
    assert _plain.fullmatch(_encoder.encode(full))
    assert _plain.fullmatch(encode(Entry(name="policy.adopted", at="2026-03-01T09:30:00Z", on="2026-03-01")))
    assert not _plain.fullmatch(_encoder.encode(full).replace(b"01" * 32, b"01" * 31))

"""Whatever is erased, the store says of everything else, to the byte, what it would say had it only been asked for that."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterkeep.readings.store import Store

from .test_oracle import MANY, some

FIRST = 1_743_400_800  # an hour before April 2025 begins in Los Angeles
HOUR = 3600
EVER = 2**33
AT = datetime(2026, 1, 1, tzinfo=UTC)
STREAMS = [
    (1, "delivered", "Wh", 0),
    (17, "delivered", "Wh", -1),
    (17, "register", "Wh", 0),
    (2, "net", "kW", 1),
]

readings = st.tuples(
    st.integers(0, 3), st.integers(0, 60), st.sampled_from([900, HOUR, HOUR, 7200]), st.integers(-50, 50),
    st.sampled_from(["", "espi:0", "espi:7"]),
)  # fmt: skip
files = st.lists(st.lists(readings, min_size=1, max_size=40), min_size=1, max_size=4)
spans = st.lists(
    st.tuples(st.sampled_from([1, 17, 2]), st.integers(-2, 62), st.integers(1, 40)), min_size=1, max_size=3
)


def everything(store, kit, moments):
    asked = kit.holdings(*((u, 0, EVER) for u in (1, 2, 17)))
    return [store.read(asked, known=known) for known in moments]


def spared(table: pa.Table, erased) -> pa.Table:
    """The rows that touch none of the spans."""
    touched = [
        any(
            row["usage_point"] == u
            and row["start"].timestamp() < b
            and row["start"].timestamp() + max(row["seconds"], 1) > a
            for u, a, b in erased
        )
        for row in table.to_pylist()
    ]
    return table.filter(pa.array([not one for one in touched], pa.bool_()))


@pytest.mark.parametrize("examples", [8, MANY])
def test_an_erasure_takes_what_touches_it_and_nothing_else(kit, new_store, tmp_path_factory, examples):
    @some(examples)
    @given(files, spans, st.booleans(), st.sampled_from(["no", "before", "after"]))
    def check(told, asked, withdrawn, compacted):
        folder = tmp_path_factory.mktemp("store")
        erase_some(kit, new_store, folder, told, asked, withdrawn=withdrawn, compacted=compacted)

    check()


def erase_some(kit, new_store, folder, told, asked, *, withdrawn, compacted):
    store: Store = new_store(folder / "store", zone="America/Los_Angeles")
    moments = [None]
    for day, rows in enumerate(told):
        received = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(days=day)
        moments.append(received + timedelta(hours=1))
        file = kit.File(
            f"{day}", STREAMS, [kit.Row(s, FIRST + h * HOUR, *rest) for s, h, *rest in rows], received
        )
        kit.take_in(store, file)
    if withdrawn:
        store.withdraw(kit.File("0", [], []).digest, received=datetime(2025, 7, 1, tzinfo=UTC))
    if compacted == "before":
        store.compact(as_of=date(2026, 1, 1))
    erased = [(u, FIRST + a * HOUR, FIRST + (a + length) * HOUR) for u, a, length in asked]
    expected = [spared(table, erased) for table in everything(store, kit, moments)]
    done = store.erase(kit.holdings(*erased), at=AT)
    if compacted == "after":
        store.compact(as_of=date(2026, 1, 1))
    assert done.findings == [] and store.prove() == []
    assert everything(store, kit, moments) == expected
    for table in everything(store, kit, moments):
        assert spared(table, erased) == table

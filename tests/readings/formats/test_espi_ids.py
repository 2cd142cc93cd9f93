from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meterkeep.readings.formats.green_button import ids as feed_ids


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=6), st.integers(0, 5))
def test_an_id_is_repeated_from_its_second_time_on(batches, pending):
    before, feed_ids._PENDING = feed_ids._PENDING, pending
    try:
        ids, seen = feed_ids.Ids(), []
        for batch in batches:
            ids.see(batch)
            seen += batch
            assert [ids.repeated(one) for one in "abcdefgh"] == [seen.count(one) > 1 for one in "abcdefgh"]
    finally:
        feed_ids._PENDING = before

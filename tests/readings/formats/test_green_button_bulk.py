"""Feeds of many usage points, and entries of many blocks: what the parser does not see of them changes nothing, to the byte."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from meterkeep.readings.formats.green_button.runs import RunCutter
from tests.readings.formats.test_green_button_stretches import FORMS, FRAGMENTS, HEAD, READING, both, damaged

__all__ = ["both"]

POINTS = [
    "<entry><id>urn:uuid:1000-{p}</id><link rel='self' href='U/{c}/UsagePoint/point{p:04}'/><title>{title}</title><content>"
    "<e:UsagePoint><e:ServiceCategory><e:kind>0</e:kind></e:ServiceCategory></e:UsagePoint></content></entry>\n",
    "<entry><link rel='self' href='U/{c}/UsagePoint/point{p:04}'/><link rel='related' href='U/{c}/UsagePoint/point{p:04}/MeterReading'/>"
    "<content><e:UsagePoint><e:name>{title}</e:name></e:UsagePoint></content></entry>",
]
METERS = [
    "<entry><id>urn:uuid:2000-{p}</id><link rel='self' href='U/{c}/UsagePoint/point{p:04}/MeterReading/1'/>"
    "<link rel='related' href='ReadingType/{kind}'/><content><e:MeterReading/></content></entry>\n",
    "<entry><link rel='self' href='U/{c}/UsagePoint/point{p:04}/MeterReading/1'/><link rel='related' href='ReadingType/{kind}'/>"
    "<link rel='related' href='U/{c}/UsagePoint/point{p:04}/MeterReading/1/IntervalBlock'/><content><e:MeterReading></e:MeterReading></content></entry>",
    "<entry><link rel='self' href='U/{c}/UsagePoint/point{p:04}/MeterReading/1'/><link rel='related' href='ReadingType/{kind}'/>"
    "<link rel='related' href='S/{c}/UsagePoint/point{p:04}/MeterReading/1/IntervalBlock/1'/><content><e:MeterReading/></content></entry>",
    "",
]
TYPES = [
    "<entry><link rel='self' href='ReadingType/{kind}'/><content><e:ReadingType><e:accumulationBehaviour>{behaviour}</e:accumulationBehaviour>"
    "<e:intervalLength>{length}</e:intervalLength><e:uom>{uom}</e:uom></e:ReadingType></content></entry>\n",
    "<entry><id>type</id><link rel='self' href='ReadingType/{kind}'/><title>{title}</title><content><e:ReadingType><e:uom> {uom}</e:uom>"
    "<e:uom>38</e:uom><e:kind>12x</e:kind><e:name>{title}</e:name></e:ReadingType></content></entry>",
]
OTHERS = [
    "<entry><content><e:LocalTimeParameters><e:dstOffset>{length}</e:dstOffset></e:LocalTimeParameters></content></entry>",
    "<entry><link rel='self' href='U/{c}/UsagePoint/point{p:04}/UsageSummary/1'/><content><e:UsageSummary><e:billLastPeriod>{c}</e:billLastPeriod>"
    "<e:costAdditionalDetailLastPeriod><e:amount>{p}</e:amount></e:costAdditionalDetailLastPeriod></e:UsageSummary></content></entry>\n",
    "",
    "<entry><content><e:x>{title}</e:x></content></entry>",
]
BLOCK_ENTRIES = [
    "<entry><id>urn:uuid:3000-{p}-{n}</id><link rel='self' href='{root}/{c}/UsagePoint/point{p:04}/MeterReading/1/IntervalBlock/{n}'/>"
    "<content>{blocks}</content></entry>\n",
    "<entry>\n<link rel='up' href='{root}/{c}/UsagePoint/point{p:04}/MeterReading/1/IntervalBlock'/>\n<content>{blocks}</content>\n</entry>\n",
    "<entry><link rel='self' href='{root}/{c}/UsagePoint/point{p:04}/MeterReading/{n}'/><content>{blocks}</content></entry>",
]
BLOCK = "<e:IntervalBlock><e:interval><e:duration>3600</e:duration><e:start>{start}</e:start></e:interval>{readings}</e:IntervalBlock>\n"


def feed(chance: random.Random):
    """Usage points with the same few entries each, their readings in one entry or several, of one block or several."""
    styles = [chance.choice(each) for each in (POINTS, METERS, TYPES, OTHERS, BLOCK_ENTRIES)]
    form, root = chance.choice([READING, READING, *FORMS]), chance.choice(["U", "U", "S"])
    entries, blocks, readings = chance.choice([(2, 1, 3), (1, 5, 2), (3, 1, 1), (2, 3, 1)])
    alike, found, at = chance.random() < 0.7, [], 0
    for p in range(chance.choice([4, 9])):
        told = {"p": p, "c": p % 2, "kind": p // 2 if alike else chance.randrange(3), "title": chance.choice(["", "One", "Two"]),
                "length": 900 if alike else chance.choice([900, 3600]), "uom": 72 if alike else chance.choice([72, 38]),
                "behaviour": 4 if alike else chance.choice([1, 4])}  # fmt: skip
        own = [chance.choice(each) for each in (POINTS, METERS, TYPES, OTHERS)] if not alike else styles[:4]
        found += [each.format(**told) for each in own]
        for n in range(entries):
            inner = ""
            for _ in range(blocks):
                at += 1
                rows = "".join(
                    form.format(seconds=900, start=1_600_000_000 + 900 * at + 900 * n, value=chance.randrange(-5, 999), part=5)
                    for n in range(readings)
                )  # fmt: skip
                inner += BLOCK.format(start=at, readings=rows)
            found.append(styles[4].format(n=n, blocks=inner, root=root, **told))
    if chance.random() < 0.3:
        chance.shuffle(found)
    return HEAD + "".join(found) + "</feed>"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(FRAGMENTS)), max_size=3),
    chunk=st.sampled_from([900, 4_000, 1 << 18]),
)
@example(seed=0, changes=[], chunk=1 << 18)
@example(seed=1, changes=[], chunk=900)
def test_a_bulk_feed_damaged_or_not_is_read_or_refused_as_without_cutting(both, seed, changes, chunk):
    both(damaged(feed(random.Random(seed)), changes), chunk)


@pytest.mark.slow
@settings(max_examples=8_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(FRAGMENTS)), max_size=3),
    chunk=st.sampled_from([900, 4_000, 1 << 18]),
)
def test_many_bulk_feeds(both, seed, changes, chunk):
    both(damaged(feed(random.Random(seed)), changes), chunk)


@pytest.mark.parametrize("wrap", ["<!--{}-->", "<![CDATA[{}]]>", "<?p {}?>", "<x>{}</x>", "<content>{}</content>", '<x a="{}"/>',
                                  "<entry><content><e:IntervalBlock>{}</e:IntervalBlock></content></entry>",
                                  "<entry><content><e:UsagePoint>{}</e:UsagePoint></content></entry>"])  # fmt: skip
@pytest.mark.parametrize("seed", range(6))
def test_entries_where_none_belong(both, wrap, seed):
    text = feed(random.Random(seed))
    inner = text.removeprefix(HEAD).removesuffix("</feed>")
    both(HEAD + inner + wrap.format(inner) + inner + "</feed>")


def left_to_the_parser(text):
    cutter = RunCutter(decimals=0)
    text = text.encode()
    left = sum(len(cutter.feed(text[at : at + 262_144])) for at in range(0, len(text), 262_144))
    return (left + len(cutter.rest())) / len(text)


def test_the_entries_of_a_usage_point_are_left_out_of_what_is_parsed():
    rows = "".join(READING.format(seconds=3600, start=1_600_000_000 + 3600 * n, value=n) for n in range(24))
    text = HEAD
    for p in range(300):
        told = {"p": p, "c": 1, "kind": p, "title": f"Street {p}", "length": 3600, "uom": 72, "behaviour": 4}
        text += "".join(style.format(**told) for style in (POINTS[0], METERS[0], TYPES[0], OTHERS[1]))
        text += BLOCK_ENTRIES[0].format(root="U", n=1, blocks=BLOCK.format(start=1, readings=rows), **told)
    assert left_to_the_parser(text + "</feed>") < 1 / 50


def test_the_blocks_of_one_entry_are_left_out_of_what_is_parsed():
    rows = "".join(READING.format(seconds=3600, start=1_600_000_000 + 3600 * n, value=n) for n in range(24))
    blocks = "".join(BLOCK.format(start=n, readings=rows) for n in range(900))
    entry = BLOCK_ENTRIES[0].format(root="U", n=1, p=1, c=1, blocks=blocks)
    assert left_to_the_parser(HEAD + entry + "</feed>") < 1 / 50

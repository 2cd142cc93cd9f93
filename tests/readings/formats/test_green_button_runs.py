"""Cutting runs out of the XML changes nothing: the same series, readings, findings and refusals as without, to the byte."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.green_button import reader as greenbutton
from meterkeep.readings.formats.green_button import xml_source
from meterkeep.readings.formats.green_button.runs import RunCutter

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi">'
    '<entry><link rel="self" href="U/1/UsagePoint/twin01"/><content><e:UsagePoint/></content></entry>'
    '<entry><link rel="self" href="U/1/UsagePoint/twin01/MeterReading/1"/><link rel="related" href="ReadingType/1"/>'
    "<content><e:MeterReading/></content></entry>"
    '<entry><link rel="self" href="ReadingType/1"/><content><e:ReadingType><e:intervalLength>900</e:intervalLength>'
    "<e:uom>72</e:uom></e:ReadingType></content></entry>"
)
FORMS = [
    "<e:IntervalReading><e:timePeriod><e:duration>900</e:duration><e:start>{start}</e:start></e:timePeriod><e:value>{value}</e:value></e:IntervalReading>",
    "<e:IntervalReading>\n  <e:cost>12</e:cost>\n <e:timePeriod>\n<e:start>{start}</e:start></e:timePeriod>\r\n<e:value> {value} </e:value></e:IntervalReading>\n",
    "<e:IntervalReading><e:ReadingQuality><e:quality>8</e:quality></e:ReadingQuality><e:timePeriod><e:duration>900</e:duration>"
    "<e:start>{start}</e:start></e:timePeriod><e:value>{value}</e:value><e:tou>2</e:tou></e:IntervalReading>",
    "<e:IntervalReading><e:timePeriod><e:duration>0</e:duration><e:start>{start}</e:start></e:timePeriod><e:value>{value}.5</e:value></e:IntervalReading>",
    "<e:IntervalReading><e:value>{value}</e:value></e:IntervalReading>",
    "<e:IntervalReading><e:timePeriod><e:start>{start}</e:start></e:timePeriod><e:timePeriod><e:duration>60</e:duration></e:timePeriod>"
    "<e:ReadingQuality>8</e:ReadingQuality><e:value>{value}</e:value></e:IntervalReading>",
    "<e:IntervalReading><e:timePeriod><e:duration>900</e:duration><e:start>{start}</e:start></e:timePeriod><e:value>{value}</e:value>"
    "<e:tou>0</e:tou><e:cpp>1</e:cpp></e:IntervalReading>",
    "<e:IntervalReading><!-- 1/1/20 --><e:timePeriod><e:duration>900</e:duration><e:start>{start}</e:start> <!-- a-b {value}. <e:x> -->\n"
    "</e:timePeriod><e:value>{value}</e:value></e:IntervalReading>",
    "<e:IntervalReading><e:timePeriod><e:duration>900</e:duration><e:start>{start}<!----></e:start></e:timePeriod>"
    "<e:value> {value}<!--7--> </e:value><!-- - --></e:IntervalReading>",
]
FRAGMENTS = [
    "", " ", "<", ">", "&", "&#49;", "&lt;", "-", "7", ".5", "007", "+5", "0x10", "1e3", "\x01", "\x02\x03", "\r\n", "é",
    "<!--", "-->", "--", "<!-- 3 -->", "<!---->", "<![CDATA[", "]]>", "<?p ", "?>", "<e:value>", "</e:value>", "<e:IntervalReading>", "</e:IntervalReading>",
    "<e:IntervalBlock>", "</e:IntervalBlock>", '<IntervalReading run="1"/>', '<e:IntervalReading xmlns:e="urn:other">',
    "<e:quality>17</e:quality>", "</content></entry><entry><content>", "9" * 19, "<e:cpp>1</e:cpp>", "xmlns:e",
]  # fmt: skip


def text_of(rows, *, per_block):
    """rows: (form, start, value)."""
    readings = [FORMS[form].format(start=start, value=value) for form, start, value in rows]
    blocks = ["".join(readings[at : at + per_block]) for at in range(0, len(readings), per_block)]
    entries = [
        f'<entry><link rel="self" href="U/1/UsagePoint/twin01/MeterReading/1/IntervalBlock/{n}"/><content>'
        f"<e:IntervalBlock><e:interval><e:start>1600000000</e:start></e:interval>{block}</e:IntervalBlock></content></entry>"
        for n, block in enumerate(blocks)
    ]
    return HEAD + "".join(entries) + "</feed>"


def told(path):
    """All that a reader tells of a file, or its refusal."""
    try:
        file = open_file(path)
        blocks = list(file.blocks())
    except BadInput as refusal:
        return str(refusal)
    names = [*file.qualities, ""]
    rows = [
        row
        for block in blocks
        for row in zip(
            *(getattr(block, name).tolist() for name in ("series", "start", "duration", "value", "record")),
            [""] * len(block) if block.quality is None else [names[q] for q in block.quality],
            strict=True,
        )
    ]  # fmt: skip
    found = file.findings
    return rows, file.series, sorted(file.qualities), found.records, found.rejected, found.notes, found.places


def uncut(*, decimals, cuts):
    return RunCutter(decimals=decimals, cuts=False)


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Reads a file both ways, in chunks so short that runs begin and end anywhere; gives what both tell."""

    def read_both(content, chunk=1 << 18):
        path = tmp_path / "runs.xml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with monkeypatch.context() as patch:
            patch.setattr(xml_source, "_CHUNK", chunk)
            quick = told(path)
            patch.setattr(greenbutton, "RunCutter", uncut)
            assert quick == told(path)
        return quick

    return read_both


_ROWS = st.lists(
    st.tuples(
        st.sampled_from([0] * 12 + [1, 1, 2, 2, 3, 4, 5, 6, 6, 7, 7, 7, 8, 8]), st.integers(-5, 4_000_000_000), st.integers(-(10**12), 10**12)
    ),
    min_size=1,
    max_size=60,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, per_block=st.integers(1, 40), chunk=st.integers(200, 9000))
def test_mixed_layouts_are_read_as_without_cutting(both, rows, per_block, chunk):
    both(text_of(rows, per_block=per_block), chunk)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(FRAGMENTS)), min_size=1, max_size=4),
    chunk=st.integers(200, 9000),
)  # fmt: skip
def test_a_damaged_file_is_read_or_refused_as_without_cutting(both, seed, changes, chunk):
    chance = random.Random(seed)
    forms = chance.choice([[0], [1], [0] * 30 + [2], [0, 1, 2], [0] * 20 + [3, 4, 5, 6], [7], [7, 8, 0]])
    rows = [(chance.choice(forms), 1_600_000_000 + 900 * n, chance.randrange(1000)) for n in range(40)]
    text = text_of(rows, per_block=chance.choice([7, 40]))
    for where, length, fragment in changes:
        at = int(where * len(text))
        text = text[:at] + fragment + text[at + length * (length < 30) :]
    both(text, chunk)


@pytest.mark.parametrize("form", [0, 7, 8])
@pytest.mark.parametrize(
    "wrap", ["<!--{}-->", "<![CDATA[{}]]>", "<?p {}?>", "<e:value>{}</e:value>", "<x>{}</x>"]
)
def test_a_run_that_is_no_reading_where_it_stands(both, wrap, form):
    run = "".join(FORMS[form].format(start=1_600_000_000 + 900 * n, value=5) for n in range(20))
    text = text_of([(form, 1_600_090_000, 3)] * 3, per_block=3)
    both(text.replace("</e:interval>", "</e:interval>" + wrap.format(run)))


def test_readings_in_another_namespace_than_their_block(both):
    text = text_of([(0, 1_600_000_000 + 900 * n, n) for n in range(30)], per_block=30)
    assert len(both(text.replace("e:IntervalBlock", "IntervalBlock"))[0]) == 30


def test_other_prefixes_in_other_blocks(both):
    rows = [(0, 1_600_000_000 + 900 * n, n) for n in range(30)]
    text = text_of(rows, per_block=30)
    other = text.replace("e:", "f0:").partition("<entry>")[2].rpartition("</feed>")[0]
    text = text.replace("</feed>", "<entry>" + other + "</feed>").replace(
        "<feed", '<feed xmlns:f0="http://naesb.org/espi"'
    )
    assert len(both(text)[0]) == 60


@pytest.mark.parametrize(("usual", "others"), [(0, 2), (7, 8)])
def test_the_cutter_leaves_nearly_nothing_to_the_parser(usual, others):
    rows = [(others if n % 50 == 0 else usual, 1_600_000_000 + 900 * n, n) for n in range(20_000)]
    text = text_of(rows, per_block=96).encode()
    cutter = RunCutter(decimals=0)
    left = sum(len(cutter.feed(text[at : at + 65_536])) for at in range(0, len(text), 65_536)) + len(
        cutter.rest()
    )
    assert left < len(text) / 8


def test_a_block_of_millions_is_taken_in_parts(both, monkeypatch):
    monkeypatch.setattr(greenbutton, "_WAITING", 500)
    rows = [(n % 50 == 0 and 4, 1_600_000_000 + 900 * n, n) for n in range(2_000)]
    assert len(both(text_of(rows, per_block=2_000), 4_000)[0]) == 2_000


def test_real_files_are_read_the_same_both_ways(samples, both):
    for path in sorted((samples / "greenbutton").glob("*.xml")):
        both(path.read_bytes())
        both(path.read_bytes(), 5_000)

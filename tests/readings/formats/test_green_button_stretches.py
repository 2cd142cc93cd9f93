"""Entries that the parser does not see change nothing, and hide nothing that is no XML: the same as without cutting, to the byte."""

from __future__ import annotations

import random
from xml.parsers import expat

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.green_button import reader as greenbutton
from meterkeep.readings.formats.green_button import xml_source
from meterkeep.readings.formats.green_button.runs import RunCutter
from tests.readings.formats.test_green_button_runs import told, uncut

READING = (
    "<e:IntervalReading><e:timePeriod><e:duration>{seconds}</e:duration><e:start>{start}</e:start></e:timePeriod>"
    "<e:value>{value}</e:value></e:IntervalReading>"
)
FORMS = [
    READING,
    READING.replace("<e:value>", '<e:value unit="Wh">'),
    READING.replace("</e:start>", "</e:start>\n<e:timezone>-0500</e:timezone>"),
    READING.replace("<e:duration>{seconds}</e:duration>", ""),
    READING.replace("{value}", "{value}.{part}0"),
    "<e:IntervalReading><e:value>{value}</e:value></e:IntervalReading>",
    READING.replace("</e:start>", "</e:start><!-- {value}/{part}-1 -->"),
]
ENTRIES = [
    '<entry><id>urn:uuid:0000-{n}</id><link rel="self" href="U/1/UsagePoint/twin01/MeterReading/{m}/IntervalBlock/{n}"/>'
    '<link rel="up" href="U/1/UsagePoint/twin01/MeterReading/{m}/IntervalBlock"/><title>Day {n}</title><content>'
    "<e:IntervalBlock><e:interval><e:duration>3600</e:duration><e:start>{start}</e:start></e:interval>{readings}"
    "</e:IntervalBlock></content><published>2020-01-{n:02}</published></entry>\n",
    "<entry>\n <link href='U/1/UsagePoint/twin01/MeterReading/{m}/IntervalBlock/{n}' rel='self'/>\n<title/>\n<content type='text/xml'>"
    "<e:IntervalBlock>{readings}</e:IntervalBlock></content></entry>",
    "<entry><content><e:IntervalBlock>{readings}</e:IntervalBlock></content></entry>",
    '<entry xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi"><link href="block/{n}" rel="SELF"/><link rel="up" href="'
    'block"/><content><e:IntervalBlock>{readings}</e:IntervalBlock></content></entry>',
]
METER_READING = (
    '<entry><link rel="self" href="U/1/UsagePoint/twin01/MeterReading/{m}"/><link rel="related" href="ReadingType/{m}"/>'
    '<link rel="related" href="block/{m}"/><content><e:MeterReading/></content></entry>'
)
READING_TYPE = (
    '<entry><link rel="self" href="ReadingType/{m}"/><content><e:ReadingType><e:intervalLength>{length}</e:intervalLength>'
    "<e:uom>72</e:uom></e:ReadingType></content></entry>"
)
POINT = (
    '<entry><id>urn:uuid:00000000-0000-4000-8000-000000000000</id><link rel="self" href="U/1/UsagePoint/twin01"/><content>'
    "<e:UsagePoint/></content></entry>"
)
HEAD = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi">'
FRAGMENTS = [
    "", " ", "<", ">", "&", '"', "'", "--", "<!--", "-->", "<![CDATA[", "]]>", "<?p ", "?>", "/", "\x01", "\x03", "é", "\n", "7",
    "<entry>", "</entry>", "<content>", "</content>", "</e:IntervalBlock>", "<e:IntervalBlock>", "</feed>", "<feed>", "xmlns:e=''",
    ' href="x"', "<id>a</id>", "</content></entry><entry><content>", '<entry run="1"/>', "&amp;", "<x>", "</x>", "9" * 19,
    "U/1/UsagePoint/twin01/MeterReading/2", "<e:uom>38</e:uom>", "<e:ReadingType><e:uom>38</e:uom></e:ReadingType>",
]  # fmt: skip


def feed(chance: random.Random, *, forms, entries, per_block, blocks=14, types_last=False):
    """A feed of two series whose blocks alternate or follow each other."""
    kinds = "".join(
        METER_READING.format(m=m) + READING_TYPE.format(m=m, length=900 * m * (chance.random() < 0.8))
        for m in (1, 2)
    )
    found, at = [], 0
    for n in range(blocks):
        rows = []
        for _ in range(chance.choice([per_block, per_block, 1])):
            at += 1
            start = 1_600_000_000 + 900 * at
            rows.append(
                chance.choice(forms).format(
                    seconds=900 * (at % 7 > 0), start=start, value=chance.randrange(-5, 999), part=at % 37
                )
            )
        entry = chance.choice(entries)
        found.append(entry.format(n=n, m=1 + n * 2 // blocks, start=1_600_000_000, readings="".join(rows)))
    body = "".join(found)
    return HEAD + POINT + (body + kinds if types_last else kinds + body) + "</feed>"


def damaged(text, changes):
    for where, length, fragment in changes:
        at = int(where * len(text))
        text = text[:at] + fragment + text[at + length * (length < 30) :]
    return text


def is_xml(content: bytes) -> bool:
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(content, True)
    except expat.ExpatError:
        return False
    return True


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Reads a file both ways; what expat refuses, both refuse."""

    def read_both(text, chunk=1 << 18):
        path = tmp_path / "stretches.xml"
        path.write_bytes(text.encode())
        with monkeypatch.context() as patch:
            patch.setattr(xml_source, "_CHUNK", chunk)
            quick = told(path)
            patch.setattr(greenbutton, "RunCutter", uncut)
            assert quick == told(path)
        assert is_xml(text.encode()) or isinstance(quick, str)
        return quick

    return read_both


_CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(FRAGMENTS)), max_size=3)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    changes=_CHANGES,
    chunk=st.sampled_from([700, 3_000, 1 << 18]),
    last=st.booleans(),
)
@example(seed=0, changes=[], chunk=1 << 18, last=False)
@example(seed=1, changes=[], chunk=1 << 18, last=True)
def test_a_feed_damaged_or_not_is_read_or_refused_as_without_cutting(both, seed, changes, chunk, last):
    chance = random.Random(seed)
    forms = chance.choice([[FORMS[0]], [FORMS[1]], [FORMS[2]], [FORMS[3]], [FORMS[4], FORMS[0]], [FORMS[0]] * 9 + [FORMS[5]], [FORMS[6]]])  # fmt: skip
    entries = chance.choice([*([entry] for entry in ENTRIES), ENTRIES[:1] * 9 + ENTRIES])
    text = feed(chance, forms=forms, entries=entries, per_block=chance.choice([1, 5]), types_last=last)
    both(damaged(text, changes), chunk)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("wrap", ["<!--{}-->", "<![CDATA[{}]]>", "<?p {}?>", "<x>{}</x>", "<content>{}</content>",
                                  "<entry>{}</entry>", "<entry><content><e:IntervalBlock>{}</e:IntervalBlock></content></entry>",
                                  "<entry><content><e:UsagePoint>{}</e:UsagePoint></content></entry>", '<x a="{}"/>', "<x {}/>"])  # fmt: skip
def test_a_stretch_where_no_entries_belong(both, entry, wrap):
    reading = READING.format(seconds=900, start=1_600_000_000, value=5)
    stretch = "".join(entry.format(n=n, m=1, start=0, readings=reading * 3) for n in range(9))
    text = feed(random.Random(3), forms=[READING], entries=[entry], per_block=3)
    both(text.replace("</feed>", wrap.format(stretch) + "</feed>"))
    both(text.replace(POINT, wrap.format(stretch) + POINT))


def test_entries_behind_the_end_of_the_document_are_refused(both):
    entry = ENTRIES[0].format(
        n=1, m=1, start=0, readings=READING.format(seconds=900, start=1_600_000_000, value=5) * 3
    )
    entry = entry.replace("<entry>", '<entry xmlns:e="http://naesb.org/espi">')
    assert "document_end" in both(entry * 9)


@pytest.mark.parametrize("tail", ["<!-- {} -->", "<?p {} ?>"])
def test_text_that_ends_what_it_stands_in(both, tail):
    entry = ENTRIES[0].replace("Day {n}", "{title}")
    rows = READING.format(seconds=900, start=1_600_000_000, value=5) * 2
    titles = ["Day 1", "Day 2", "Day 3 -- ", "Day 4", "Day 5 ?> ", "Day 6"]
    stretch = "".join(
        entry.format(n=n, m=1, start=0, readings=rows, title=title) for n, title in enumerate(titles)
    )
    both(HEAD + POINT + stretch + tail.format(stretch) + "</feed>")


def test_a_stretch_of_entries_is_left_out_of_what_is_parsed():
    rows = "".join(READING.format(seconds=3600, start=1_600_000_000 + 3600 * n, value=n) for n in range(24))
    entries = "".join(ENTRIES[0].format(n=n, m=1, start=0, readings=rows) for n in range(600))
    text = (HEAD + POINT + entries + "</feed>").encode()
    cutter = RunCutter(decimals=0)
    left = sum(len(cutter.feed(text[at : at + 262_144])) for at in range(0, len(text), 262_144))
    assert left + len(cutter.rest()) < len(text) / 50


def test_a_malformed_file_is_refused_in_little_memory(tmp_path):
    path = tmp_path / "broken.xml"
    path.write_text(HEAD + POINT + "<x/>" * 1000 + "</entry></feed>")
    with pytest.raises(BadInput, match="tag_name_mismatch"):
        list(open_file(path).blocks())

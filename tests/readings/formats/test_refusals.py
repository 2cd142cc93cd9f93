"""A file that cannot be read is refused with its name, a place and what to do next, and never repeats what it holds."""

from __future__ import annotations

import gzip
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.green_button import reader as greenbutton

SECRET = "secret-77001"
FEED = f"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{SECRET} Main St</title>
<entry><link rel="self" href="User/{SECRET}/UsagePoint/{SECRET}/MeterReading/1/IntervalBlock/1"/>
<content><IntervalBlock xmlns="http://naesb.org/espi">
<IntervalReading><timePeriod><duration>3600</duration><start>1700000000</start></timePeriod><value>5</value></IntervalReading>
</IntervalBlock></content></entry></feed>"""
CMEP = f"MEPMD01,20080501,CEX,,MK,,202401010000,{SECRET},OK,E,KWH,1,00000100,2,202401010100,R0,1,202401010200,R0,2\n"
WIDE = "METER,DATE,UNIT," + ",".join(f"HR{h:02d}00" for h in range(1, 25)) + "\n"
ROW = f"{SECRET},2024-01-01,Wh," + ",".join(["7"] * 24) + "\n"
BOMB = """<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "secret-77001"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>"""


@pytest.fixture
def refusal(tmp_path):
    def read_and_refuse(content, name="given.dat", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(BadInput) as caught:
            list(open_file(path, **options).blocks())
        error = caught.value
        assert error.where.startswith(str(path))
        assert error.next
        assert SECRET not in str(error)
        return error

    return read_and_refuse


def test_the_unbroken_forms_are_read(tmp_path):
    for content, format in ((FEED, "greenbutton"), (CMEP, "cmep"), (WIDE + ROW, "csv-wide")):
        path = tmp_path / format
        path.write_text(content)
        assert open_file(path).format == format
        assert sum(map(len, open_file(path).blocks())) > 0


@pytest.mark.parametrize("content", ["", " \n", b"\xef\xbb\xbf", b"\0\0\0"])
def test_an_empty_file(refusal, content):
    assert "empty" in refusal(content).message


def test_a_first_line_without_end_is_no_header(refusal):
    error = refusal("METER,DATE,UNIT,HR2400," + ",".join(f"C{n}" for n in range(400_000)) + "\n")
    assert "longer than" in error.message and error.where.endswith("line 1")


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "nowhere.xml", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            open_file(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="pipe or a device"):
        open_file(tmp_path / "pipe")


@settings(max_examples=60, deadline=None)
@given(end=st.integers(1, len(FEED) - 1), junk=st.binary(max_size=3))
def test_a_feed_cut_anywhere_is_refused_by_name_and_never_breaks_the_reader(tmp_path_factory, end, junk):
    path = tmp_path_factory.mktemp("cut") / "cut.xml"
    path.write_bytes(FEED.encode()[:end] + junk)
    with pytest.raises(BadInput) as caught:
        list(open_file(path).blocks())
    assert caught.value.where.startswith(str(path))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("content", [bytes(range(256)) * 9, b"\x7fELF\0\0", b"name,town\nx,y\n"])
def test_a_file_of_no_known_format(refusal, content):
    assert "no format known" in refusal(content).message


@pytest.mark.parametrize("content", [b"PK\x03\x04\0\0\0\0", gzip.compress(FEED.encode()), b"BZh9\0\0"])
def test_a_compressed_file_is_to_be_unpacked(refusal, content):
    assert "Unpack it" in refusal(content).next


@pytest.mark.parametrize("end", [len(FEED) - 1, len(FEED) - 30, len(FEED) // 2, 100])
def test_a_truncated_feed_names_its_line(refusal, end):
    assert "line" in refusal(FEED[:end]).where


def test_malformed_xml_names_line_and_column_and_not_the_content(refusal):
    error = refusal(f"\n\n{FEED}".replace("</value>", f"</{SECRET}>"))
    assert error.where.endswith("line 7, column 116")


@pytest.mark.parametrize(
    "bomb", [BOMB, BOMB.replace('"?>', '"?>' + "<!-- long -->" * 40_000), BOMB.encode("utf-16")]
)
def test_a_document_type_is_refused_before_anything_is_expanded(refusal, bomb):
    assert "document type" in refusal(bomb).message


def test_an_external_entity_is_never_fetched(refusal, tmp_path):
    (tmp_path / "other").write_text(SECRET)
    text = f'<!DOCTYPE feed SYSTEM "{(tmp_path / "other").as_uri()}"><feed/>'
    assert "document type" in refusal(text).message


def test_an_entity_that_nothing_declares(refusal):
    assert "entity" in refusal(FEED.replace("<value>5", "<value>&five;")).message


def test_elements_nested_without_end_are_refused(refusal):
    refusal(FEED.replace("<title>", "<a>" * 100_000 + "<title>"))


@pytest.mark.parametrize("around", ["IntervalReading>", "content>"])
def test_megabytes_of_what_is_no_reading_are_refused_before_they_fill_the_memory(
    refusal, monkeypatch, around
):
    for name, limit in (("_HARVEST", 2_000), ("_LONGEST_ENTRY", 1 << 19)):
        monkeypatch.setattr(greenbutton, name, limit)
    junk = "<x><y/></x>" * 100_000
    assert "something else" in refusal(FEED.replace(f"<{around}", f"{junk}<{around}", 1)).message


@pytest.mark.parametrize(
    "text", ["<page><body/></page>", '<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>', "<a/>"]
)
def test_xml_that_is_no_green_button(refusal, text):
    assert "no Green Button" in refusal(text).message


def test_bytes_that_are_not_the_declared_encoding(refusal):
    refusal(FEED.encode().replace(b"Main", b"M\xfan"))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("202401010200,R0,2", "202401010200,R0", "line 2"),
        ("202401010200,R0,2", "202401010", "line 2"),
        (",2,2024", ",3,2024", "line 2"),
        ("OK,E,KWH,1,00000100,2,202401010100,R0,1,202401010200,R0,2", "OK", "line 2"),
        (",KWH,1,", ",KWH,none,", "line 2"),
    ],
)
def test_a_broken_cmep_record_names_its_line(refusal, old, new, place):
    assert refusal(CMEP + CMEP.replace(old, new).replace(SECRET, SECRET + "2")).where.endswith(place)


def test_a_line_of_another_kind_in_a_cmep_file(refusal):
    assert refusal(CMEP + f"{SECRET};x\n").where.endswith("line 2")


@pytest.mark.parametrize("row", [ROW[:40] + "\n", ROW.strip() + ",9\n", ROW[: len(ROW) // 2]])
def test_a_row_with_other_fields_than_the_header_names_its_row(refusal, row):
    assert refusal(WIDE + ROW + row).where.endswith("row 3")


@pytest.mark.parametrize(
    "header", [WIDE.replace("HR0500,", ""), WIDE.replace("DATE", "DAY"), WIDE.replace("METER", "NAME")]
)
def test_a_wide_header_that_lacks_something(refusal, header):
    assert "line 1" in refusal(header + ROW).where


def test_a_format_or_a_zone_that_does_not_exist(tmp_path):
    (tmp_path / "x").write_text(FEED)
    for options in ({"format": "edi"}, {"zone": "Mars/Olympus"}, {"zone": "../../etc/passwd"}):
        with pytest.raises(BadInput) as caught:
            open_file(tmp_path / "x", **options)
        assert caught.value.next


def test_a_file_that_changes_while_it_is_read(tmp_path):
    path = tmp_path / "x"
    path.write_text(FEED)
    blocks = open_file(path).blocks()
    next(blocks)
    path.write_text(FEED + "<!-- more -->")
    with pytest.raises(BadInput, match="changed"):
        list(blocks)


LONG = "x" * 1_000_000
NEM = "100,NEM12,202405020000,SYN,SYN\n200,{nmi},E1,E1,E1,N1,{meter},KWH,360,\n300,20240501,1,2,3,4,A,,,20240502000000,\n900\n"
SDGE = "Meter Number,Date,Start Time,Duration,Consumption,Generation,Net\n{meter},1/1/2026,12:00 AM,60,1.0,0,1.0\n"


@pytest.mark.parametrize(
    "content",
    [
        CMEP.replace(SECRET, LONG),
        NEM.format(nmi=LONG, meter="M"),
        NEM.format(nmi="SYN0000001", meter=LONG),
        SDGE.format(meter=LONG[:2_000]),
        (WIDE + ROW).replace(SECRET, LONG[:2_000]),
    ],
)
def test_a_name_that_is_none_is_refused(refusal, content):
    assert "more than 1,000 characters" in refusal(content).message


def test_a_code_of_quality_that_is_none_is_refused(refusal):
    assert "more than 200 characters" in refusal(CMEP.replace("R0", LONG)).message


def test_a_field_longer_than_any_reader_takes_is_refused_with_its_line(refusal):
    error = refusal(SDGE.format(meter=LONG))
    assert "no well-formed CSV" in error.message and "line" in error.where

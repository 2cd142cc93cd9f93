"""Published files as they come: headers, marks and numbers in every form met, and every bad row named with its line."""

import gzip

import numpy as np
import pytest
from aggregates.published_twins import HEADERS, PGE, SDGE, Desk, kinds, only

from meterkeep.aggregates.published import Columns, audit_tables
from meterkeep.aggregates.published.layouts import layout_of
from meterkeep.aggregates.published.periods import label, span_of
from meterkeep.aggregates.published.reading import read_tables
from meterkeep.aggregates.published.rules import ClassRules
from meterkeep.errors import BadInput

FIFTEEN = ClassRules.parse(["15/15"])


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_every_header_of_the_quarterly_files_is_known(desk, header):
    report = desk.of("92101,1,2024,R,N,14,7000,500", header=header)
    assert report.files[0].layout == "quarterly ZIP"
    assert kinds(report) == ["below_rule"]
    assert only(report, "below_rule").cell == ("92101", "R")
    assert only(report, "below_rule").lines[0]["line"] == header.count("\n") + 2


@pytest.mark.parametrize(
    ("customers", "total", "what"),
    [
        ('"1,234"', '"617,000"', (1234, 617_000)),
        (" 1234 ", " 617000.50", (1234, 617_000.5)),
        ('" 1,234 "', '"617,000.00 "', (1234, 617_000)),
        ("1234.0", "617000", (1234, 617_000)),
        ("20", "(12.50)", (20, -12.5)),
        ("20", "-12.5", (20, -12.5)),
        ("20", '"-1,200"', (20, -1200)),
    ],
)
def test_numbers_in_every_form(desk, customers, total, what):
    desk.file([f"92101,1,2024,R,N,{customers},{total},"])
    table, _, rejected = read_tables(desk.files, columns=Columns())
    assert not rejected
    assert (table.customers[0], table.value[0]) == (what[0], int(what[1] * 1_000_000))


@pytest.mark.parametrize(
    "row",
    [
        "92101,1,2024,R,Y,0,0,0",
        "92101,1,2024,R,Y,0,0,",
        "92101,1,2024,R,Y,,,",
        "92101,1,2024,R,Y, , , ",
        "92101,1,2024,R,Y,*,*,*",
        "92101,1,2024,R,Y,N/A,N/A,N/A",
        "92101,1,2024,R,Y,<15,suppressed,-",
        "92101,1,2024,R,N,0,0,0",
    ],
)
def test_marks_of_a_withheld_figure(desk, row):
    report = desk.of(row)
    assert (report.files[0].withheld, report.files[0].published) == (1, 0)
    assert report.clean


def test_a_mark_of_ones_own(desk):
    row = "92101,1,2024,R,Y,20,geheim,"
    with pytest.raises(BadInput, match="no number"):
        desk.of(row)
    assert desk.of(row, withheld=("geheim",)).files[0].withheld == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("92101,1,2024,R,N,20,1.2E5,", "no number that can be read exactly"),
        ('92101,1,2024,R,N,20,"1,23",', "no number that can be read exactly"),
        ("92101,1,2024,R,N,20,1.1234567,", "no number that can be read exactly"),
        ("92101,1,2024,R,N,20,9999999999999,", "no number that can be read exactly"),
        ("92101,1,2024,R,N,20.5,100,", "customers are no whole number"),
        ("92101,1,2024,R,N,-3,100,", "customers are no whole number"),
        ("92101,1,2024,R,N,many,100,", "customers are no whole number"),
        ("92101,14,2024,R,N,20,100,", "period"),
        ("92101,1,24,R,N,20,100,", "period"),
        (",1,2024,R,N,20,100,", "no area or class"),
        ("92101,1,2024,,N,20,100,", "no area or class"),
        ("92101,1,2024,R,N,20,100,five", "average"),
        ("92101,1,2024,R,N,20", "6 columns where the header has 8"),
        ("92101,1,2024,R,N,20,1,234,62", "9 columns where the header has 8"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line(desk, row, why):
    good = "92101,2,2024,R,N,20,100,5"
    report = desk.of(good, "", row, "", "92101,4,2024,R,N,20,100,5")
    assert [(each.line, why in each.why) for each in report.rejected] == [(4, True)]
    assert (report.rows, report.files[0].published, report.files[0].rejected) == (3, 2, 1)
    assert not report.clean and not report.findings


def test_lines_stay_right_after_many_bad_rows(desk):
    rows = [f"92101,{month},2024,R,N,20,100,5" for month in range(1, 13)]
    bad = "92101,1,2024"
    report = desk.of(bad, bad, *rows[:5], bad, *rows[5:], bad, "92102,1,2024,R,N,3,30,10")
    assert [each.line for each in report.rejected] == [2, 3, 9, 17]
    assert only(report, "below_rule").lines[0]["line"] == 18


def test_lines_stay_right_over_blocks(desk, monkeypatch):
    monkeypatch.setattr("meterkeep.aggregates.published.reading.BLOCK", 400)
    rows = [f"{92000 + at},1,2024,R,N,20,100,5" for at in range(200)]
    report = desk.of(*rows[:50], "bad", *rows[50:150], "bad", *rows[150:], "92999,1,2024,R,N,14,70,5")
    assert [each.line for each in report.rejected] == [52, 153]
    assert only(report, "below_rule").lines[0]["line"] == 204


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(desk, encoding):
    desk.file(
        ["Peñasquitos,1,2024,R,N,14,70,5"], header=SDGE.replace("ZipCode", "Zip Code"), encoding=encoding
    )
    assert only(desk.audit(), "below_rule").cell[0] == "Peñasquitos"


@pytest.mark.parametrize("sign", ["\t", ";", "|"])
def test_other_delimiters(desk, sign):
    report = desk.of("92101,1,2024,R,N,14,70,5".replace(",", sign), header=SDGE.replace(",", sign))
    assert kinds(report) == ["below_rule"]


def test_titles_above_the_header_are_passed_over(desk):
    report = desk.of(SDGE, "92101,1,2024,R,N,14,70,5", header="Synthetic usage by ZIP code")
    assert only(report, "below_rule").lines[0]["line"] == 3


def test_a_packed_file(desk, tmp_path):
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(f"{PGE}\n92101,1,2024,Elec- Residential,N,14,70,5\n".encode()))
    assert kinds(audit_tables([path], rules=FIFTEEN)) == ["below_rule"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (SDGE.encode(), "no rows"),
        (f"{SDGE}\n\n\n".encode(), "no rows"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (b"%PDF-1.7", "PDF"),
        (b"name,street\nx,y\n", "layout is not known"),
        (b"ZipCode,Year,TotalkWh,TotalkWh\n92101,2024,1,2\n", "layout is not known"),
        (f"{SDGE}\nbad\n".encode(), "Not one of 1 rows"),
    ],
)
def test_a_file_that_nobody_can_audit_is_refused_with_the_next_step(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message) as refused:
        audit_tables([path], rules=FIFTEEN)
    assert refused.value.next and refused.value.where == str(path)


def test_columns_that_are_named(desk):
    header = "City,Rate,Quarter,Year,Accounts,Usage (kWh)"
    report = desk.of(
        "Exampleville,TOU-1,Q2,2024,14,100",
        "Exampleville,TOU-2,Q2,2024,15,100",
        header=header,
        by=("city", "rate"),
        customers="accounts",
        value="usage kwh",
    )
    assert only(report, "below_rule").cell == ("Exampleville", "TOU-1")
    assert only(report, "below_rule").period == "2024 Q2"
    assert report.files[0].measure == "Usage (kWh)"


def test_a_column_that_is_not_there(desk):
    with pytest.raises(BadInput, match="no column accounts"):
        desk.of("a,1", header="City,kWh", by=("city",), customers="accounts")
    with pytest.raises(BadInput, match="not among"):
        desk.of("a,1", header="City,kWh", by=("town",))
    with pytest.raises(BadInput, match="Two columns"):
        desk.of("a,b,1", header="City,City,kWh", by=("city",))


def test_files_of_one_audit_have_the_same_dimensions():
    one = layout_of(["Zip", "Year", "kWh"], Columns(by=("zip",)), where="")
    other = layout_of(["Zip", "Year", "Class", "kWh"], Columns(by=("zip", "class")), where="")
    assert tuple(one.dimensions) != tuple(other.dimensions)


def test_a_class_is_one_whatever_its_case(desk):
    desk.file(["92101,1,2024,Elec- Residential,N,20,100,5"], header=PGE)
    desk.file(["92101,1,2024,ELEC - RESIDENTIAL ,N,19,95,5"], header=PGE)
    assert kinds(desk.audit()) == ["published_twice"]


@pytest.mark.parametrize(
    ("texts", "span"),
    [
        (("3", None, "2024", None), "2024-03"),
        (("03", None, "2024", None), "2024-03"),
        (("March", None, "2024", None), "2024-03"),
        (("3.0", None, "2024.0", None), "2024-03"),
        (("", None, "2024", None), "2024"),
        (("Annual", None, "2024", None), "2024"),
        (("13", None, "2024", None), "2024"),
        ((None, "Q4", "2024", None), "2024 Q4"),
        ((None, "4", "2024", None), "2024 Q4"),
        ((None, None, "2024", None), "2024"),
        ((None, None, None, "2024-03"), "2024-03"),
        ((None, None, None, "202403"), "2024-03"),
        ((None, None, None, "3/1/2024"), "2024-03"),
        ((None, None, None, "2024-03-01"), "2024-03"),
        ((None, None, None, "Mar-2024"), "2024-03"),
        ((None, None, None, "2024Q1"), "2024 Q1"),
        ((None, None, None, "Q1 2024"), "2024 Q1"),
        ((None, None, None, "2024"), "2024"),
        ((None, None, None, None), ""),
    ],
)
def test_periods(texts, span):
    found = span_of(*texts)
    assert found is not None and label(*found) == span


@pytest.mark.parametrize(
    "texts", [("0x", None, "2024", None), ("14", None, "2024", None), (None, None, None, "2024-13")]
)
def test_what_is_no_period(texts):
    assert span_of(*texts) is None


def _random(count: int) -> bytes:
    return np.random.default_rng(7).bytes(count)


_PACKED = gzip.compress(
    b"ZipCode,Month,Year,CustomerClass,Combined,TotalCustomers,TotalkWh,AveragekWh\n" * 500
)


@pytest.mark.parametrize(
    "content",
    [
        _random(4_000),
        b"\x1f\x8b" + _random(400),
        _PACKED[: len(_PACKED) // 2],
        _PACKED[:-4] + b"\0\0\0\0",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0" * 900,
        b'ZipCode,Month\n"' + b"x" * 200_000,
        "\u2028\x85\n".encode(),
    ],
    ids=[
        "random",
        "random-gzip",
        "half-gzip",
        "gzip-with-a-wrong-end",
        "mark-alone",
        "wide-mark-alone",
        "zeros",
        "endless-field",
        "odd-lines",
    ],
)
def test_what_is_no_table_is_the_files_fault_and_never_ours(tmp_path, content):
    for name in ("table.csv", "table.csv.gz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput) as told:
            read_tables([tmp_path / name], columns=Columns())
        assert told.value.where.endswith(name) and told.value.next

"""X12 810 and 820: account, amount and day; a file whose own sums are wrong is refused as a whole. All data is invented."""

from datetime import date

import pytest

from meterkeep.desks.arrears.kinds import FileKind
from meterkeep.desks.arrears.reading.x12 import looks_like_x12, read_x12
from meterkeep.errors import BadInput

ISA = "ISA*00*          *00*          *01*123456789      *01*987654321      *260605*1200*U*00401*000000001*0*P*>~"
DAY = date(2026, 6, 10)


@pytest.fixture
def written(tmp_path):
    def write(*sets, end="~"):
        body = ""
        for segments in sets:
            count = len(segments) + 2
            body += "".join(
                f"{one}~\n" for one in [f"ST*{segments[0]}*0001", *segments[1:], f"SE*{count - 1}*0001"]
            )
        path = tmp_path / "file.edi"
        path.write_text(
            (ISA + "GS*RA*1*2*20260605*1200*1*X*004010~" + body + "GE*1*1~IEA*1*000000001~").replace("~", end)
        )
        return path

    return write


def bpr(amount):
    return f"BPR*I*{amount}*C*ACH************20260605"


def test_payments_by_account_with_their_days(written):
    path = written(
        [
            "820",
            bpr("90.50"),
            "ENT*1",
            "RMR*12*ACC-1**100.25",
            "DTM*809*20260601",
            "ENT*2",
            "RMR*12*ACC-2**-9.75",
        ],
    )
    read = read_x12(path, as_of=DAY)
    assert looks_like_x12(path) and read.kind == FileKind.PAYMENTS and read.rejects == ()
    assert [(row.number, row.cents, row.on) for row in read.rows] == [
        ("ACC-1", 100_25, date(2026, 6, 1)), ("ACC-2", -9_75, date(2026, 6, 5)),
    ]  # fmt: skip


def test_a_bad_payment_is_named_by_its_segment_and_no_cent_is_lost(written):
    path = written(
        [
            "820",
            bpr("30.00"),
            "RMR*12*ACC-1**10.00",
            "RMR*IV*INV-1**5.00",
            "RMR*12*ACC-2**15.00",
            "DTM*809*20260611",
        ]
    )
    read = read_x12(path, as_of=DAY)
    assert [(one.rule, one.cents) for one in read.rejects] == [("account_number", 5_00), ("future", 15_00)]
    assert read.cents == 30_00 and [row.cents for row in read.rows] == [10_00]


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        (["820", bpr("10.01"), "RMR*12*ACC-1**10.00"], "add up"),
        (["820", "RMR*12*ACC-1**10.00"], "add up"),
        (["867", "BPT*00"], "867"),
    ],
)
def test_a_file_whose_sums_are_wrong_is_refused(written, segments, says):
    with pytest.raises(BadInput, match=says):
        read_x12(written(segments), as_of=DAY)


def test_a_cut_file_is_refused(written, tmp_path):
    path = written(["820", bpr("10.00"), "RMR*12*ACC-1**10.00"])
    whole = path.read_text()
    for text in (
        whole.replace("IEA*1*000000001~", ""),
        whole.replace("SE*4", "SE*5"),
        whole[:50],
        "ISA\N{SNOWMAN}",
    ):
        path.write_text(text)
        with pytest.raises(BadInput):
            read_x12(path, as_of=DAY)


def test_a_bill_with_its_due_day(written):
    path = written(
        ["810", "BIG*20260601*INV-1", "REF*12*ACC-1", "ITD******20260620", "TDS*12345"],
        ["810", "BIG*20260601*INV-2", "REF*12*ACC-2", "TDS*100"],
        ["810", "BIG*20260601*INV-3", "REF*12*ACC-3", "REF*12*ACC-4", "TDS*7"],
    )  # fmt: skip
    read = read_x12(path, as_of=DAY)
    assert [(row.number, row.cents, row.on, row.due) for row in read.rows] == [
        ("ACC-1", 123_45, date(2026, 6, 1), date(2026, 6, 20))
    ]
    assert [(one.rule, one.cents) for one in read.rejects] == [("due_date", 1_00), ("account_number", 7)]

"""Every file of a release is made from one table, tells what the page tells, and can be recognised by its digest."""

import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection

from meterkeep.aggregates.published.layouts import Columns
from meterkeep.aggregates.published.reading import read_tables
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.releases import actions
from meterkeep.desks.releases.publication.formats import METADATA, as_csv, as_xlsx, csv_bytes
from meterkeep.desks.releases.publication.quarterly import quarterly
from meterkeep.desks.releases.publication.sheet import data_sheet, rule_in_words
from meterkeep.desks.releases.publication.table import public_table
from meterkeep.desks.releases.publication.words import WORDS
from meterkeep.desks.releases.screening import Outlet
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
SPEC = """
title = "Usage by area and class"
by = ["zip", "customer_class", "month"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
contact = "data@example.org"
licence = "CC BY 4.0"
"""
TABLE = pa.table({
    "zip": ["90001", "90001", "90002/90003", "90001"], "customer_class": ["residential", "industrial", "residential", "residential"],
    "month": ["2026-03", "2026-03", "2026-03", "2026-04"], "customers": pa.array([40, None, 16, 41], pa.int64()),
    "delivered_kWh": pa.array([Decimal("100.5"), None, Decimal(80), Decimal("99.25")], pa.decimal128(38, 2)),
    "status": ["published", "withheld", "published", "published"],
})  # fmt: skip


@pytest.fixture
def release(db, people, take_in, gate):
    take_in(*((f"C-{number}", f"SYN-{number}", "91910" if number < 15 else "91911") for number in range(29)))
    planned = actions.plan(spec=SPEC, gate=gate, by="analyst", on=ON)
    for by in ("officer", "manager"):
        actions.review(release=planned, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=planned, gate=gate, outlet=outlet, by="officer", on=ON)


@pytest.fixture
def files(release):
    return {
        file.name.removeprefix(f"totals-{release.reference}"): bytes(file.content) for file in release.files.all()
    }  # fmt: skip


def test_csv_parquet_and_workbook_hold_the_same_rows(files):
    lines = files[".csv"].decode().splitlines()
    assert lines == [
        "zip,customer_class,month,customers,delivered_kWh,status",
        "91910,residential,2026-02,15,10080,published",
        "91911,residential,2026-02,,,withheld",
    ]
    table = pq.read_table(io.BytesIO(files[".parquet"]))
    assert table["delivered_kWh"].to_pylist() == [Decimal(10080), None]
    assert as_csv(table) == files[".csv"]
    about = json.loads(table.schema.metadata[METADATA])
    assert about["pack"] == "cea" and about["synthetic"] is True
    book = zipfile.ZipFile(io.BytesIO(files[".xlsx"]))
    cells = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>10080</v>" in cells and "<v>15</v>" in cells and "<v>14</v>" not in cells
    assert b"Hoja de datos" in book.read("xl/workbook.xml")


def test_every_files_digest_stands_in_the_log_entry(release):
    told = OutboxEvent.objects.get(name="release.published").detail
    assert {file.name: file.sha256 for file in release.files.all()}.items() <= told.items()


def test_the_same_release_on_the_same_day_is_the_same_bytes(release, files):
    from meterkeep.desks.releases.publication.files import files_of

    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    stem = f"totals-{release.reference}"
    assert {file.name.removeprefix(stem): file.content for file in files_of(release, outlet, on=ON)} == files


def test_no_file_tells_of_a_withheld_cell_more_than_that_it_is_withheld(files):
    """Fourteen customers at ZIP 91911: neither their number nor their energy, nor why, in any file."""
    for name, content in files.items():
        text = content.decode(errors="ignore") if not name.endswith(".xlsx") else _unpacked(content)
        assert "9408" not in text and "overlaps" not in text and "14 customers" not in text, name


def _unpacked(content):
    book = zipfile.ZipFile(io.BytesIO(content))
    return "".join(book.read(name).decode(errors="ignore") for name in book.namelist())


def test_the_data_sheet_says_what_a_reader_needs_in_both_languages(files):
    english, spanish = (files[f"-data-sheet-{name}.md"].decode() for name in ("en", "es"))
    assert english.startswith("# Usage by area and class")
    for text in (english, spanish):
        for needed in (
            "kWh",
            "2026-02-01",
            "2026-02-28",
            "CEA-03/4.1",
            "data@example.org",
            "CC BY 4.0",
            "Test Energy",
        ):
            assert needed in text
    assert "1 of 2 figures" in english and "1 de 2 cifras" in spanish
    assert "at least 15 customers" in english and "less than 15 %" in english
    assert "100.0 % of the readings" in english and "made up" in english and "inventados" in spanish
    assert english.count("\n## ") == spanish.count("\n## ") >= 14


def test_both_languages_have_the_same_words_and_places():
    assert WORDS["en"].keys() == WORDS["es"].keys()
    for name, text in WORDS["en"].items():
        assert sorted(_places(text)) == sorted(_places(WORDS["es"][name])), name


def _places(text):
    return [part.split(")")[0] for part in text.split("%(")[1:]]


def test_a_rule_by_class_is_said_class_by_class():
    said = rule_in_words({"rule": "15/15<=, residential=100", "clause": "X/1"}, WORDS["en"])
    assert said == (
        "A group has at least 15 customers, and each of them has at most 15 % of its total. "
        "Homes: A group has at least 100 customers. (X/1)"
    )


def test_the_sheet_says_what_was_combined_who_is_left_out_and_whose_lines_are_missing(release):
    release.notes |= {
        "merges": {"zip": {"91910/91911": ["91910", "91911"]}}, "filter": {"solar": ["yes"]}, "remedy": ["drop"],
        "left_out": [{"keys": ["91910", "residential", "2026-02"], "customers": 1}],
    }  # fmt: skip
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    for language, lines in (("en", "Their lines are not in the table"), ("es", "Sus líneas no están")):
        said = dict(data_sheet(release, outlet, on=ON, language=language))
        text = "\n".join(said.values())
        assert "91910/91911 = 91910 + 91911" in text and "91910, residential, 2026-02: 1" in text
        assert lines in text and "yes" in text
    assert public_table(release)["status"].to_pylist() == ["published"]


def test_the_certificate_has_what_was_proven_and_what_was_checked_twice(release, files):
    said = json.loads(files["-certificate.json"])
    assert (said["proof"], said["smallest_group"], said["rows_audited"]) == ("exhaustive", 15, 0)
    assert said["independent"]["verdict"] == "agrees" and said["independent"]["figures"] == 1
    assert said["pack_digest"] == release.policy and said["rule"] == "15/15" and said["rank"] == 1
    assert said["screening"].startswith("none")


def test_no_file_says_more_of_shares_than_their_limit(release, files):
    """An exact share beside its total is what the largest customer used."""
    assert release.certificate["worst_share_ppm"] == 66_666  # one of fifteen, for staff
    assert json.loads(files["-certificate.json"])["share_limit_ppm"] == 150_000
    for name, content in files.items():
        assert b"worst_share" not in content and b"66666" not in content and b"66667" not in content, name


def test_the_quarterly_files_have_the_utilities_columns():
    found = quarterly(TABLE, "delivered_kWh")
    assert list(found) == ["2026-Q1", "2026-Q2"]
    assert found["2026-Q1"].decode().splitlines() == [
        "ZipCode,Month,Year,CustomerClass,Combined,TotalCustomers,TotalkWh,AveragekWh",
        "90001,3,2026,I,Y,,,",
        "90001,3,2026,R,N,40,100.5,3",
        "90002/90003,3,2026,R,Y,16,80,5",
    ]


@pytest.mark.parametrize(
    ("drop", "rename"), [("zip", {}), ("month", {}), ("", {"customer_class": "rate_class"})]
)
def test_other_tables_have_no_quarterly_files(drop, rename):
    table = TABLE.drop_columns([drop]) if drop else TABLE
    table = table.rename_columns([rename.get(name, name) for name in table.column_names])
    assert quarterly(table, "delivered_kWh") == {}


def test_our_own_reader_understands_the_quarterly_files(tmp_path, files):
    path = tmp_path / "quarter.csv"
    path.write_bytes(files["-by-zip-2026-Q1.csv"])
    _, (count,), rejected = read_tables([path], columns=Columns())
    assert rejected == [] and (count.layout, count.measure) == ("quarterly ZIP", "kWh")
    assert (count.published, count.withheld) == (1, 1)


def test_a_text_that_looks_like_a_formula_stays_a_text():
    assert csv_bytes([["=1+1", "@x", "-5", "+a"]]) == b"'=1+1,'@x,-5,'+a\r\n"
    book = as_xlsx(pa.table({"zip": ["=1+1"], "status": ["withheld"]}), {"Sheet": [("=a", "=b")]}, on=ON)
    assert "<f>" not in _unpacked(book)


def test_a_screen_that_objects_stops_everything(db, people, take_in, gate):
    from meterkeep.desks.releases.models import ReleaseFile
    from meterkeep.errors import Refused

    seen = []

    def check(files):
        seen.extend(files)
        raise Refused("A name is in the file.")

    take_in(*((f"C-{number}", f"SYN-{number}", "91910") for number in range(15)))
    planned = actions.plan(spec=SPEC, gate=gate, by="analyst", on=ON)
    for by in ("officer", "manager"):
        actions.review(release=planned, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SimpleNamespace(name="test", check=check))
    with pytest.raises(Refused, match="A name"):
        actions.publish(release=planned, gate=gate, outlet=outlet, by="officer", on=ON)
    assert len(seen) == 7 and not ReleaseFile.objects.exists()
    assert not OutboxEvent.objects.filter(name="release.published").exists()


def test_where_the_second_checker_disagrees_nothing_goes_out(release, gate):
    """A plan that was wrong from the beginning, so that the log vouches for it."""
    from meterkeep.desks.releases import checks, seals
    from meterkeep.errors import Refused

    again = actions.plan(spec=SPEC, gate=gate, by="analyst", on=ON)
    again.state, row = "approved", again.rows.get()
    from meterkeep.aggregates import PastRow

    known = PastRow.from_bytes(bytes(row.data))
    fewer = PastRow(
        release="", family=known.family, measure=known.measure, period=known.period, members=known.members[1:],
        value=known.value - int(known.loads[0]), loads=known.loads[1:],
    )  # fmt: skip
    row.data = fewer.to_bytes()
    row.save()
    again.cells[0]["value"] = fewer.value
    event = OutboxEvent.objects.get(name="release.planned", detail__release=again.reference)
    event.detail |= seals.standing(again).told()
    with connection.cursor() as cursor:  # The database lets nobody change a recorded event.
        place = " ON outbox_outboxevent" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER outbox_event_unchanged{place}")
    event.save()
    with pytest.raises(Refused, match="independent checker disagrees"):
        checks.check_publishable(again, gate=gate, on=ON)


@pytest.mark.parametrize(("slot", "words"), [("hour", "each hour of the day"), ("day", "for each day")])
def test_a_load_shape_says_that_it_is_one(slot, words):
    from meterkeep.desks.releases.entries import SLOTS
    from meterkeep.desks.releases.publication.files import shapes_of

    assert slot in SLOTS and words in WORDS["en"][f"method_{slot}"]
    assert {f"method_{name}" for name in SLOTS} <= WORDS["es"].keys()
    assert shapes_of({"shapes": {"played": 1}, "counted": "customers"}) == {"shapes": {"played": 1}}


def test_a_load_shape_says_what_its_resolution_asks_for_and_what_was_not_checked(release):
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    release.certificate |= {"resolution_customers": 400, "recalled": ["X-01/2.3"]}
    coarse = dict(data_sheet(release, outlet, on=ON, language="en"))
    assert "400" not in coarse["Rule"], "it is no shape"
    release.spec = SPEC.replace('"month"]', '"month", "hour"]')
    english, spanish = (dict(data_sheet(release, outlet, on=ON, language=one)) for one in ("en", "es"))
    assert english["Rule"].endswith("Groups in figures by hour of the day have at least 400 customers.")
    assert "400 clientes" in spanish["Regla"]
    assert "X-01/2.3" in english["Not checked against their source"]
    assert "X-01/2.3" in spanish["Sin comparar con su fuente"]
    assert spanish["Qué revisó los archivos"] == "nada, porque los datos son sintéticos"

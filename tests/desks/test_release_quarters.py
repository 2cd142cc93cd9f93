"""Releases by quarter and year: the specification, the table, its files, and months that are out already. All synthetic."""

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from gate.world import cmep_line

from meterkeep.aggregates.published.layouts import Columns
from meterkeep.aggregates.published.reading import read_tables
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.releases import actions
from meterkeep.desks.releases.publication.quarterly import quarterly
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.errors import BadInput
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 4, 2)
HEAD = 'title = "Usage"\nfrom = "2026-01"\nuntil = "2026-04"\npurpose = "reporting"\n'
JANUARY, FEBRUARY, MARCH = (date(2026, month, 15) for month in (1, 2, 3))


def spec(text, head=HEAD):
    return parse_spec(head + text)


@pytest.fixture
def town(people, gate, tmp_path, today):
    """Sixteen customers in 91910; in 91911 seventeen, of whom three have nothing in March. A day of 24 kWh for each in every month."""
    rows = [(f"C-{n}", f"SYN-{n}", "91910" if n < 16 else "91911") for n in range(33)]
    lines = ["customer_id,meter_number,zip,customer_class,start,name"]
    lines += [f"{who},{meter},{area},residential,2025-01-01,Synthia {who}" for who, meter, area in rows]
    (tmp_path / "customers.csv").write_text("\n".join(lines))
    customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=today)
    read = [cmep_line(meter, day) for _, meter, _ in rows for day in (JANUARY, FEBRUARY)]
    read += [cmep_line(meter, MARCH) for _, meter, _ in rows[:-3]]
    (tmp_path / "winter.cmep").write_text("\n".join(read) + "\n")
    intake.ingest([tmp_path / "winter.cmep"], gate=gate, by="clerk", on=today)


def planned(gate, text):
    return actions.plan(spec=HEAD + text, gate=gate, by="analyst", on=ON)


def published(gate, text):
    release = planned(gate, text)
    for by in ("officer", "manager"):
        actions.review(release=release, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)


def codes(release):
    return {tuple(cell["keys"]): cell["code"] for cell in release.cells}


def files(release):
    stem = f"totals-{release.reference}"
    return {each.name.removeprefix(stem): bytes(each.content).decode(errors="ignore") for each in release.files.all()}  # fmt: skip


@pytest.mark.django_db
def test_a_quarter_whose_months_are_out_already_gives_no_month_away(town, gate):
    """March of 91911 has fourteen customers and is withheld; the quarter less January and February would be just these."""
    months = published(gate, 'by = ["zip", "month"]')
    assert codes(months)["91911", "2026-03"] == "count" and len(codes(months)) == 6
    quarter = planned(gate, 'by = ["zip", "quarter"]')
    assert codes(quarter) == {("91910", "2026-Q1"): None, ("91911", "2026-Q1"): "overlaps_past_release"}
    assert quarter.cells[1]["releases"] == [months.reference]
    assert quarter.cells[1]["left"]["value"] == 14 * 24 * 10 ** (3 - quarter.power_of_ten)


@pytest.mark.django_db
def test_a_quarter_alone_goes_out_and_months_after_it_give_none_away(town, gate):
    quarter = published(gate, 'by = ["zip", "quarter"]\nfilter = { zip = ["91911"] }')
    assert codes(quarter) == {("91911", "2026-Q1"): None}
    told = files(quarter)
    assert told[".csv"].splitlines()[1] == "91911,2026-Q1,17,1152,published"
    assert "added up by quarter" in told["-data-sheet-en.md"]
    assert "sumaron por trimestre" in told["-data-sheet-es.md"]
    certificate = json.loads(told["-certificate.json"])
    assert certificate["by"] == ["zip", "quarter"] and certificate["period"] == ["2026-01-01", "2026-04-01"]
    assert told["-by-zip-2026-Q1.csv"].splitlines()[1] == "91911,1,2026,All,N,17,1152,68"
    after = codes(planned(gate, 'by = ["zip", "month"]'))
    assert after["91911", "2026-03"] == "count"
    assert sorted(filter(None, after.values())) == ["count", "overlaps_past_release"]


@pytest.mark.django_db
def test_months_and_their_quarter_in_one_table(town, gate):
    release = published(gate, 'by = ["zip", "month<quarter"]')
    found = codes(release)
    assert len(found) == 6 + 2 + 3 + 1
    assert found["91911", "2026-03", "2026-Q1"] == "count"
    assert {keys for keys, code in found.items() if code == "reveals_withheld"} == {
        ("91911", "Total", "2026-Q1"),
        ("Total", "2026-03", "2026-Q1"),
        ("Total", "Total", "2026-Q1"),
    }
    assert files(release)["-by-zip-2026-Q1.csv"].startswith("ZipCode,Month,Year,")


@pytest.mark.django_db
def test_a_quarter_of_which_a_month_was_not_measured_is_refused(town, gate):
    later = HEAD.replace("2026-01", "2026-04").replace('until = "2026-04"', 'until = "2026-07"')
    whole = HEAD.replace("2026-04", "2026-07")
    for head, text in ((later, "Nothing was measured"), (whole, "Nothing was measured in 2026-04")):
        with pytest.raises(BadInput, match=text):
            actions.plan(spec=head + 'by = ["zip", "quarter"]', gate=gate, by="analyst", on=date(2026, 7, 2))


def test_levels_over_time():
    found = spec('by = ["zip", "month<quarter"]')
    assert found.by == ("zip", "month", "quarter") and found.times == ("month", "quarter")
    assert {*found.totals} == {("zip", "quarter"), ("month", "quarter"), ("quarter",)}
    assert found.attributes == ("zip",)
    assert spec('by = ["zip", "quarter"]\ntotals = true').totals == (("quarter",),)
    named = spec('by = ["zip", "month", "quarter"]\ntotals = [["month"], ["zip", "quarter"]]')
    assert named.totals == (("month", "quarter"), ("zip", "quarter"))
    assert spec('by = ["quarter"]').resolution == "quarter"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('by = ["zip", "quarter<month"]', "by"),
        ('by = ["zip<month"]', "by"),
        ('by = ["zip"]', "by"),
        ('by = ["zip", "month", "quarter", "hour"]', "by"),
        ('by = ["zip", "quarter", "hour"]', "by"),
        ('by = ["zip", "quarter"]\nmeasure = "customers"', "measure"),
        ('by = ["zip", "quarter"]\nmode = "noise"\nrho = "0.01"', "mode"),
        ('by = ["zip", "quarter"]\ntotals = [["zip"]]', "totals"),
        ('by = ["zip", "month", "quarter"]\ntotals = [["zip", "month"]]', "totals"),
        ('by = ["zip", "month", "quarter"]\nremedy = ["combine zip"]', "remedy"),
        ('by = ["zip", "month", "quarter"]\nremedy = ["exclude"]', "remedy"),
        ('by = ["zip", "quarter"]\nremedy = ["combine quarter"]', "remedy"),
        ('by = ["zip", "year"]', "until"),
    ],
)
def test_what_makes_no_sense_over_time_is_refused_under_its_name(text, where):
    with pytest.raises(BadInput) as refused:
        spec(text)
    assert refused.value.where == where and refused.value.next


@pytest.mark.parametrize(
    ("start", "end", "time", "where", "says"),
    [
        ("2026-02", "2026-04", "quarter", "from", "2026-Q1 is not wholly in it"),
        ("2026-01", "2026-06", "quarter", "until", "2026-Q2 is not wholly in it"),
        ("2026-04", "2027-01", "year", "from", "2026 is not wholly in it"),
        ("2026-01", "2026-10", "year", "until", "2026 is not wholly in it"),
    ],
)
def test_a_period_of_which_a_part_is_left_out_is_refused(start, end, time, where, says):
    head = f'title = "Usage"\nfrom = "{start}"\nuntil = "{end}"\npurpose = "reporting"\n'
    with pytest.raises(BadInput, match=says) as refused:
        spec(f'by = ["zip", "{time}"]', head)
    assert refused.value.where == where


def test_the_file_by_quarter_is_read_back_by_the_audit_of_published_tables(tmp_path):
    table = pa.table({
        "zip": ["90001", "90001", "Total"], "quarter": ["2026-Q1", "2026-Q2", "2026-Q1"], "customers": [40, 41, 90],
        "delivered_kWh": pa.array([Decimal(100), Decimal(90), Decimal(300)], pa.decimal128(38, 2)),
        "status": ["published"] * 3,
    })  # fmt: skip
    found = quarterly(table, "delivered_kWh")
    assert sorted(found) == ["2026-Q1", "2026-Q2"]
    assert found["2026-Q2"].decode().splitlines() == [
        "ZipCode,Quarter,Year,CustomerClass,Combined,TotalCustomers,TotalkWh,AveragekWh",
        "90001,2,2026,All,N,41,90,2",
    ]
    (tmp_path / "q2.csv").write_bytes(found["2026-Q2"])
    table, _, rejected = read_tables([tmp_path / "q2.csv"], columns=Columns())
    assert rejected == [] and (table.months.tolist(), table.start.tolist()) == ([3], [2026 * 12 + 3])


def test_years_have_no_quarterly_file():
    table = pa.table({"zip": ["90001"], "year": ["2026"], "customers": [40], "delivered_kWh": [Decimal(100)], "status": ["published"]})  # fmt: skip
    assert quarterly(table, "delivered_kWh") == {}

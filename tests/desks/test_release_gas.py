"""Gas beside electricity: therms are a measure of their own, never added to watt-hours, and audited beside them. All synthetic."""

from datetime import date

import pytest
from gate.world import cmep_line

from meterkeep.aggregates import PastRow
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.releases import actions, queries
from meterkeep.desks.releases.drafting import draft, mean
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
HEAD = 'title = "Usage"\nby = ["zip", "month"]\nfrom = "2026-02"\nuntil = "2026-03"\npurpose = "reporting"\n'
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(people, gate, tmp_path, today):
    """Twenty homes with a meter for electricity; sixteen of them have another for gas, two therms an hour on the first of the month."""
    lines = ["customer_id,meter_number,zip,customer_class,solar,start,name"]
    lines += [f"C-{n},SYN-{n},91910,residential,{n < 16},2025-01-01,Synthia {n}" for n in range(20)]
    lines += [f"C-{n},GAS-{n},91910,residential,true,2025-01-01,Synthia {n}" for n in range(16)]
    (tmp_path / "customers.csv").write_text("\n".join(lines))
    customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=today)
    day = date(2026, 2, 1)
    told = [cmep_line(f"SYN-{n}", day) for n in range(20)]
    told += [cmep_line(f"GAS-{n}", day).replace("KWH", "THERM").replace(",R0,1", ",R0,2") for n in range(16)]
    (tmp_path / "meters.cmep").write_text("\n".join(told))
    assert intake.ingest([tmp_path / "meters.cmep"], gate=gate, by="clerk", on=today)["stored"] == 36 * 24


def drafted(gate, spec="", past=()):
    return draft(parse_spec(HEAD + spec), gate=gate, past=past, by="analyst", on=ON)


def published_rows(gate, spec=""):
    """As the register would have them."""
    return [PastRow.from_bytes(row.to_bytes()) for row in drafted(gate, spec).plan.rows("T-1")]


def released(gate):
    release = actions.plan(spec=HEAD, gate=gate, by="analyst", on=ON)
    for by in ("officer", "manager"):
        actions.review(release=release, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)


def figures(found):
    (cell,) = found.plan.cells
    return cell.status, cell.customers, cell.value * 10**found.power


def test_therms_and_watt_hours_are_figures_of_their_own(town, gate):
    assert figures(drafted(gate)) == ("published", 20, 20 * 24_000)
    assert figures(drafted(gate, 'unit = "therms"')) == ("published", 16, 16 * 48)


def test_customers_are_counted_by_what_they_have_a_meter_for(town, gate):
    assert figures(drafted(gate, 'measure = "customers"')) == ("published", 20, 20)
    assert figures(drafted(gate, 'measure = "customers"\nunit = "therms"')) == ("published", 16, 16)


def test_gas_of_some_whose_electricity_is_out_is_audited_beside_it(town, gate):
    """Who burns gas draws power: the four without gas would be told by the two figures."""
    past = published_rows(gate)
    (cell,) = drafted(gate, 'unit = "therms"', past=past).plan.cells
    assert (cell.code, cell.releases) == ("overlaps_past_release", ("T-1",))


def test_a_mean_is_audited_as_its_total_and_published_with_its_count(town, gate):
    found = drafted(gate, 'statistic = "mean"')
    (cell,) = found.plan.cells
    (row,) = found.plan.rows("T-1")
    assert (row.value, len(row.members)) == (cell.value, cell.customers) == (cell.value, 20)
    assert mean(cell.value, cell.customers, found.power) == 24_000


def test_gas_of_the_same_customers_is_no_correction_of_their_electricity(town, gate):
    """Therms and watt-hours of the same sixteen are not two values of one reading."""
    own = '[filter]\nsolar = ["true"]\n'
    past = published_rows(gate, own)
    assert figures(drafted(gate, 'unit = "therms"\n' + own, past=past)) == ("published", 16, 16 * 48)


def test_the_same_load_told_more_finely_is_no_correction(town, gate, tmp_path):
    """In March the same meters tell thousandths of a watt-hour, so that figures of both months have another power of ten."""
    first = released(gate)
    day = date(2026, 3, 1)
    finer = "\n".join(cmep_line(f"SYN-{n}", day).replace(",R0,1", ",R0,1.000001") for n in range(20))
    (tmp_path / "march.cmep").write_text(finer)
    intake.ingest([tmp_path / "march.cmep"], gate=gate, by="clerk", on=ON)
    both = parse_spec(HEAD.replace('"2026-03"', '"2026-04"'))
    found = draft(both, gate=gate, past=queries.register(gate).rows, by="analyst", on=ON)
    assert found.power < first.power_of_ten
    assert [(cell.keys[1], cell.code) for cell in found.plan.cells] == [("2026-02", None), ("2026-03", None)]

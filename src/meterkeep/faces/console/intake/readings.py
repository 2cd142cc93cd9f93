"""The page of the checks: what the last run has flagged, by check and by day, and one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.intake.checking import Checked, last_run
from meterkeep.faces.charts.strip import strip
from meterkeep.faces.console.intake.pages import CHANNELS
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment, csv_text
from meterkeep.faces.flags import NAMES, amount, flag_rows
from meterkeep.readings.checks import CHECKS

SAYS = {
    "gap": _("Intervals are missing between readings."),
    "ends_early": _("No reading came for the last days of the period."),
    "spike": _("A reading is far above what this usage point mostly has."),
    "zero_run": _("The channel says zero for a long time."),
    "constant_run": _("The same amount comes again and again for a long time."),
    "negative": _("An amount that goes one way only is below zero."),
    "interval_size": _("Readings are of another length than this channel mostly has."),
    "overlap": _("Readings of different lengths tell of the same time."),
    "future": _("A reading ends later than its file was received."),
    "off_grid": _("Readings do not begin on the grid of their length."),
    "night_solar": _("A channel that gives energy to the grid does so in the dead of night."),
    "clock_shift": _("Two weeks look like the weeks before, an hour earlier or later."),
    "register_back": _("A register went down: rolled over, exchanged or wrong; it was not compared."),
    "register_sum": _("The intervals do not add up to what the register counted."),
    "billing_sum": _("The intervals do not add up to the amount of the billing period."),
    "demand_energy": _("The greatest demand is less than the mean power of an interval."),
    "conflict": _("Too many readings contradict each other."),
    "estimated_share": _("Too many readings are estimates."),
    "estimated_run": _("Estimates go on for a long time."),
}
"""What each check says, so that it can be said in Spanish; a test holds it to the catalogue of the checks."""

LABELS = {
    "gap": _("Missing readings"),
    "ends_early": _("Readings stop early"),
    "spike": _("Spike"),
    "zero_run": _("Long run of zeros"),
    "constant_run": _("Same amount again and again"),
    "negative": _("Below zero"),
    "interval_size": _("Other interval length"),
    "overlap": _("Overlapping readings"),
    "future": _("Reading from the future"),
    "off_grid": _("Off the clock's grid"),
    "night_solar": _("Solar at night"),
    "clock_shift": _("Clock moved by an hour"),
    "register_back": _("Register went down"),
    "register_sum": _("Intervals against register"),
    "billing_sum": _("Intervals against bill"),
    "demand_energy": _("Demand against energy"),
    "conflict": _("Contradictions"),
    "estimated_share": _("Many estimates"),
    "estimated_run": _("Long run of estimates"),
}
"""What each check is called beside its code; a test holds it to the catalogue of the checks."""

SHOWN = 50
MOST_DAYS = 62


@dataclass(frozen=True)
class Total:
    name: str
    label: str
    says: str
    flags: int
    points: int


@dataclass(frozen=True)
class FlagRow:
    usage_point: int
    channel: str
    check: str
    label: str
    start: str
    found: str
    limit: str
    count: int
    says: str


@dataclass(frozen=True)
class ReadingsPage:
    """ran: whether there is a run. query: what was chosen, as the end of an address."""

    ran: bool
    about: Mapping[str, str]
    totals: tuple[Total, ...]
    picture: str
    rows: tuple[FlagRow, ...]
    count: int
    names: tuple[tuple[str, str], ...]
    check: str
    usage_point: str
    query: str


@door("staff")
def readings(request: HttpRequest) -> HttpResponse:
    page = readings_page(_run(request), chosen=request.GET, zone=ZoneInfo(request.custodian.home.zone))
    return render(request, "console/readings.html", {"page": page})


@door("staff")
def readings_csv(request: HttpRequest) -> HttpResponse:
    run = _run(request)
    rows = flag_rows(_chosen(run.flags, request.GET)) if run else []
    return attachment(csv_text([NAMES, *([row[name] for name in NAMES] for row in rows)]), "flags.csv", CSV)


def _run(request: HttpRequest) -> Checked | None:
    """Flags are of customers' readings, so that to look at them is an access of its own."""
    custodian = request.custodian
    return last_run(gate=custodian.gate, by=request.user.person, on=custodian.today())


def readings_page(run: Checked | None, *, chosen: Mapping[str, str], zone: ZoneInfo) -> ReadingsPage:
    """chosen: `check` and `usage_point`; what is neither shows everything."""
    if run is None:
        return ReadingsPage(False, {}, (), "", (), 0, (), "", "", "")
    flags = _chosen(run.flags, chosen)
    asked = {name: chosen[name] for name in ("check", "usage_point") if chosen.get(name)}
    worst = flags.sort_by([("count", "descending"), ("usage_point", "ascending"), ("start", "ascending")])
    return ReadingsPage(
        ran=True,
        about=_about(run.about, zone),
        totals=_totals(flags),
        picture=_picture(flags, run.about, zone),
        rows=tuple(_row(row) for row in flag_rows(worst.slice(0, SHOWN))),
        count=flags.num_rows,
        names=tuple((check.name, str(LABELS[check.name])) for check in CHECKS),
        check=asked.get("check", ""),
        usage_point=asked.get("usage_point", ""),
        query=f"?{urlencode(asked)}" if asked else "",
    )


def _chosen(flags: pa.Table, chosen: Mapping[str, str]) -> pa.Table:
    if chosen.get("check"):
        flags = flags.filter(pc.equal(flags["check"], chosen["check"]))
    if chosen.get("usage_point"):
        flags = flags.filter(pc.equal(flags["usage_point"].cast(pa.string()), chosen["usage_point"].strip()))
    return flags


def _about(about: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    last = date.fromisoformat(about["to"]) - timedelta(days=1)
    return {
        "first": date_format(date.fromisoformat(about["from"]), "j F Y"),
        "last": date_format(last, "j F Y"),
        "at": f"{datetime.fromisoformat(about['at']).astimezone(zone):%Y-%m-%d %H:%M %Z}",
        "by": about["by"],
    }


def _totals(flags: pa.Table) -> tuple[Total, ...]:
    counted = flags.group_by("check").aggregate([("start", "count"), ("usage_point", "count_distinct")])
    by_name = {row["check"]: row for row in counted.to_pylist()}
    return tuple(
        Total(
            check.name,
            str(LABELS[check.name]),
            str(SAYS[check.name]),
            by_name[check.name]["start_count"],
            by_name[check.name]["usage_point_count_distinct"],
        )
        for check in CHECKS
        if check.name in by_name
    )


def _picture(flags: pa.Table, about: Mapping[str, Any], zone: ZoneInfo) -> str:
    """How many flags each check had open on each day of the period, the last ones of a long one."""
    end = date.fromisoformat(about["to"])
    days = min((end - date.fromisoformat(about["from"])).days, MOST_DAYS)
    first = end - timedelta(days=days)
    names = [check.name for check in CHECKS if pc.any(pc.equal(flags["check"], check.name)).as_py()]
    if not names:
        return ""
    edges = np.zeros((len(names), days + 1), np.int64)
    row = pc.index_in(flags["check"], value_set=pa.array(names)).to_numpy()
    begin = int(datetime(first.year, first.month, first.day, tzinfo=zone).timestamp())
    start, finish = (flags[name].cast(pa.int64()).to_numpy() for name in ("start", "end"))
    np.add.at(edges, (row, np.clip((start - begin) // 86_400, 0, days)), 1)
    np.add.at(edges, (row, np.clip((finish - 1 - begin) // 86_400 + 1, 0, days)), -1)
    return strip(
        np.cumsum(edges, axis=1)[:, :-1],
        rows=[str(LABELS[name]) for name in names],
        days=[f"{first + timedelta(days=i):%m-%d}" for i in range(days)],
        title=gettext("Flags by check and day"),
        description=gettext(
            "The darker a day, the more flags a check has on it. The tables below have the numbers."
        ),
        name="flags",
    )


def _row(row: Mapping[str, Any]) -> FlagRow:
    return FlagRow(
        usage_point=row["usage_point"],
        channel=str(CHANNELS.get(row["channel"], row["channel"])),
        check=row["check"],
        label=str(LABELS[row["check"]]),
        start=row["start"][:16].replace("T", " "),
        found=amount(row["found"], row["unit"]),
        limit=amount(row["limit"], row["unit"]),
        count=row["count"],
        says=str(SAYS[row["check"]]),
    )

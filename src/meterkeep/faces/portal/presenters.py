"""What the customer's pages show, as plain values: words, numbers and pictures, no queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.dateformat import format as format_date
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.faces.charts.heatmap import (
    AMBER,
    BLUE,
    NOTHING,
    Labels,
    State,
    class_bounds,
    colours,
    geometry,
    heatmap,
)
from meterkeep.faces.portal.hours import Flow, Hour
from meterkeep.faces.portal.months import Month

NAMES = {
    "delivered": _("Energy you used from the grid"),
    "received": _("Energy you sent to the grid"),
    "net": _("Energy used minus energy sent"),
}
SHORT_NAMES = {"delivered": _("From the grid"), "received": _("To the grid"), "net": _("Net")}
PALETTES = {"received": AMBER}
LINE_COLOURS = {"received": "#a2650c"}


@dataclass(frozen=True)
class LegendItem:
    fill: str
    label: str


@dataclass(frozen=True)
class Row:
    """One day of the table: 24 words, and what the day adds up to."""

    day: str
    hours: tuple[str, ...]
    total: str


@dataclass(frozen=True)
class FlowView:
    channel: str
    name: str
    short_name: str
    total: str
    unit: str
    coverage: str
    estimated: str
    complete: bool
    picture: str
    legend: tuple[LegendItem, ...]
    has_estimated: bool
    has_gaps: bool
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str


@dataclass(frozen=True)
class UsagePage:
    month: Month
    previous: Month
    next: Month | None
    months: tuple[Month, ...]
    flows: tuple[FlowView, ...]
    shown: FlowView | None
    chart: dict[str, object]
    others: int


def usage_page(
    flows: Sequence[Flow], *, month: Month, months: Sequence[Month], channel: str, others: int = 0
) -> UsagePage:
    """months: those on offer, newest first; channel: the one whose hours are drawn, the first if there is no such.

    others: how many readings are no hours, so that the page does not pass over them in silence.
    """
    drawn = next((flow for flow in flows if flow.channel == channel), flows[0] if flows else None)
    views = tuple(flow_view(flow) for flow in flows)
    return UsagePage(
        month=month,
        previous=month.previous(),
        next=month.next() if month < months[0] else None,
        months=tuple(months),
        flows=views,
        shown=next((view for view in views if drawn and view.channel == drawn.channel), None),
        chart=chart(flows, drawn) if drawn else {},
        others=others,
    )


def flow_view(flow: Flow) -> FlowView:
    grid, labels = flow.grid(), flow_labels(flow)
    return FlowView(
        channel=flow.channel,
        name=str(NAMES[flow.channel]),
        short_name=str(SHORT_NAMES[flow.channel]),
        total=_number(flow, flow.total, 1),
        unit=flow.shown_unit,
        coverage=_coverage(flow),
        estimated=_estimated(flow),
        complete=not flow.missing,
        picture=heatmap(grid, labels, name=f"heat-{flow.channel}", palette=PALETTES.get(flow.channel, BLUE)),
        legend=tuple(_legend(flow)),
        has_estimated=bool(flow.estimated),
        has_gaps=bool(flow.missing),
        columns=tuple(f"{hour:02d}" for hour in range(24)),
        rows=tuple(_rows(flow)),
        note=_clock_change(flow),
    )


def flow_labels(flow: Flow) -> Labels:
    days = flow.month.days
    totals = {day: _day_total(flow, hours, 1) for day, hours in flow.of_days()}
    return Labels(
        title=gettext("%(what)s, hour by hour, %(month)s")
        % {"what": NAMES[flow.channel], "month": flow.month.name},
        description=_sentence(flow),
        rows=[date_format(day, "D j") for day in days],
        columns=[format_date(time(hour), gettext("g a")) for hour in range(24)],
        ends=[totals.get(day, "") for day in days],
        end_title=gettext("%(unit)s a day") % {"unit": flow.shown_unit},
        groups=frozenset(row for row, day in enumerate(days) if day.weekday() == 0),
    )


def chart(flows: Sequence[Flow], drawn: Flow) -> dict[str, object]:
    """What the script draws and reads out: the same numbers as the table, in the shown unit."""
    alike = [flow for flow in flows if flow.shown_unit == drawn.shown_unit]
    return {
        "starts": [int(hour.start.timestamp()) for hour in drawn.hours],
        "zone": str(drawn.hours[0].start.tzinfo) if drawn.hours else "UTC",
        "unit": drawn.shown_unit,
        "time": gettext("Hour"),
        "lines": [
            {
                "name": str(SHORT_NAMES[flow.channel]),
                "colour": LINE_COLOURS.get(flow.channel, "#1b68a8"),
                "values": [
                    None if hour.value is None else float(flow.shown(hour.value)) for hour in flow.hours
                ],
            }
            for flow in alike
        ],
        "cells": geometry(flow_labels(drawn)),
        "readings": _readouts(drawn),
    }


def _readouts(flow: Flow) -> dict[str, str]:
    """What to say of a cell, by "row,hour"."""
    return {f"{hour.start.day - 1},{hour.start.hour}": _readout(flow, hour) for hour in flow.hours}


def _readout(flow: Flow, hour: Hour) -> str:
    when = (
        f"{date_format(hour.start, 'l j F')}, {_clock(hour.start.hour)}–{_clock((hour.start.hour + 1) % 24)}"
    )
    return f"{when}: {_value(flow, hour)}"


def _value(flow: Flow, hour: Hour) -> str:
    if hour.value is None:
        return gettext("no reading")
    words = f"{_number(flow, hour.value, 2)} {flow.shown_unit}"
    if hour.state == State.ESTIMATED:
        return gettext("%(value)s (estimated)") % {"value": words}
    return (
        gettext("%(value)s (part of the hour)") % {"value": words} if hour.state == State.PARTIAL else words
    )


def _legend(flow: Flow) -> Iterator[LegendItem]:
    bounds = class_bounds(flow.grid())
    yield LegendItem(NOTHING, "0")
    lower = gettext("up to %(bound)s")
    for bound, fill in zip(bounds, colours(bounds, PALETTES.get(flow.channel, BLUE)), strict=True):
        words = _number(flow, bound, 2)
        yield LegendItem(fill, lower % {"bound": words})
        lower = f"{words}–%(bound)s"


def _rows(flow: Flow) -> Iterator[Row]:
    for day, hours in flow.of_days():
        words = [""] * 24
        for hour in hours:
            place = hour.start.hour
            words[place] = " / ".join(filter(None, (words[place], _cell(flow, hour))))
        yield Row(_day(day), tuple(words), _day_total(flow, hours, 2))


def _day_total(flow: Flow, hours: Sequence[Hour], places: int) -> str:
    """A day of which nothing was read has no total, which is not a total of zero."""
    known = [hour.value for hour in hours if hour.value is not None]
    return _number(flow, sum(known), places) if known else "–"


def _cell(flow: Flow, hour: Hour) -> str:
    if hour.value is None:
        return "–"
    mark = {State.ESTIMATED: " e", State.PARTIAL: " p"}.get(hour.state, "")
    return _number(flow, hour.value, 2) + mark


def _sentence(flow: Flow) -> str:
    """The picture in words: how much in all, which hour of the day was highest."""
    total = f"{_number(flow, flow.total, 1)} {flow.shown_unit}"
    by_hour = [0] * 24
    for hour in flow.hours:
        by_hour[hour.start.hour] += hour.value or 0
    if not any(by_hour):
        return gettext("Nothing was measured in this month.")
    peak = by_hour.index(max(by_hour))
    return gettext("%(total)s in all. The highest hour of the day was mostly from %(start)s to %(end)s.") % {
        "total": total,
        "start": _clock(peak),
        "end": _clock((peak + 1) % 24),
    }


def _coverage(flow: Flow) -> str:
    hours = len(flow.hours)
    return gettext("%(read)s of %(all)s hours") % {"read": hours - flow.missing, "all": hours}


def _estimated(flow: Flow) -> str:
    if not flow.estimated:
        return gettext("no hour is estimated")
    return ngettext("%(count)s hour is estimated", "%(count)s hours are estimated", flow.estimated) % {
        "count": flow.estimated
    }


def _clock_change(flow: Flow) -> str:
    """A sentence for the two months in which the clock is changed."""
    for day, hours in flow.of_days():
        whole = hours[0].start.hour == 0 and hours[-1].start.hour == 23
        if whole and len(hours) == 25:
            return gettext(
                "On %(day)s the clock was set back, so one hour came twice. The picture shows the middle of the two."
            ) % {"day": _day(day)}
        if whole and len(hours) == 23:
            return gettext("On %(day)s the clock was set forward, so one hour is left out.") % {
                "day": _day(day)
            }
    return ""


def _number(flow: Flow, value: int, places: int) -> str:
    return str(number_format(flow.shown(value), decimal_pos=places, use_l10n=True, force_grouping=True))


def _clock(hour: int) -> str:
    return format_date(time(hour), gettext("g a"))


def _day(day: date | datetime) -> str:
    return date_format(day, "D j M")

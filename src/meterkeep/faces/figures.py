"""How the numbers of a release are named and written: by what they count, and exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.publication.table import KILO
from meterkeep.desks.releases.spec import Spec, parse_spec
from meterkeep.desks.releases.times import TIMES, times_of

TOTAL = "Total"
EVERY = {
    "zip": _("all ZIP codes"),
    "city": _("all cities"),
    "customer_class": _("all kinds of customers"),
    "rate_class": _("all rates"),
    "county": _("all counties"),
    "census_tract": _("all census tracts"),
    "solar": _("with and without solar"),
    "hour": _("all hours"),
    "day": _("all days"),
    "month": _("all months"),
    "quarter": _("all quarters"),
    "year": _("all years"),
}
SOLAR = {"true": _("with solar"), "false": _("without solar")}
KINDS = {
    "residential": _("Residential"),
    "commercial": _("Commercial"),
    "small_commercial": _("Small commercial"),
    "large_commercial": _("Large commercial"),
    "industrial": _("Industrial"),
    "agricultural": _("Agricultural"),
    "unknown": _("Unknown"),
}
BETWEEN = " · "


class Figures:
    """Of one release: names of its cells and of those of others, and amounts in the unit that people know."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.spec: Spec = parse_spec(release.spec)
        self.by = self.spec.by
        self.unit = KILO.get(release.unit, release.unit)
        self._power = release.power_of_ten - (3 if release.unit in KILO else 0)

    def merged(self, keys: Sequence[str]) -> Sequence[str]:
        """The categories that were combined into one of the cell's, if any were."""
        merges = self.release.notes.get("merges", {})
        for name, key in zip(self.by, keys, strict=True):
            if key in merges.get(name, {}):
                return list(merges[name][key])
        return []

    def name(self, keys: Sequence[str]) -> str:
        """Of a cell, by its keys."""
        when = self.time(keys)
        pairs = zip(self.by, keys, strict=True)
        return BETWEEN.join(said(name, key) for name, key in pairs if name not in TIMES or name == when)

    def time(self, keys: Sequence[str]) -> str:
        """The shortest period that a cell is of: of a month in a quarter, the month."""
        known = dict(zip(self.by, keys, strict=True))
        return next((name for name in times_of(self.by) if known[name] != TOTAL), "")

    def label(self, figure: Sequence[str], period: Sequence[str], *, dated: bool = True) -> str:
        """Of a figure of any release, by its `dimension=value`; what it does not name is summed up. dated: with its period."""
        known = dict(part.split("=", 1) for part in figure)
        names = [*self.by, *(name for name in known if name not in self.by)]
        words = [said(name, known.get(name, TOTAL)) for name in names if name not in TIMES]
        times = times_of([*known])
        when = said(times[0], known[times[0]]) if times else days(period)
        return BETWEEN.join([*words, when] if dated or not words else words)

    def dated(self, terms: Iterable[Mapping[str, Any]]) -> bool:
        """Whether the terms of a sum are of several periods, so that each has to be named."""
        return len({tuple(term["period"]) for term in terms}) > 1

    def exact(self, value: int) -> Decimal:
        return Decimal(value).scaleb(self._power)

    def places(self, values: Iterable[int]) -> int:
        """Decimals that all of these need."""
        return max([0, *(-_exponent(self.exact(value)) for value in values)])

    def amount(self, value: int, places: int | None = None) -> str:
        """Exact, with as many decimals as it needs or as are asked for."""
        return decimal(self.exact(value), self.places([value]) if places is None else places)

    def measured(self, value: int) -> str:
        return f"{self.amount(value)} {self.unit}"


def said(name: str, key: str) -> str:
    """A value of a dimension, as people say it."""
    if key == TOTAL:
        return str(EVERY.get(name, f"{TOTAL} ({name})"))
    if name == "month" and len(key) == len("2026-01"):
        return date_format(date.fromisoformat(f"{key}-01"), "F Y")
    if name == "quarter" and "-Q" in key:
        return gettext("%(year)s Q%(quarter)s") % dict(zip(("year", "quarter"), key.split("-Q"), strict=True))
    if name == "solar":
        return str(SOLAR.get(key, key))
    return _kind(key) if name == "customer_class" else key


def _kind(key: str) -> str:
    """A kind of customer; a name that is none of those everybody uses is left as it is, as the name of a rate is."""
    return str(KINDS.get(key, key))


def days(period: Sequence[str]) -> str:
    """First and last day of a half-open period, or the month that it is."""
    first, after = (date.fromisoformat(day) for day in period)
    if first.day == after.day == 1 and (after - timedelta(days=1)).month == first.month:
        return date_format(first, "F Y")
    return gettext("%(first)s to %(last)s") % {
        "first": date_format(first, "j F Y"),
        "last": date_format(after - timedelta(days=1), "j F Y"),
    }


def decimal(value: Decimal, places: int = 0) -> str:
    return str(number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True))


def people(number: int) -> str:
    return ngettext("%(count)s customer", "%(count)s customers", number) % {"count": decimal(Decimal(number))}


def percent(ppm: int, *, up: bool = False) -> str:
    """Two decimals at most, cut off, or up; so that what is above a limit never reads as if it were below."""
    shown = Decimal(-(-ppm // 100) if up else ppm // 100).scaleb(-2)
    return f"{decimal(shown, -_exponent(shown))} %"


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return min(int(exponent), 0)

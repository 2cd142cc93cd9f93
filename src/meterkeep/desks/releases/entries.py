"""The entries of SPEC.toml, one by one. Each refusal names the entry, says what is wrong and what to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, Final

from meterkeep.aggregates.history.changes import Usual
from meterkeep.desks.releases.names import nearest, some
from meterkeep.desks.releases.times import TIMES, check_by, check_whole, levels, times_of, whole_level
from meterkeep.errors import BadInput
from meterkeep.gate import Period
from meterkeep.readings.model import SUMMABLE

RECORDED: Final = ("zip", "city", "census_tract", "customer_class", "rate_class", "solar")
"""Dimensions that the customers' records have."""
DERIVED: Final = ("census_tract", "county")
"""Dimensions that an area of the specification derives from one of those; of a census tract it stands before the records."""
SLOTS: Final = {"hour": "the average day, by the hour that clocks show", "day": "each day of the month"}
DIMENSIONS: Final = (*dict.fromkeys((*RECORDED, *DERIVED)), *TIMES, *SLOTS)
COUNT: Final = "customers"
BILLED: Final = "billed"
MONEY: Final = "USD"
MEASURES: Final = (*sorted(SUMMABLE), COUNT, BILLED)
CHOICES: Final = {
    "measure": MEASURES,
    "statistic": ("sum", "mean"),
    "republish": ("refuse", "audit"),
    "mode": ("exact", "noise"),
}
UNITS: Final = {"kWh": "Wh", "MWh": "Wh", "therms": "therm", "$": MONEY}
"""What people write → what the store has; values keep their power of ten."""
REMEDIES: Final = ("combine", "exclude", "drop", "withhold", "mark")
PPM_OF_PERCENT: Final = 10_000
_PERCENT: Final = re.compile(r"\d{1,9}(\.\d{1,4}0*)?", re.ASCII)
LONGEST_TITLE: Final = 200
MOST_COLLUDERS: Final = 1_000_000


def text(said: Mapping[str, Any], name: str, default: str = "") -> str:
    value = said.get(name, default)
    if not isinstance(value, str):
        raise BadInput("This is no text.", where=name, next=f'Write {name} = "…" in quotation marks.')
    return value


def title(said: Mapping[str, Any]) -> str:
    """As the catalogue shows it."""
    written = text(said, "title")
    if len(written) > LONGEST_TITLE:
        raise BadInput(
            f"The title has {len(written):,} characters.",
            where="title",
            next=f"Say it in {LONGEST_TITLE} characters.",
        )
    return written


def unit(value: str, *, measure: str) -> str:
    """Of what was billed money alone, whether it is said or not. value: "" where nothing is said."""
    found = UNITS.get(value, value) or (MONEY if measure == BILLED else "Wh")
    if (found == MONEY) != (measure == BILLED):
        raise BadInput(
            f"{measure} is not measured in {value}.",
            where="unit",
            next='Money is what was billed: measure = "billed", unit = "$".',
        )
    return found


def choices(texts: Mapping[str, str]) -> dict[str, Any]:
    """The texts, of which some have to be one of a few."""
    for name, allowed in CHOICES.items():
        if texts[name] not in allowed:
            what = "This cannot be added up." if name == "measure" else f"{texts[name]!r} is no {name}."
            raise BadInput(what, where=name, next=f"Use {', '.join(allowed)}.")
    return dict(texts)


def check_measure(texts: Mapping[str, str], names: Sequence[str]) -> None:
    if texts["measure"] == BILLED and (SLOTS.keys() & set(names) or texts["mode"] == "noise"):
        raise BadInput(
            "Bills are by month, and exact.", where="measure", next="Leave out the slot, and the noise."
        )
    if texts["measure"] == COUNT and (texts["statistic"] == "mean" or SLOTS.keys() & set(names)):
        raise BadInput(
            "A count of customers has neither mean nor slots.", where="measure", next="Count them by month."
        )
    if texts["measure"] == COUNT and times_of(names) != ("month",):
        raise BadInput(
            "Customers counted by month do not add up to those of a quarter: most are the same people.",
            where="measure",
            next="Count them by month; a table of energy by quarter has their number beside each figure.",
        )
    if texts["mode"] == "noise" and times_of(names) != ("month",):
        raise BadInput("Noise is for monthly sums.", where="mode", next="Ask for months, or leave it out.")


def by(value: Any) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The dimensions in order, and those that form hierarchies, finest first: from ["zip<county", "month"]."""
    if not _is_list(value):
        raise BadInput("This is no list of names.", where="by", next='Write it as ["zip", "month"].')
    written = [tuple(part.strip() for part in name.split("<")) for name in value]
    names = tuple(name for levels in written for name in levels)
    if unknown := [name for name in names if name not in DIMENSIONS]:
        raise BadInput(
            f"There is no dimension {some(unknown)}.",
            where="by",
            next=f"Use {', '.join(nearest(unknown[0], DIMENSIONS))}.",
        )
    if len(set(names)) < len(names):
        raise BadInput("A dimension stands twice.", where="by", next="Name each of them once.")
    check_by(names, [each for each in written if len(each) > 1], [*SLOTS])
    if [name for name in names if name in SLOTS] not in ([], [names[-1]]):
        raise BadInput(
            "A load shape has one slot, the last of all.",
            where="by",
            next='End it with "hour" or with "day".',
        )
    return names, [levels for levels in written if len(levels) > 1]


def totals(
    value: Any, names: Sequence[str], hierarchies: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], ...]:
    """True: each level of each hierarchy, and all of it, with those of the others; or the levels themselves."""
    cells = [name for name in names if name not in SLOTS]
    if value is False:
        return ()
    if value is True:
        return _every_level(cells, hierarchies)
    if not isinstance(value, list) or not all(_is_list(level, empty=True) for level in value):
        raise BadInput(
            "These are no levels.",
            where="totals",
            next='Write true for all, or [["county", "month"], ["month"]].',
        )
    asked = tuple(whole_level(level, cells) if set(level) <= set(cells) else tuple(level) for level in value)
    for level in asked:
        if not set(level) < set(cells) or not times_of(level):
            raise BadInput(
                f"Totals by {', '.join(level) or 'nothing'} are not coarser than figures by {', '.join(cells)}.",
                where="totals",
                next=f"Name fewer of the same dimensions, the {times_of(cells)[-1]} among them.",
            )
    if len({frozenset(level) for level in asked}) < len(asked):
        raise BadInput("A level stands twice.", where="totals", next="Name each of them once.")
    return asked


def _every_level(cells: Sequence[str], hierarchies: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    nested = [names for names in hierarchies if not times_of(names)]
    nested += [(name,) for name in cells if name not in TIMES and not any(name in names for names in nested)]
    kept = [[names[at:] for at in range(len(names) + 1)] for names in nested]
    chosen = [{name for names in one for name in names} for one in product(*kept, levels(cells))]
    found = [tuple(name for name in cells if name in level) for level in chosen]
    return tuple(level for level in found if len(level) < len(cells))


def period(said: Mapping[str, Any], names: Sequence[str]) -> Period:
    """From the first month until the one after the last. names: the dimensions, whose quarters and years lie in it as a whole."""
    found = Period(_month(said, "from"), _month(said, "until"))
    if found.end <= found.start:
        raise BadInput("It ends before it begins.", where="until", next="Give the month after the last one.")
    check_whole(found, names)
    return found


def _month(said: Mapping[str, Any], name: str) -> date:
    """The first day of a month, written 2026-01 or as that date."""
    written = str(said[name])
    try:
        found = date.fromisoformat(written if len(written) > 7 else f"{written}-01")
    except ValueError:
        found = date.max
    if found.day != 1:
        raise BadInput(
            "This is no month.",
            where=name,
            next='Write it as "2026-01"; `until` is the month after the last.',
        )
    return found


def chosen(value: Any, areas: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The values that count, of each dimension of the filter."""
    if not isinstance(value, dict):
        raise BadInput("This is no filter.", where="filter", next='Write filter = { solar = ["true"] }.')
    for name, values in value.items():
        if name not in (*RECORDED, *areas):
            raise BadInput(
                f"Customers cannot be chosen by {name}.",
                where=f"filter.{name}",
                next=f"Use {', '.join(RECORDED)}.",
            )
        if not _is_list(values):
            raise BadInput(
                "This is no list of values.", where=f"filter.{name}", next=f'Write {name} = ["…", "…"].'
            )
    return {name: tuple(values) for name, values in value.items()}


def areas(value: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """Area → what it follows from, and its name for each value of that. [areas.county] of = "zip", "San Diego" = ["91910"]."""
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise BadInput("These are no areas.", where="areas", next="Write [areas.county] and what each has.")
    found = {}
    for name, members in value.items():
        where, of = f"areas.{name}", members.get("of", "zip")
        parts = {area: values for area, values in members.items() if area != "of"}
        if name not in DERIVED or of not in RECORDED:
            raise BadInput(
                "This area cannot be derived.",
                where=where,
                next=f"Derive {' or '.join(DERIVED)} of {', '.join(RECORDED)}.",
            )
        if not parts or not all(_is_list(values) for values in parts.values()):
            raise BadInput(
                "An area is a list of what it has.",
                where=where,
                next='Write "San Diego" = ["91910", "91911"].',
            )
        found[name] = (of, _names(parts, where=where))
    return found


def _names(parts: Mapping[str, Sequence[str]], *, where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for area, values in parts.items():
        for value in values:
            if found.setdefault(value, area) != area:
                raise BadInput(f"{value} lies in two areas.", where=where, next="Name it in one of them.")
    return found


def known_areas(found: tuple[Any, ...], names: Sequence[str]) -> tuple[Any, ...]:
    """Areas without which a dimension would be unknown."""
    known = (*RECORDED, *(area.name for area in found))
    missing = [name for name in names if name in DERIVED and name not in known]
    if missing:
        raise BadInput(
            f"The customers' records have no {missing[0]}.",
            where="by",
            next=f'Say which ZIP codes each has: [areas.{missing[0]}] of = "zip", and "NAME" = ["91910", "91911"].',
        )
    return found


def known_to(value: Any) -> tuple[str, ...] | int:
    """Ids of customers, or how many they were."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not _is_list(value):
        raise BadInput(
            "This is no list of customers.",
            where="known_to",
            next="List the ids of the recipient's own customers.",
        )
    return tuple(value)


def usual(value: Any) -> Usual:
    """How much of a total a few newcomers may have: { floor_percent = "5", times = 1 }."""
    if not isinstance(value, dict) or set(value) - {"floor_percent", "times"}:
        raise BadInput(
            "This does not say what is usual.",
            where="usual",
            next='Write usual = { floor_percent = "5", times = 1 }.',
        )
    times = value.get("times", Usual().times)
    if not isinstance(times, int) or isinstance(times, bool) or times < 0:
        raise BadInput("It is a whole number.", where="usual.times", next="Write times = 1.")
    floor = value.get("floor_percent")
    return Usual(Usual().floor_ppm if floor is None else percent(floor, where="usual.floor_percent"), times)


def percent(value: Any, *, where: str = "p_percent") -> int:
    """In parts per million; exact, and above 100 % too."""
    if isinstance(value, bool) or not _PERCENT.fullmatch(str(value)):
        raise BadInput(
            "This is no per cent.", where=where, next='Write it as "15" or "12.5", at most four decimals.'
        )
    return int(Decimal(str(value)) * PPM_OF_PERCENT)


def colluders(value: Any) -> int:
    """How many customers may put together what they know."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_COLLUDERS:
        raise BadInput(
            f"It is a number of customers, at most {MOST_COLLUDERS:,}.",
            where="colluders",
            next="Write colluders = 2.",
        )
    return value


def remedy(value: Any, names: Sequence[str]) -> tuple[str, ...]:
    """What becomes of a group that fails, in order; ("combine zip" joins neighbouring ZIP codes)."""
    if not _is_list(value, empty=True):
        raise BadInput(
            "This is no list.", where="remedy", next='Write it as ["combine zip", "exclude", "withhold"].'
        )
    steps = tuple(" ".join(step.split()) for step in value)
    for step in steps:
        word, _, what = step.partition(" ")
        if word not in REMEDIES or (word == "combine") != bool(what):
            raise BadInput(f"{step!r} is no remedy.", where="remedy", next=f"Use {_listed(REMEDIES)}.")
        if what and (what not in names or what in (*TIMES, *SLOTS)):
            raise BadInput(f"{what} cannot be combined.", where="remedy", next="Combine a dimension of `by`.")
    words = [step.partition(" ")[0] for step in steps]
    if SLOTS.keys() & set(names) and {"combine", "exclude"} & set(words):
        raise BadInput(
            "A load shape goes out as it is or not at all.",
            where="remedy",
            next='Write ["withhold"] or ["drop"].',
        )
    check_steps(words, names)
    order = [REMEDIES.index(word) for word in words]
    if order != sorted(set(order)) or len({"drop", "withhold", "mark"} & set(words)) > 1:
        raise BadInput(
            "Remedies go from combining to leaving out, each once, with one end.",
            where="remedy",
            next='Write them in this order: "combine zip", "exclude", and one of "drop", "withhold", "mark".',
        )
    return steps


def check_steps(words: Collection[str], names: Sequence[str]) -> None:
    """Whoever is combined or left out in a month would have to be so in its quarter, too. Raises BadInput."""
    if len(times_of(names)) > 1 and {"combine", "exclude"} & set(words):
        raise BadInput(
            "Groups are combined, and customers left out, in tables of one kind of period only.",
            where="remedy",
            next='Ask for months, quarters and years apart, or write remedy = ["withhold"].',
        )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f'"{word} DIMENSION"' if word == "combine" else f'"{word}"' for word in words)


def _is_list(value: Any, *, empty: bool = False) -> bool:
    return isinstance(value, list) and (empty or bool(value)) and all(isinstance(one, str) for one in value)

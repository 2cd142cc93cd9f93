"""The rule that the adopted documents set for groups; a specification may ask for a stricter one, never for a laxer.

All numbers are figures of the packs, dated and cited. A name says what a figure is: `NAME.[CLASS_]customers` (or `accounts`, `premises`,
`meters`, `tenants`: the unit that the rule counts), `NAME.[CLASS_]share_ppm` (a customer's share stays below), `NAME.share_included` (1: exactly
that share passes), `NAME.own_counted` (1: the recipient's own account is one of the customers, whatever its share), `NAME.together` (1: a group of several classes meets the strictest as a whole), `NAME.not_public` (1: for a named recipient
alone), `NAME.same_class` and `NAME.same_area` (1: every figure is of one class, of one area), `NAME.p_ppm` (p %-rule), `NAME.interval_ppm` (say which part of a withheld figure its limits must be apart), `NAME.colluders` (customers who may put together what they know, by whom the counts are raised), `NAME.remedy_combine`, `…_exclude`, `…_drop`, `…_withhold`, `…_mark` (place in the order). NAME is `aggregate` for the adopted
rule, else what a specification calls it by: one of the documents', or of another place's (packs/elsewhere.toml). `resolution.SLOT_customers` is the fewest customers for figures by month, day or hour, and
`membership.worst_ppm`, `membership.mean_ppm` what the membership game may end with.

Whatever unit a rule counts, legal customers are counted, each with all accounts: nobody has fewer accounts than one, so that is at least as
strict, and the same for every release, so that all of them can be audited together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from meterkeep.aggregates import Rule
from meterkeep.aggregates.release import AREAS, CLASSES
from meterkeep.aggregates.rule import MILLION, OTHERS, by_class
from meterkeep.aggregates.shapes.game import Limits
from meterkeep.desks.releases.entries import REMEDIES
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput, Undetermined
from meterkeep.policy import Pack, Parameter, elsewhere

ADOPTED: Final = "aggregate"
READING: Final = "11.2"  # the interpretation: less than, or not more than
SPOKEN_FOR_OTHERS: Final = ("minimum", "other", None)
UNITS: Final = ("customers", "accounts", "premises", "meters", "tenants")
_COUNT: Final = re.compile(rf"(?:(?P<of>\w+)_)?(?P<unit>{'|'.join(UNITS)})")
_SHARE: Final = re.compile(r"(?:(?P<of>\w+)_)?share_ppm")
_NAME: Final = re.compile(r"[a-z][a-z_]*")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a release has to meet. rule: for whatever can be derived, and floor: the fewest customers of load shapes (floor_cite: the clause), both with as many more as there may be colluders. unit: that the rule counts; counted are customers.
    own_counted: customers with the recipient's own among them, of whom `rule` asks for the others; 0 where theirs does not count. limits: of the membership game, for shapes. recalled: clauses of figures that were not checked against their source."""

    rule: Rule
    unit: str = "customers"
    mixed: Literal["apart", "together"] = "apart"
    floor: int = 1
    floor_cite: str = ""
    p_ppm: int = 0
    interval_ppm: int = 0
    colluders: int = 0
    own_counted: int = 0
    remedy: tuple[str, ...] = ()
    limits: Limits | None = None
    recalled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """The figures of one rule, in force on a date: what follows the name's point → figure and clause."""

    name: str
    figures: Mapping[str, tuple[int, str]]
    recalled: tuple[str, ...]
    strict: bool = True

    def rule(self) -> Rule | None:
        counts = {_class(m["of"]): self.figures[key] for key in self.figures if (m := _COUNT.fullmatch(key))}
        shares = {_class(m["of"]): self.figures[key] for key in self.figures if (m := _SHARE.fullmatch(key))}
        if OTHERS not in counts:
            return None
        of = {
            name: self._one(counts.get(name, counts[OTHERS]), shares.get(name)) for name in {*counts, *shares}
        }
        others = of.pop(OTHERS) if OTHERS in of else self._one(counts[OTHERS], None)
        return by_class(others, of)

    def _one(self, count: tuple[int, str], share: tuple[int, str] | None) -> Rule:
        if share is None:
            return Rule(count[0], MILLION, strict=False, cite=count[1])
        return Rule(count[0], share[0], strict=self.strict and not self.says("share_included"), cite=count[1])

    def says(self, key: str) -> int:
        return self.figures.get(key, (0, ""))[0]

    @property
    def unit(self) -> str:
        return next((m["unit"] for key in self.figures if (m := _COUNT.fullmatch(key))), "customers")

    @property
    def remedy(self) -> tuple[str, ...]:
        placed = [(self.says(f"remedy_{word}"), word) for word in REMEDIES]
        return tuple(word for place, word in sorted(placed) if place)


def _class(word: str | None) -> str:
    return OTHERS if word in SPOKEN_FOR_OTHERS else str(word)


def rule_of(spec: Spec, pack: Pack | None, *, on: date) -> Rule:
    """The rule by itself. Raises as `conditions_of`."""
    return conditions_of(spec, pack, on=on).rule


def conditions_of(spec: Spec, pack: Pack | None, *, on: date) -> Conditions:
    """Raises Undetermined where neither the documents nor the specification set any numbers, BadInput where the specification's
    are laxer than the documents'."""
    adopted = _named(ADOPTED, pack, on=on)
    asked = _asked(spec, pack, adopted, on=on)
    chosen = asked if asked is not None else adopted
    found = _rule_in(spec, asked, adopted)
    resolution = _named("resolution", pack, on=on)
    said = [each for each in (adopted, asked) if each]
    for each in said:
        _check_alike(spec, each)
    own = _own(spec, found, said)
    colluders = max(spec.colluders, *(each.says("colluders") for each in said), 0)
    return Conditions(
        rule=_besides_own(found, own)
        .at_least(_floor(resolution, "month"), cite=_floor_cite(resolution, "month"))
        .beside(colluders),
        floor=_floor(resolution, spec.slot, needed=True) + colluders if spec.slot else 1,
        floor_cite=_floor_cite(resolution, spec.slot) if spec.slot else "",
        unit=chosen.unit if chosen else "customers",
        mixed="together" if chosen and chosen.says("together") else "apart",
        p_ppm=max(spec.p_ppm, *(each.says("p_ppm") for each in said), 0),
        interval_ppm=max(spec.interval_ppm, *(each.says("interval_ppm") for each in said), 0),
        colluders=colluders,
        own_counted=own and own + colluders,
        remedy=spec.remedy or (chosen.remedy if chosen else ()),
        limits=_limits(spec, pack, on=on),
        recalled=tuple(sorted({*(chosen.recalled if chosen else ()), *_recalled(resolution, spec)})),
    )


def _asked(spec: Spec, pack: Pack | None, adopted: _Named | None, *, on: date) -> _Named | None:
    """The named rule of a pack that the specification asks for."""
    if not spec.rule or not _NAME.fullmatch(spec.rule):
        return None
    named = _named(spec.rule, pack, on=on)
    if named is None or named.rule() is None:
        raise BadInput(
            f"No document in force has a rule {spec.rule!r}.",
            where="rule",
            next=f"Write numbers, such as 15/15, or one of: {', '.join(rule_names(pack, on=on)) or 'none'}.",
        )
    if named.says("not_public") and spec.recipient == "public":
        raise BadInput(
            f"The rule {spec.rule!r} is for a recipient that is known, and not for the public.",
            where="recipient",
            next="Name the recipient, or leave the rule out.",
        )
    return named


def _rule_in(spec: Spec, asked: _Named | None, adopted: _Named | None) -> Rule:
    ours = adopted.rule() if adopted and _has_share(adopted) else None
    rule = asked.rule() if asked else None
    if rule is None and spec.rule:
        rule = Rule.parse(spec.rule, cite=ours.cite if ours else "the specification")
    if ours and rule and rule.laxer_than(ours):
        raise BadInput(
            f"{rule} is laxer than {ours}, which {ours.cite} asks for.",
            where="rule",
            next="Leave the rule out.",
        )
    if not (found := rule or ours):
        raise Undetermined(
            "The adopted documents set no numbers for aggregates.",
            next='Give the specification a rule = "15/15".',
        )
    return found


def _own(spec: Spec, rule: Rule, said: Sequence[_Named]) -> int:
    """How many customers the rule counts, the recipient's own among them; 0 where theirs does not count: they are not said, one of the
    rules does not have it, or each class, or each hour, has numbers of its own."""
    plain = bool(spec.known_to) and not rule.classes and not spec.slot
    rules = [each for each in said if each.rule() is not None]
    counts = plain and rules and all(each.says("own_counted") for each in rules)
    return rule.minimum_customers if counts and rule.minimum_customers > 1 else 0


def _besides_own(rule: Rule, own: int) -> Rule:
    """What is asked of the others: one fewer."""
    return replace(rule, minimum_customers=own - 1) if own else rule


def _check_alike(spec: Spec, named: _Named) -> None:
    """Raises BadInput where the rule is for customers of one class, or in one area, and a figure of the table is about several."""
    for figure, kinds in (("same_class", CLASSES), ("same_area", AREAS)):
        one = {name for name, values in spec.filter.items() if len(values) == 1} & kinds
        mixed = [level for level in (spec.dimensions, *spec.totals) if not kinds & set(level)]
        if named.says(figure) and mixed and not one:
            what = "class" if kinds is CLASSES else "area"
            raise BadInput(
                f"{named.figures[figure][1]} asks for figures of one {what} each, and those by {', '.join(mixed[0])} are of several.",
                where="totals" if mixed[0] in spec.totals else "by",
                next=f"Add one of {', '.join(sorted(kinds))}, or filter for one of its values.",
            )


def _has_share(named: _Named) -> bool:
    """A number of customers by itself, as a starting value may be, is no rule that a release can be planned under."""
    return any(_SHARE.fullmatch(key) for key in named.figures)


def rule_names(pack: Pack | None, *, on: date) -> list[str]:
    """The rules that a specification may ask for by name."""
    names = {name.partition(".")[0] for name in _parameters(pack)}
    known = [
        (name, _named(name, pack, on=on)) for name in sorted(names - {ADOPTED, "resolution", "membership"})
    ]
    return [name for name, found in known if found and found.rule() is not None]


def _named(name: str, pack: Pack | None, *, on: date) -> _Named | None:
    """Below the share, or not above it, as interpretation 11.2 is ruled; below, the stricter, where a pack does not ask."""
    figures, recalled = {}, set()
    for key, parameter in _parameters(pack).items():
        figure = parameter.at(on)
        if key.startswith(f"{name}.") and figure is not None:
            figures[key.removeprefix(f"{name}.")] = (figure.value, figure.cite)
            recalled |= set() if figure.verified else {figure.cite}
    figures.pop("share_ppm_over", None)  # share_ppm once more, for a clause
    ruled = pack is not None and name == ADOPTED and READING in pack.interpretations
    strict = pack is None or not ruled or pack.holds(f"{READING} is strict")
    return _Named(name, figures, tuple(sorted(recalled)), strict=strict) if figures else None


def _parameters(pack: Pack | None) -> Mapping[str, Parameter]:
    """Those of the documents, before those of other places."""
    return {**elsewhere(), **(pack.parameters if pack else {})}


def _floor(resolution: _Named | None, slot: str, *, needed: bool = False) -> int:
    """The fewest customers for figures of this resolution. Finer ones than months need an adopted number."""
    floor = resolution.says(f"{slot}_customers") if resolution else 0
    if needed and not floor:
        raise Undetermined(
            f"The adopted documents do not say how many customers figures by {slot} take.",
            next=f"Adopt a figure resolution.{slot}_customers, or plan totals by month.",
        )
    return max(floor, 1)


def _floor_cite(resolution: _Named | None, slot: str) -> str:
    return resolution.figures.get(f"{slot}_customers", (0, ""))[1] if resolution else ""


def _recalled(resolution: _Named | None, spec: Spec) -> tuple[str, ...]:
    """Of the figures of the resolution, where one of them counts."""
    used = resolution and any(resolution.says(f"{each}_customers") for each in ("month", spec.slot))
    return resolution.recalled if resolution and used else ()


def _limits(spec: Spec, pack: Pack | None, *, on: date) -> Limits | None:
    if not spec.slot:
        return None
    found = _named("membership", pack, on=on)
    if found is None or not {"worst_ppm", "mean_ppm"} <= set(found.figures):
        raise Undetermined(
            "The adopted documents do not say how much a load shape may tell of who is in it.",
            next="Adopt figures membership.worst_ppm and membership.mean_ppm, or plan totals by month.",
        )
    return Limits(worst_ppm=found.says("worst_ppm"), mean_ppm=found.says("mean_ppm"))

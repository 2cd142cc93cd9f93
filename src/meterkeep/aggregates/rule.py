"""The rule a group must meet: how many customers, and how much of the total the largest may have; for some classes others."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from meterkeep.errors import BadInput

MILLION = 1_000_000
OTHERS = ""
"""The class of all customers whose class has no rule of its own."""
_TEXT = re.compile(r"(\d{1,9})/(\d{1,3}(?:\.\d{1,4})?)(<=)?", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_CLASS = re.compile(r"([^\W\d][\w -]{0,39})=(.+)")
_NEXT = "Write it as customers/percent, for example 15/15 or 15/15<=, and a class of its own as 15/15, residential=100."


@dataclass(frozen=True, slots=True)
class Rule:
    """At least `minimum_customers`, and no customer at or above (strict) or above (not strict) `share_ppm`.

    share_ppm: parts per million of the group's total; a million, not strict, limits nothing. cite: the clause that sets the
    numbers. All arithmetic is on integers; zero and negative totals are never safe, since they have no shares.
    classes: class → its rule, where classes have rules of their own, OTHERS among them. The numbers of the rule itself are then
    the strictest of them all, so that whoever does not look at classes asks for too much and never for too little.
    raised_by: the clause that asks for more customers than `cite` does, for figures of this kind; "" where none does.
    """

    minimum_customers: int
    share_ppm: int
    strict: bool
    cite: str = ""
    classes: tuple[tuple[str, Rule], ...] = ()
    raised_by: str = ""

    def __post_init__(self) -> None:
        if self.minimum_customers < 1 or not 0 < self.share_ppm <= MILLION:
            raise BadInput(
                "A rule needs at least one customer and a share above 0 % and up to 100 %.",
                where=_plain_text(self),
                next=_NEXT,
            )

    @classmethod
    def parse(cls, text: str, *, cite: str = "") -> Rule:
        """ "15/15" is at least 15 and strictly below 15 %; "15/15<=" is at least 15 and at most 15 %; "15/15<=, residential=100" is
        this, and at least 100 residential customers, whatever their shares."""
        base, *others = [part.strip() for part in text.split(",")]
        of: dict[str, Rule] = {}
        for part in others:
            named = _CLASS.fullmatch(part)
            if named is None or named[1] in of:
                raise BadInput("A class needs a name and one rule.", where=text, next=_NEXT)
            of[named[1]] = _one(named[2], cite=cite, count_alone=True)
        return by_class(_one(base, cite=cite), of)

    def __str__(self) -> str:
        if not self.classes:
            return _plain_text(self)
        named = [f"{name}={_class_text(rule)}" for name, rule in self.classes if name != OTHERS]
        return ", ".join([_plain_text(self.for_class(OTHERS)), *named])

    def for_class(self, name: str) -> Rule:
        """The rule of a class, without classes."""
        of = dict(self.classes)
        return of.get(name, of.get(OTHERS, self))

    def among(self, names: Collection[str]) -> Rule:
        """The strictest of the rules of these classes, for a group that has customers of all of them."""
        return strictest([self.for_class(name) for name in sorted(names)] or [replace(self, classes=())])

    def plain(self) -> tuple[Rule, ...]:
        """The rules of all classes, each without classes."""
        return tuple(rule for _, rule in self.classes) or (self,)

    def at_least(self, customers: int, *, cite: str = "") -> Rule:
        """The same, with no fewer customers than these for any class. cite: the clause that asks for them."""
        raised = tuple((name, rule.at_least(customers, cite=cite)) for name, rule in self.classes)
        by = cite if customers > self.minimum_customers else self.raised_by
        most = max(self.minimum_customers, customers)
        return replace(self, minimum_customers=most, classes=raised, raised_by=by)

    def beside(self, colluders: int) -> Rule:
        """The same with so many customers more for every class: whoever takes their own loads off leaves enough of the others."""
        raised = tuple((name, rule.beside(colluders)) for name, rule in self.classes)
        return replace(self, minimum_customers=self.minimum_customers + colluders, classes=raised)

    def allows_share(self, largest: int, total: int) -> bool:
        """Whether a customer with `largest` of `total` is small enough. Exact for integers of any size."""
        if total <= 0:
            return False
        part, limit = MILLION * largest, self.share_ppm * total
        return part < limit if self.strict else part <= limit

    def laxer_than(self, other: Rule) -> bool:
        """Whether it lets out some group that the other keeps in, for any class that either of them names."""
        names = {OTHERS} | {name for rule in (self, other) for name, _ in rule.classes}
        return any(_laxer(self.for_class(name), other.for_class(name)) for name in names)


def by_class(others: Rule, of: Mapping[str, Rule]) -> Rule:
    """One rule for some classes and another for all others."""
    if not of:
        return others
    return replace(
        strictest([others, *of.values()]), cite=others.cite, classes=((OTHERS, others), *sorted(of.items()))
    )


def strictest(rules: Collection[Rule]) -> Rule:
    """What meets it meets all of them. Raises ValueError without rules."""
    share, not_strict = min((rule.share_ppm, not rule.strict) for rule in rules)
    most = max(rules, key=lambda rule: rule.minimum_customers)
    return Rule(
        most.minimum_customers, share, strict=not not_strict, cite=most.cite, raised_by=most.raised_by
    )


def _laxer(asked: Rule, adopted: Rule) -> bool:
    if asked.minimum_customers < adopted.minimum_customers:
        return True
    return (asked.share_ppm, not asked.strict) > (adopted.share_ppm, not adopted.strict)


def _one(text: str, *, cite: str, count_alone: bool = False) -> Rule:
    text = text.strip()
    if count_alone and _COUNT.fullmatch(text):
        return Rule(int(text), MILLION, strict=False, cite=cite)
    match = _TEXT.fullmatch(text)
    if match is None:
        raise BadInput("This is not a rule for totals.", where=text, next=_NEXT)
    customers, percent, at_most = match.groups()
    return Rule(int(customers), int(Decimal(percent) * 10_000), strict=at_most is None, cite=cite)


def _plain_text(rule: Rule) -> str:
    return f"{rule.minimum_customers}/{percent(rule.share_ppm)}{'' if rule.strict else '<='}"


def _class_text(rule: Rule) -> str:
    return str(rule.minimum_customers) if rule.share_ppm == MILLION and not rule.strict else _plain_text(rule)


def share_ppm(largest: int, total: int) -> int:
    """The share in parts per million, rounded down: `< limit` holds of it exactly when it holds of the share."""
    return MILLION * largest // total


def share_ppm_up(largest: int, total: int) -> int:
    """The share in parts per million, rounded up: `<= limit` holds of it exactly when it holds of the share."""
    return -(-MILLION * largest // total)


def percent(ppm: int) -> str:
    """150000 → "15", 142857 → "14.2857"."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")

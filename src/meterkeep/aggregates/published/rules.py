"""The rule of a published table: one for all, and others for classes that are named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.aggregates.published.names import class_words, plain
from meterkeep.aggregates.rule import Rule
from meterkeep.errors import BadInput

_NEXT = "Write --rule 15/15 for all, and --rule residential=100 or --rule commercial=6/40 for a class."


@dataclass(frozen=True, slots=True)
class ClassRules:
    """default: for every class that has no rule of its own, and for totals over classes. of_class: class → fewest customers.
    texts: class → the rule as it was given. The share of a rule is kept in its text only: a table does not show shares."""

    default: Rule
    of_class: dict[str, int]
    texts: dict[str, str]

    @classmethod
    def parse(cls, texts: Sequence[str], *, cite: str = "") -> ClassRules:
        """texts: such as ("15/15", "residential=100"). Raises BadInput where one cannot be read, or none is for all."""
        default, of_class, named = None, {}, {}
        for text in texts:
            name, equals, rule = text.rpartition("=") if "<=" not in text else _apart(text)
            if not equals:
                if default is not None:
                    raise BadInput("Two rules are for all classes.", where=text, next=_NEXT)
                default = Rule.parse(text, cite=cite)
                continue
            key = plain(name)
            if not key or key in of_class:
                raise BadInput("A class needs a name and one rule.", where=text, next=_NEXT)
            of_class[key], named[key] = _minimum(rule.strip(), where=text), rule.strip()
        if default is None:
            raise BadInput("No rule is for the classes that have none of their own.", next=_NEXT)
        return cls(default, of_class, named)

    def minimum(self, names: Sequence[str]) -> tuple[int, str]:
        """The fewest customers for a row of these names, and the rule that says so; of several the strictest."""
        words = [class_words(name) for name in names]
        fits = [key for key in self.of_class if any(_fits(key, each) for each in words)]
        if not fits:
            return self.default.minimum_customers, str(self.default)
        key = max(fits, key=lambda key: (self.of_class[key], key))
        return self.of_class[key], f"{key}={self.texts[key]}"

    def unmet(self, names: Sequence[str]) -> list[str]:
        """Classes with a rule of their own that none of these names is of."""
        words = [class_words(name) for name in names]
        return [key for key in self.of_class if not any(_fits(key, each) for each in words)]

    @property
    def largest(self) -> int:
        return max([self.default.minimum_customers, *self.of_class.values()])

    def __str__(self) -> str:
        return ", ".join([str(self.default), *(f"{key}={text}" for key, text in self.texts.items())])


def _fits(key: str, words: frozenset[str]) -> bool:
    return words.issuperset(class_words(key))


def _apart(text: str) -> tuple[str, str, str]:
    """ "commercial=15/15<=" has two signs; only the first parts name and rule."""
    name, equals, rule = text.partition("=")
    return ("", "", text) if name.endswith("<") else (name, equals, rule)


def _minimum(text: str, *, where: str) -> int:
    if re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        return int(text)
    try:
        return Rule.parse(text).minimum_customers
    except BadInput as error:
        raise BadInput(error.message, where=where, next=_NEXT) from None

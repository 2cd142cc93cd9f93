"""How long records of each class are kept, as documents and laws lay it down: at most (a ceiling) and at least (a floor).

It stands in a pack's `retention.toml` and decides no request by itself, so the pack's digest leaves it out; the numbers are the
pack's parameters, and the retention desk turns them into the facts `record.*` that clauses read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from meterkeep.errors import BadInput
from meterkeep.policy.language.shapes import Shape, check_shape

CEILING, FLOOR = "ceiling", "floor"
RECORDS: Final = ("customer", "readings", "files")
"""Classes of records: all that is kept of a customer, from the end of the last service agreement; interval data, counted from the
end of its month; files that came in or went out, from the day that they were last written."""

UNITS: Final = ("years", "months", "days")
"""The last word of a parameter's name says in what it counts."""


class RetentionShape(Shape):
    record: str
    bound: str
    figure: str
    cite: str
    under: str = ""


@dataclass(frozen=True)
class RetentionRule:
    """record: one of RECORDS. bound: CEILING or FLOOR. figure: name of a parameter. cite: a clause. under: the ruling
    (“L1 is as_a_city”) without which it binds nobody, or ""."""

    record: str
    bound: str
    figure: str
    cite: str
    under: str = ""

    @property
    def unit(self) -> str:
        """years, months or days."""
        return self.figure.rpartition("_")[2].rpartition(".")[2]


def retention_rules(table: Mapping[str, Any], *, where: str) -> tuple[RetentionRule, ...]:
    """From `[[rule]]` entries, as they stand. Raises BadInput for a class, a bound or a unit that is none."""
    return tuple(_rule(entry, where=where) for entry in table.get("rule", ()))


def _rule(entry: Mapping[str, Any], *, where: str) -> RetentionRule:
    check_shape(entry, RetentionShape, where=where)
    rule = RetentionRule(**entry)
    for name, value, known in (
        ("record", rule.record, RECORDS),
        ("bound", rule.bound, (CEILING, FLOOR)),
        ("unit of the figure", rule.unit, UNITS),
    ):
        if value not in known:
            raise BadInput(
                f"A rule of retention has no {name} {value!r}.",
                where=where,
                next=f"It is one of {', '.join(known)}.",
            )
    return rule

"""What a planned release is: its cells, its facts, what the public gets and what the register keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from meterkeep.aggregates.history.verdict import Verdict
from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.reasons import Code, Reason, in_short
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import MILLION, Rule

TOTAL = "Total"
AREAS = frozenset({"zip", "city", "census_tract", "county"})
CLASSES = frozenset({"customer_class", "rate_class"})
PLAIN_DIMENSIONS = AREAS | CLASSES | {"solar", "month", "quarter", "year"}
"""Dimensions that identify nobody by themselves; others are for a person to judge."""
SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of the table. keys: in the order of the plan's `by`, "Total" where a dimension is summed up.

    reason is for staff: why a cell is withheld tells about its customers.
    """

    keys: tuple[str, ...]
    period: Period
    customers: int
    value: int
    largest: int
    reason: Reason | None = None

    @property
    def status(self) -> Literal["published", "withheld"]:
        return "published" if self.reason is None else "withheld"

    @property
    def code(self) -> Code | None:
        return self.reason.code if self.reason else None

    @property
    def why(self) -> str:
        return self.reason.why if self.reason else ""

    @property
    def releases(self) -> tuple[str, ...]:
        """The past releases that stand against it."""
        return self.reason.releases if self.reason else ()


@dataclass(frozen=True, slots=True)
class Told:
    """How closely the published figures tell the withheld ones (T3): of how many the limits are at least that far apart, of how many they
    are not, and of how many nobody knows, which is not good enough. at_least_ppm: of the figure, in parts per million."""

    at_least_ppm: int
    ok: int
    too_close: int
    undecided: int

    def __str__(self) -> str:
        told = f"{self.too_close} withheld figure{' is' if self.too_close == 1 else 's are'} told to within {self.at_least_ppm / 10_000:g} %"
        return f"{told}, {self.ok} less closely, {self.undecided} nobody knows how closely."


@dataclass(frozen=True, slots=True, eq=False)
class ReleasePlan:
    """What may go out.

    released: the published cells as the register keeps them, still without a release. found: what the audit proved. known: how
    many customers the recipient is taken to know. figures: all cells as the register would keep them, in the order of the cells.
    told: how closely withheld cells can be told, if that was asked for.
    """

    by: tuple[str, ...]
    measure: str
    family: str
    rule: Rule
    cells: tuple[Cell, ...]
    released: tuple[PastRow, ...]
    found: Verdict
    known: int = 0
    figures: tuple[PastRow, ...] = ()
    told: Told | None = None

    @property
    def published(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.status == "published"]

    @property
    def withheld(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.status == "withheld"]

    @property
    def audited(self) -> int:
        """Past rows of periods that overlap those of the figures, directly or through others."""
        return self.found.rows

    @property
    def small_changes(self) -> int:
        """Published figures that differ from a neighbouring period by fewer customers than the minimum."""
        return self.found.small_changes

    @property
    def proof(self) -> Literal["exhaustive", "bounded"]:
        """Bounded is no proof: such a plan is never published."""
        return "exhaustive" if self.found.exhaustive else "bounded"

    @property
    def smallest_group(self) -> int | None:
        """Customers with a load in the smallest group that can be derived."""
        return self.found.smallest_group if self.released else None

    @property
    def worst_share_ppm(self) -> int | None:
        """The largest part of the least bound on what they used that anybody has, rounded down. As a share it holds in every group
        that can be derived."""
        worst = self.found.worst_share
        if worst is None or not self.released:
            return None
        ppm = worst.numerator * MILLION // worst.denominator
        return min(ppm, self.rule.share_ppm - self.rule.strict)

    @property
    def worst_share_ppm_up(self) -> int | None:
        worst = self.found.worst_share
        if worst is None or not self.released:
            return None
        return -(-worst.numerator * MILLION // worst.denominator)

    @property
    def finding(self) -> str:
        """One sentence for staff, and one on how closely withheld figures can be told, if that was asked for."""
        counts = Counter(cell.code for cell in self.withheld if cell.code)
        reasons = ", ".join(f"{n} {in_short(code)}" for code, n in sorted(counts.items()))
        kept = f"; {len(self.withheld)} withheld ({reasons})" if counts else ""
        told = f" {self.told}" if self.told else ""
        return f"{len(self.published)} of {len(self.cells)} figures may be published under {self.rule}{kept}.{told}"

    @property
    def caution(self) -> str:
        """What the rule allows and somebody should still look at, or nothing."""
        if not self.small_changes:
            return ""
        return (
            f"{self.small_changes} figure{' differs' if self.small_changes == 1 else 's differ'} from the period before or after by fewer than "
            f"{self.rule.minimum_customers} customers: what these few used can be estimated from the change."
        )

    def facts(self) -> dict[str, bool | int]:
        """The computed `aggregate.*` facts. What cannot be computed is absent, which is unknown and never false."""
        if not self.released:
            return {}
        facts: dict[str, bool | int | None] = {
            "aggregate.customers": self.smallest_group,
            "aggregate.largest_share_ppm": self.worst_share_ppm,
            "aggregate.largest_share_ppm_up": self.worst_share_ppm_up,
            "aggregate.traceable": False,  # the audit: nothing outside the rule can be derived from what goes out
            "aggregate.size_reveals": False,  # T1
            "aggregate.class_reveals": False,  # T1 and T2 hold in each class that is told apart
            "aggregate.similarly_situated": self._everywhere(CLASSES),
            "aggregate.one_area": self._everywhere(AREAS),
            "aggregate.identifiers_removed": True if PLAIN_DIMENSIONS.issuperset(self.by) else None,
            "aggregate.nature_reveals": False if self._plain_months() else None,
            "aggregate.habits_deducible": False if self._plain_months() else None,
        }
        return {name: value for name, value in facts.items() if value is not None}

    def _everywhere(self, dimensions: frozenset[str]) -> bool:
        """Whether one of the dimensions tells every published figure's customers apart."""
        positions = [i for i, name in enumerate(self.by) if name in dimensions]
        return all(any(cell.keys[i] != TOTAL for i in positions) for cell in self.published)

    def _plain_months(self) -> bool:
        """One sum per customer and month holds no time of day. What finer steps reveal is not computed here."""
        months = all(
            (end - start).days >= SHORTEST_MONTH for start, end in (row.period for row in self.released)
        )
        return months and PLAIN_DIMENSIONS.issuperset(self.by)

    def table(self) -> pa.Table:
        """What the public gets: a withheld cell has neither number nor reason."""
        shown = [cell.status == "published" for cell in self.cells]
        columns = {name: [cell.keys[i] for cell in self.cells] for i, name in enumerate(self.by)}
        numbers = {
            "customers": [cell.customers if ok else None for cell, ok in zip(self.cells, shown, strict=True)],
            self.measure: [cell.value if ok else None for cell, ok in zip(self.cells, shown, strict=True)],
        }
        status = ["published" if ok else "withheld" for ok in shown]
        return pa.table(
            {name: pa.array(values, pa.string()) for name, values in columns.items()}
            | {name: pa.array(values, pa.int64()) for name, values in numbers.items()}
            | {"status": status}
        )

    def rows(self, release: str) -> list[PastRow]:
        """What the register must keep once this plan is published, so that later plans are audited against it."""
        return [replace(row, release=release) for row in self.released]

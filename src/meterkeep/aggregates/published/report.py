"""What an audit of published tables found, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from meterkeep.aggregates.published.reading import FileCount, Rejected
from meterkeep.aggregates.published.table import Table

Verdict = Literal["leak", "estimate", "cannot_decide"]

KINDS: dict[str, str] = {
    "below_rule": "A figure of fewer customers than the rule asks for",
    "published_twice": "The same cell and period stands in two places with different figures",
    "withheld_elsewhere": "A figure is withheld in one place and published in another",
    "revealed": "A withheld figure follows from published ones",
    "revealed_group": "A sum of withheld figures follows, of fewer customers than the rule asks for",
    "rest": "A total is more than its parts, by fewer customers than the rule asks for",
    "average_reveals": "The average tells a figure that is withheld beside it",
    "small_change": "One period differs from the next by fewer customers than the rule asks for",
    "combined_change": "Areas were combined or parted between two periods, for fewer customers than the rule asks for",
    "group_of_unknown_size": "A sum of withheld figures follows; how many customers it has is not published",
    "negative_total": "A total below zero, of which nobody has a share",
    "zero_total": "A total of zero, which says of each customer that they used nothing",
    "no_count": "A total without its number of customers",
    "contradiction": "Figures that contradict each other",
}
"""Kind → what it means; in the order in which they are shown."""

LIMITS = (
    "A published table does not show what its largest customer used, so the share part of the rule cannot be checked.",
    "Who is in a cell is not published: two periods with equally many customers may still differ in who they are.",
    "Customers are counted as the table counts them, which may be accounts or meters.",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody can work out, or that nobody can judge.

    verdict: `leak` follows exactly from the figures; an `estimate` rests on the others using as much as the period before;
    `cannot_decide`: the rule cannot be held against it. lines: where to look, the first of them first. known: what can be
    worked out. arithmetic: how, in one sentence. customers: of the group that it is about, where known.
    """

    kind: str
    verdict: Verdict
    lines: tuple[dict[str, object], ...]
    cell: tuple[str, ...]
    period: str
    known: str
    arithmetic: str
    rule: str
    customers: int | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """files: what became of the rows of each. repeated: rows that say the same as one before. exhaustive: whether the
    search for sums of withheld figures went to its end."""

    files: tuple[FileCount, ...]
    rejected: tuple[Rejected, ...]
    repeated: int
    rule: str
    findings: tuple[Finding, ...]
    exhaustive: bool

    @property
    def clean(self) -> bool:
        """A row that could not be read is not clean: nobody has looked at it."""
        return not self.findings and not self.rejected and self.exhaustive

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.files)

    def counts(self) -> dict[str, int]:
        """Kind → findings, in the order of KINDS, those that were found only."""
        found = Counter(each.kind for each in self.findings)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def as_json(self) -> dict[str, object]:
        """One document: `files`, `rows`, `published`, `withheld`, `repeated`, `rejected`, `rule`, `counts`, `findings`, `search`,
        `limits`."""
        return {
            "files": [asdict(each) for each in self.files],
            "rows": self.rows,
            "published": sum(each.published for each in self.files),
            "withheld": sum(each.withheld for each in self.files),
            "repeated": self.repeated,
            "rejected": [asdict(each) for each in self.rejected],
            "rule": self.rule,
            "counts": self.counts(),
            "findings": [asdict(each) for each in self.findings],
            "search": "exhaustive" if self.exhaustive else "bounded",
            "limits": list(LIMITS),
        }


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """By kind, then the smallest groups, then by place, so that the same files give the same report."""
    rank = {kind: at for at, kind in enumerate(KINDS)}
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                rank[each.kind],
                each.customers is None,
                each.customers or 0,
                [(str(line["file"]), int(str(line["line"]))) for line in each.lines],
            ),
        )
    )


def about(table: Table, rows: Sequence[int]) -> tuple[dict[str, object], ...]:
    """The places of rows."""
    return tuple(table.place(row) for row in rows)


def people(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"

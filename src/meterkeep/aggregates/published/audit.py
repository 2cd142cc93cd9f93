"""The audit of published tables, from files to report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from meterkeep.aggregates.published import rows as by_row
from meterkeep.aggregates.published import successive
from meterkeep.aggregates.published.layouts import Columns
from meterkeep.aggregates.published.names import zips_of
from meterkeep.aggregates.published.reading import read_tables
from meterkeep.aggregates.published.report import Finding, Report, ordered
from meterkeep.aggregates.published.reveals import reveals
from meterkeep.aggregates.published.rows import Minimums
from meterkeep.aggregates.published.rules import ClassRules
from meterkeep.aggregates.published.sums import nested, sums_of
from meterkeep.aggregates.published.table import Table
from meterkeep.errors import BadInput

SOME = 12
"""Names of a dimension that a refusal lists."""


def audit_tables(
    paths: Sequence[Path],
    *,
    rules: ClassRules,
    columns: Columns | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Reads CSV files of one publisher, all quarters, years and totals together, and says what can be worked out from them.

    Raises BadInput where a file cannot be read at all, or a rule is for a class that no table has; a single row that cannot be
    read is in the report. Deterministic.
    """
    table, files, rejected = read_tables(paths, columns=columns or Columns(), progress=progress)
    _check_classes(table, rules)
    minimums = Minimums.of(table, rules)
    first, pairs, repeated = successive.once(table)
    found = list(successive.twice(table, pairs, minimums))
    cells = table.take(first)
    asked = Minimums.of(cells, rules)
    found += by_row.findings(cells, asked)
    found += successive.changes(cells, asked)
    found += _regrouped(cells, asked)
    revealed = reveals(cells, sums_of(cells), asked, rules)
    found += revealed.findings
    return Report(tuple(files), tuple(rejected), repeated, str(rules), ordered(found), revealed.exhaustive)


def _check_classes(table: Table, rules: ClassRules) -> None:
    """A rule that is held against nothing looks as if it had been met."""
    unmet = rules.unmet([name for names in table.names for name in names])
    if not unmet:
        return
    classes = [
        f"{dimension}: {_some(names)}"
        for dimension, names in zip(table.dimensions, table.names, strict=True)
        if names and not all(zips_of(name) != (name,) or name.isdigit() for name in names)
    ]
    raise BadInput(
        f"No table has the class {unmet[0]!r}, so its rule would be held against nothing.",
        where=f"--rule {unmet[0]}={rules.texts[unmet[0]]}",
        next=f"Name a class that is there ({'; '.join(classes)})."
        if classes
        else "The tables have no classes; leave the rule out.",
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SOME:,} more" if len(names) > SOME else ""
    return f"{', '.join(names[:SOME])}{more}"


def _regrouped(table: Table, minimums: Minimums) -> Iterator[Finding]:
    """Areas that were combined in one period and apart in the next, for some but too few customers."""
    for earlier, later in nested(table):
        counts = int(table.customers[earlier]), int(table.customers[later])
        if table.withheld[earlier] or table.withheld[later] or min(counts) <= 0:
            continue
        if 0 < abs(counts[0] - counts[1]) < min(int(minimums.asked[earlier]), int(minimums.asked[later])):
            yield successive.change(table, earlier, later, minimums, combined=True)

"""The audit of published tables, from files to report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from meterkeep.aggregates.published import rows as by_row
from meterkeep.aggregates.published import successive
from meterkeep.aggregates.published.layouts import Columns
from meterkeep.aggregates.published.reading import read_tables
from meterkeep.aggregates.published.report import Finding, Report, ordered
from meterkeep.aggregates.published.reveals import reveals
from meterkeep.aggregates.published.rows import Minimums
from meterkeep.aggregates.published.rules import ClassRules
from meterkeep.aggregates.published.sums import nested, sums_of
from meterkeep.aggregates.published.table import Table


def audit_tables(
    paths: Sequence[Path],
    *,
    rules: ClassRules,
    columns: Columns | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Reads CSV files of one publisher, all quarters, years and totals together, and says what can be worked out from them.

    Raises BadInput where a file cannot be read at all; a single row that cannot be is in the report. Deterministic.
    """
    table, files, rejected = read_tables(paths, columns=columns or Columns(), progress=progress)
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


def _regrouped(table: Table, minimums: Minimums) -> Iterator[Finding]:
    """Areas that were combined in one period and apart in the next, for some but too few customers."""
    for earlier, later in nested(table):
        counts = int(table.customers[earlier]), int(table.customers[later])
        if table.withheld[earlier] or table.withheld[later] or min(counts) <= 0:
            continue
        if 0 < abs(counts[0] - counts[1]) < min(int(minimums.asked[earlier]), int(minimums.asked[later])):
            yield successive.change(table, earlier, later, minimums, combined=True)

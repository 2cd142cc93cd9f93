"""Why numbers are left out, as a file for reviewers: a line for each figure of each sum, so that a spreadsheet can repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meterkeep.desks.releases.models import Release
from meterkeep.faces.console.releases import reasons
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.figures import Figures

HEAD = (
    "number", "code", "kind", "why", "minimum_customers", "share_limit_ppm", "clause", "customers", "amount", "largest_customer",
    "left_customers", "left_used_nothing", "left_amount", "divide_by", "customer_in_left",
    "line", "factor", "figure", "release", "published_on", "figure_customers", "figure_amount", "known_customers", "known_amount",
)  # fmt: skip
Cell = Mapping[str, Any]


def reasons_csv(release: Release, others: Mapping[str, Release]) -> str:
    """amount: in the unit of the page (kWh). left_amount: Σ factor × (figure_amount - known_amount); what is meant is that ÷
    divide_by."""
    figures = Figures(release)
    return csv_text([(*figures.by, *HEAD), *_rows(release, figures, others)])


def _rows(release: Release, figures: Figures, others: Mapping[str, Release]) -> Iterator[tuple[object, ...]]:
    for number, cell in enumerate(release.cells):
        if cell["status"] == "published":
            continue
        head = (*cell["keys"], number, *_head(cell, figures))
        for line, term in enumerate(cell["attack"], start=1):
            yield (*head, line, *_term(term, figures, others))
        if not cell["attack"]:
            yield (*head, *[""] * 9)


def _head(cell: Cell, figures: Figures) -> tuple[object, ...]:
    rule, left = cell.get("rule") or {}, cell.get("left") or {}
    return (
        cell["code"],
        cell.get("kind") or "",
        " ".join(reasons.sentences(cell, figures)),
        rule.get("minimum", ""),
        rule.get("share_ppm", ""),
        rule.get("clause", ""),
        cell["customers"],
        _exact(None if cell.get("forgotten") else cell["value"], figures),
        _exact(cell.get("largest"), figures),
        left.get("customers", ""),
        left.get("idle", ""),
        _exact(left.get("value"), figures),
        left.get("over", ""),
        _exact(cell.get("most") if left else None, figures),
    )


def _term(term: Mapping[str, Any], figures: Figures, others: Mapping[str, Release]) -> tuple[object, ...]:
    other = others.get(term["release"])
    return (
        term["factor"],
        " ".join(term["figure"]),
        term["release"],
        other.published_on if other and other.published_on else "",
        term["customers"],
        _exact(term["value"], figures),
        term.get("known", 0),
        _exact(term.get("known_value", 0), figures),
    )


def _exact(value: int | None, figures: Figures) -> str:
    return "" if value is None else f"{figures.exact(value):f}"

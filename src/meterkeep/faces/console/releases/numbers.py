"""The table of a release for its reviewers: every number, filtered and in pages, with the way to why it is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.urls import reverse

from meterkeep.desks.releases.models import Release
from meterkeep.faces.console.releases.cost import letters
from meterkeep.faces.console.releases.maps import state_of
from meterkeep.faces.console.releases.reasons import headline
from meterkeep.faces.figures import Figures, decimal, said
from meterkeep.faces.tables import DIMENSIONS

ROWS = 250
SHOWS = ("all", "withheld", "published")
Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Number:
    """keys: column and key. letter, state: as in the pictures. why: a headline, and href the whole explanation."""

    keys: Sequence[tuple[str, str]]
    withheld: bool
    customers: str
    amount: str
    customers_sort: int
    amount_sort: int
    letter: str
    state: str
    why: str
    href: str


@dataclass(frozen=True)
class Numbers:
    """show: which of SHOWS; before, after: queries of the pages beside this one."""

    columns: Sequence[str]
    unit: str
    rows: Sequence[Number]
    show: str
    counts: Mapping[str, int]
    page: int
    pages: int
    before: str
    after: str


def numbers_view(release: Release, figures: Figures, chosen: Mapping[str, str]) -> Numbers:
    show = chosen.get("show", "all")
    show = show if show in SHOWS else "all"
    told = [cell["status"] == "published" for cell in release.cells]
    wanted = [
        (at, cell)
        for at, cell in enumerate(release.cells)
        if show == "all" or told[at] is (show == "published")
    ]
    page = Paginator(wanted, ROWS).get_page(chosen.get("page", "1"))
    return Numbers(
        columns=[str(DIMENSIONS.get(name, name)) for name in figures.by],
        unit=figures.unit,
        rows=[_number(at, cell, release, figures) for at, cell in page.object_list],
        show=show,
        counts={"all": len(told), "withheld": len(told) - sum(told), "published": sum(told)},
        page=page.number,
        pages=page.paginator.num_pages,
        before=urlencode({"show": show, "page": page.number - 1}) if page.has_previous() else "",
        after=urlencode({"show": show, "page": page.number + 1}) if page.has_next() else "",
    )


def _number(at: int, cell: Cell, release: Release, figures: Figures) -> Number:
    told = cell["status"] == "published"
    return Number(
        keys=[
            (str(DIMENSIONS.get(name, name)), said(name, key))
            for name, key in zip(figures.by, cell["keys"], strict=True)
        ],
        withheld=not told,
        customers=decimal(cell["customers"]) if told else "",
        amount=figures.amount(cell["value"]) if told else "",
        customers_sort=cell["customers"] if told else -1,
        amount_sort=cell["value"] if told else -1,
        letter="" if told else letters()[state_of(cell)],
        state="told" if told else state_of(cell),
        why="" if told else headline(cell),
        href="" if told else reverse("console_withheld", args=[release.reference, at]),
    )

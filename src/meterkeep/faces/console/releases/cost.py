"""What the rule cost: how many numbers and how much of the use are left out, and why, beside what one test after the other takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from meterkeep.aggregates.explaining.cost import Amount, Cost, cost
from meterkeep.aggregates.reasons import BY_ITSELF
from meterkeep.desks.releases.models import Release
from meterkeep.faces.charts.bars import share
from meterkeep.faces.charts.parts import Part, stack
from meterkeep.faces.console.releases.reasons import HEADLINES
from meterkeep.faces.figures import Figures, decimal

NAMES = HEADLINES | {
    "reveals_withheld": _("It would tell too much beside the other numbers"),
    "overlaps_past_release": _("It would tell too much beside what is out already"),
}
"""Of all numbers of a code together, whether it is too few customers or one too large that they would tell about."""


@dataclass(frozen=True)
class CostRow:
    """letter: as in the pictures, where it has one. main: a sum of those beneath it."""

    name: str
    letter: str
    state: str
    numbers: str
    numbers_share: str
    amount: str
    amount_share: str
    main: bool = True


@dataclass(frozen=True)
class CostView:
    """says: the whole in a sentence. bars: (name, picture) of numbers and of amounts."""

    says: str
    rows: Sequence[CostRow]
    bars: Sequence[tuple[str, str]]
    unit: str


def cost_view(release: Release, figures: Figures) -> CostView:
    found = cost(merged_cells(release, figures))
    return CostView(
        says=_sentence(found, figures),
        rows=_rows(found, figures),
        bars=_bars(found, figures),
        unit=figures.unit,
    )


def merged_cells(release: Release, figures: Figures) -> list[dict[str, Any]]:
    """All cells; those published for categories that were combined say so."""
    return [
        {**cell, "status": "merged"} if cell["status"] == "published" and figures.merged(cell["keys"]) else cell
        for cell in release.cells
    ]  # fmt: skip


def letters() -> dict[str, str]:
    """The letters of the pictures: by the rule itself, beside others, merged."""
    return {
        "rule": pgettext("left out by the rule", "R"),
        "beside": pgettext("left out to protect others", "P"),
        "merged": pgettext("merged", "M"),
    }


def _sentence(found: Cost, figures: Figures) -> str:
    said = {
        "out": decimal(found.withheld.cells),
        "all": decimal(found.all.cells),
        "rule": decimal(found.by_itself.cells),
        "beside": decimal(found.beside.cells),
        "amount": "",
    }
    if found.withheld.value is not None and found.all.value:
        said["amount"] = gettext(" With them %(share)s of the %(unit)s stay out.") % {
            "share": share(found.withheld.value, found.all.value),
            "unit": figures.unit,
        }
    return gettext("%(out)s of %(all)s numbers are left out: %(rule)s since they break the rule by themselves, and %(beside)s since they would give others away.%(amount)s") % said  # fmt: skip


def _rows(found: Cost, figures: Figures) -> list[CostRow]:
    signs = letters()
    rows = [_row(gettext("Published"), "", "told", found.published, found, figures)]
    if found.merged.cells:
        rows.append(_row(gettext("Merged into a wider group"), signs["merged"], "merged", found.merged, found, figures))  # fmt: skip
    for name, state, amount in (
        (gettext("Left out by the rule, each by itself"), "rule", found.by_itself),
        (gettext("Left out besides, to protect others"), "beside", found.beside),
    ):
        rows.append(_row(name, signs[state], state, amount, found, figures))
        rows += [
            _row(str(NAMES.get(code, code)), "", "", part, found, figures, main=False)
            for code, part in found.reasons
            if (code in BY_ITSELF) is (state == "rule")
        ]
    return rows


def _row(name: str, letter: str, state: str, amount: Amount, found: Cost, figures: Figures, *, main: bool = True) -> CostRow:  # fmt: skip
    known = amount.value is not None and bool(found.all.value)
    return CostRow(
        name=name,
        letter=letter,
        state=state,
        numbers=decimal(amount.cells),
        numbers_share=share(amount.cells, found.all.cells),
        amount="" if amount.value is None else figures.amount(amount.value),
        amount_share=share(amount.value or 0, found.all.value or 0) if known else "",
        main=main,
    )


def _bars(found: Cost, figures: Figures) -> list[tuple[str, str]]:
    parts = (
        ("told", found.published),
        ("merged", found.merged),
        ("rule", found.by_itself),
        ("beside", found.beside),
    )
    said = _sentence(found, figures)
    bars = [(gettext("Numbers"), [Part(state, amount.cells, _letter(state)) for state, amount in parts])]
    if found.all.value:
        bars.append((figures.unit, [Part(state, amount.value or 0, _letter(state)) for state, amount in parts]))  # fmt: skip
    return [(name, stack(shown, label=f"{name}. {said}", name=f"cost-{at}")) for at, (name, shown) in enumerate(bars)]  # fmt: skip


def _letter(state: str) -> str:
    return letters().get(state, "")

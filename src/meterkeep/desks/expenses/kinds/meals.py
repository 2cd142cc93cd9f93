"""Meals (CEA-01 5.10): so much for food, a share of that for the gratuity, nothing for alcohol."""

from __future__ import annotations

from meterkeep.desks.expenses.case import Case
from meterkeep.desks.expenses.claim import Line
from meterkeep.desks.expenses.findings import Sheet
from meterkeep.desks.expenses.reasons import say
from meterkeep.desks.expenses.terms import Terms, percent, share
from meterkeep.desks.saying import Said
from meterkeep.errors import BadInput


def meal(sheet: Sheet, case: Case) -> None:
    """quantity: meals that the line holds, one where it does not say. The guideline is for each of them (5.10), and a line says only what
    they cost together: where one of them may have cost more, a person looks at the receipts."""
    line = case.line
    if line.quantity is not None and (line.quantity < 1 or line.quantity != int(line.quantity)):
        sheet.without("CEA-01/5.10-a", f"{line.id}: number of meals", say("meals_by_the_meal"))
        return
    amount, alcohol = line.amount or 0, line.details.cents("alcohol") or 0
    if alcohol > amount:
        raise BadInput(
            "The alcohol costs more than the line.",
            where=line.details.at("alcohol"),
            next="Give what of the amount it was.",
        )
    if alcohol:
        reason = say("alcohol", part=alcohol)
        sheet.cut_price(sheet.price - alcohol, "CEA-01/5.10-c", reason)
    most = case.terms.meal * (int(line.quantity) if line.quantity is not None else 1)
    reason = _limit(case.terms.meal, most)
    together = sheet.price
    sheet.cut_price(most, "CEA-01/5.10-a", reason)
    if most > case.terms.meal < together:
        reason = say("meals_together", meals=int(line.quantity or 1), each=case.terms.meal)
        sheet.decide("CEA-01/5.10-a", reason)
    tip = _gratuity(sheet.price, most, case.terms)
    rate = percent(case.terms.meal_gratuity)
    reason = say("meal_gratuity", share=rate, base=sheet.price, most=tip)
    sheet.cut_tip(tip, "CEA-01/5.10-b", reason)
    if line.details.flag("legislator"):
        _explain(sheet, line)


def _limit(each: int, most: int) -> Said:
    return say("meal", each=each) if each == most else say("meals", each=each, meals=most // each, most=most)


def _gratuity(food: int, most: int, terms: Terms) -> int:
    """On top of the amount or inside it, as interpretation 11.6 rules."""
    tip = share(food, terms.meal_gratuity)
    return tip if terms.gratuity_on_top else min(tip, most - food)


def _explain(sheet: Sheet, line: Line) -> None:
    for name, what in (
        ("whose_meals", "whose meals were bought"),
        ("issues", "which issues were discussed"),
        ("positions", "how they relate to adopted positions"),
    ):
        if not line.details.text(name):
            sheet.miss("CEA-01/6.1.1", f"{line.id}: {what}", say(name))

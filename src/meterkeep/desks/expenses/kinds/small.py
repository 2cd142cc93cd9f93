"""The rest (CEA-01 5.11, 5.13): telephone, baggage, registration, and what has no kind of its own."""

from __future__ import annotations

from meterkeep.desks.expenses.case import Case
from meterkeep.desks.expenses.findings import Sheet
from meterkeep.desks.expenses.reasons import say


def phone(sheet: Sheet, case: Case) -> None:
    line = case.line
    covered = line.details.flag("covered_by_plan")
    if covered:
        sheet.refuse("CEA-01/5.11", say("plan"))
    elif covered is None:
        sheet.miss(
            "CEA-01/5.11",
            f"{line.id}: whether a plan covers it",
            say("plan_unsaid"),
        )
    else:
        sheet.allow("CEA-01/5.11", say("no_plan"))


def baggage(sheet: Sheet, case: Case) -> None:
    """quantity: bags."""
    line = case.line
    if line.quantity is None or line.quantity != int(line.quantity):
        sheet.without("CEA-01/5.13-a", f"{line.id}: number of bags", say("bags_unsaid"))
        return
    most = case.terms.bag * int(line.quantity)
    if line.amount is None:
        sheet.price, sheet.claimed = most, most + line.gratuity
    sheet.cut_price(most, "CEA-01/5.13-a", say("bags", each=case.terms.bag, most=most))


def registration(sheet: Sheet, case: Case) -> None:
    """Paid at cost, where the activity is one that the policy knows."""


def other(sheet: Sheet, case: Case) -> None:
    """No guideline names it, so a person decides whether it is the provider's expense or a personal one."""
    sheet.decide("CEA-01/5.2-n", say("other"))

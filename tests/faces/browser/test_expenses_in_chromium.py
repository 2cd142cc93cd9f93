"""An expense claim, in a browser: on a phone the outcome of a line follows what is typed, and nothing stands beside the page."""

import importlib.util
from pathlib import Path

import pytest

_PAGES = Path(__file__).parents[1] / "test_expense_pages.py"


@pytest.fixture
def pages():
    spec = importlib.util.spec_from_file_location("expense_pages", _PAGES)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def claim_of(house, pages, **more):
    from django.test import Client

    return pages.write_claim(Client(), house, **more)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_on_a_phone_the_outcome_follows_what_is_typed(browse, house, pages, picture):
    other = ("parking", {"on": "2026-03-02", "amount": "12.00", "airport": "no"})
    claim = claim_of(house, pages, lines=(("meal", pages.MEAL), other))
    page = browse("analyst", width=390)
    page.goto(f"/console/expenses/{claim.reference}")
    outcome = page.locator("#outcome-1")
    assert "$36.00 of $51.00" in outcome.inner_text()
    page.locator("#amount-1").fill("20.00")
    page.locator("#gratuity-1").press("Tab")
    outcome.get_by_text("$14.40 of $29.00").wait_for()
    assert "$26.40 of $41.00" in page.locator("#total").inner_text()
    picture(page, "phone-expense")
    assert fits(page)
    page.reload()
    assert page.locator("#amount-1").input_value() == "20.00", "the draft is on the server"


def test_by_keyboard_from_a_new_claim_to_the_first_line(browse, house, picture):
    page = browse("analyst", width=390)
    page.goto("/console/expenses")
    picture(page, "phone-expenses")
    assert fits(page)
    page.get_by_label("You are").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Add an expense").wait_for()
    page.get_by_label("Add an expense").select_option("mileage")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    page.get_by_label("Miles").fill("100")
    page.get_by_label("Miles").press("Tab")
    page.locator("#outcome-1").get_by_text(" of $").wait_for()
    assert "CEA-01/5.5-a" in page.locator("#outcome-1").inner_text()


def test_whoever_verifies_and_decides(browse, house, pages, picture):
    other = ("other", {"on": "2026-03-02", "amount": "40.00"})
    claim = claim_of(house, pages, lines=(("meal", pages.MEAL), other))
    from meterkeep.desks.expenses import actions

    actions.submit(claim=claim, by="analyst", on=house.custodian.today())
    page = browse("second", width=390)
    page.goto(f"/console/expenses/{claim.reference}")
    picture(page, "phone-expense-verify")
    assert fits(page)
    page.get_by_role("button", name="verified").click()
    page.set_viewport_size({"width": 1100, "height": 800})
    page.locator("#why-2").fill("A map of the hall, needed for the day.")
    page.locator("#why").fill("Looked at both.")
    picture(page, "console-expense-decide")
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("Approved: $76.00.").wait_for()

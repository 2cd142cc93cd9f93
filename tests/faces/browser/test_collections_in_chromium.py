"""Overdue accounts, in a browser: the table sorts, a decision is made by the keyboard, and on a phone nothing stands beside the page."""

import importlib.util
from pathlib import Path

import pytest

_PAGE = Path(__file__).parents[1] / "test_collection_pages.py"


@pytest.fixture
def furnished(house, tmp_path):
    spec = importlib.util.spec_from_file_location("collection_pages", _PAGE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made.furnish(house, tmp_path)


def test_the_table_sorts_and_a_decision_is_made_by_the_keyboard(browse, furnished, picture):
    page = browse("staff")
    page.goto("/console/collections")
    picture(page, "console-collections")
    page.locator("#accounts ~ table thead").get_by_role("link", name="Overdue").press("Enter")
    page.wait_for_url("**#accounts")
    amounts = page.locator("#accounts ~ table tbody td[data-label=Overdue]").all_inner_texts()
    assert amounts == ["$12.00", "$40.00", "$90.10", "$312.45", "$1,250.00"]
    page.get_by_role("link", name="Write off").press("Enter")
    picture(page, "console-collections-decide")
    page.get_by_label("Why").fill("Small, and sent back.")
    page.get_by_role("button", name="Look at it first").press("Enter")
    page.get_by_text("Nothing is decided yet").wait_for()
    picture(page, "console-collections-preview")
    page.get_by_role("button", name="Write off").press("Enter")
    page.get_by_text("Decided, and entered in the log.").wait_for()


def test_on_a_phone_each_page_is_as_wide_as_the_phone(browse, furnished, house, picture):
    page = browse("staff", width=390)
    reference = furnished[house.customers[0]]
    pages = {
        "": "list",
        "/letters": "letters",
        "/decide?what=refer": "refer",
        f"/accounts/{reference}": "account",
    }
    for beneath, name in pages.items():
        page.goto(f"/console/collections{beneath}")
        picture(page, f"phone-collections-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    mine = browse("customer", width=390)
    mine.goto("/portal/overdue")
    picture(mine, "phone-portal-overdue")
    assert mine.evaluate("document.documentElement.scrollWidth") <= 390

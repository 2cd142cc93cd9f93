"""Retention, in a browser: tables sort, and on a phone nothing stands beside the page."""

import importlib.util
from pathlib import Path

import pytest

_PAGE = Path(__file__).parents[1] / "test_retention_page.py"


@pytest.fixture
def furnished(house):
    spec = importlib.util.spec_from_file_location("retention_page", _PAGE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    made.furnish(house)


def test_the_page_shows_schedule_plan_and_holds(browse, furnished, picture):
    page = browse("staff")
    page.goto("/console/retention")
    picture(page, "console-retention")
    head = page.locator("th[data-sortable]", has_text="Hold").first
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"


def test_on_a_phone_the_page_is_as_wide_as_the_phone(browse, furnished, picture):
    page = browse("staff", width=390)
    page.goto("/console/retention")
    picture(page, "phone-console-retention")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

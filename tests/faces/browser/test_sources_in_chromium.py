"""Who sends, in a browser: the table sorts, and on a phone nothing stands beside the page."""

import importlib.util
from pathlib import Path

import pytest

_PAGE = Path(__file__).parents[1] / "test_sources_page.py"


@pytest.fixture
def sent(house):
    spec = importlib.util.spec_from_file_location("sources_page", _PAGE)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    made.send(house)


def test_senders_are_shown_with_their_bars_and_sort(browse, house, sent, picture):
    page = browse("staff")
    page.goto("/console/sources")
    assert page.locator("svg.mk-arrivals").count() == 3
    picture(page, "console-sources")
    head = page.locator("th[data-sortable]", has_text="Files").first
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("tbody th").first.inner_text().startswith("Nobody named")


def test_on_a_phone_the_page_is_as_wide_as_the_phone(browse, house, sent, picture):
    page = browse("staff", width=390)
    page.goto("/console/sources")
    picture(page, "phone-console-sources")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

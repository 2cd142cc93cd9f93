"""Asking in a real browser: by keyboard, on a phone, printed, in Spanish; nothing blocked, nothing that axe finds."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
DEPENDS = "May we share usage data with a vendor for billing?"
NO = "May you sell my usage data?"


def check(page):
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.violations") == [], page.url
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def put(page, question):
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("heading", level=2).first.wait_for()


def test_staff_ask_and_see_what_it_depends_on(browse, picture):
    page = browse("staff")
    page.goto("/console/ask")
    check(page)
    put(page, DEPENDS)
    check(page)
    assert page.get_by_role("heading", name="It depends", exact=True).is_visible()
    assert "question=" not in page.url
    picture(page, "console-ask")


def test_anyone_asks_on_a_phone_in_either_language(browse, picture):
    page = browse(width=390)
    page.goto("/ask")
    put(page, NO)
    check(page)
    picture(page, "phone-public-ask")
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    page.goto("/ask")
    page.get_by_label("Su pregunta").fill(NO)
    page.get_by_role("button", name="Preguntar").click()
    page.get_by_role("heading", name="No está permitido").wait_for()
    check(page)


def test_by_keyboard_alone(browse):
    page = browse()
    page.goto("/ask")
    page.get_by_label("Your question").focus()
    page.keyboard.type(NO)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Ask"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Not allowed").wait_for()


def test_printed_it_is_the_question_and_its_answer(browse, picture):
    page = browse()
    page.goto("/ask")
    put(page, NO)
    page.emulate_media(media="print")
    assert not page.locator("form.mk-ask").is_visible() and not page.locator("header.mk-header").is_visible()
    assert page.locator(".mk-asked").is_visible() and page.locator(".mk-cited").is_visible()
    picture(page, "public-ask-printed")


def test_without_scripts_it_works_as_well(browse):
    page = browse(scripts=False)
    page.goto("/ask")
    put(page, NO)
    page.get_by_role("heading", name="Not allowed").wait_for()

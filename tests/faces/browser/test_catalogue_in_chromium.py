"""The public catalogue as people use it: sorted by keyboard, on a phone, in Spanish, with files that come down whole."""

import hashlib

import pytest
from faces.browser.test_pages_in_chromium import check

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture
def catalogue(house):
    """A withdrawn release and one that stands in its place."""
    from faces.conftest import TODAY, _release

    from meterkeep.desks.releases import actions

    second = _release(house.custodian.gate)
    actions.withdraw(
        release=house.release,
        why="The title names the wrong area.",
        gate=house.custodian.gate,
        by="officer",
        on=TODAY,
    )
    return second


def whole(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_the_catalogue_is_whole_on_a_phone_and_says_what_was_withdrawn(catalogue, house, browse, picture):
    page = browse(width=390)
    for name, address in {
        "catalogue": "/releases",
        "catalogue-release": f"/releases/{catalogue.reference}",
        "catalogue-withdrawn": f"/releases/{house.release.reference}",
    }.items():
        page.goto(address)
        check(page)
        whole(page)
        picture(page, f"phone-{name}")
    assert page.get_by_text("The title names the wrong area.").is_visible()


def test_the_catalogue_in_spanish(catalogue, house, browse, picture):
    page = browse()
    page.goto("/releases")
    with page.expect_navigation():
        page.locator("button", has_text="Español").first.click()
    check(page)
    picture(page, "catalogue-es")
    assert page.get_by_text("Hoja de datos en español").is_visible()
    page.goto(f"/releases/{catalogue.reference}")
    check(page)
    picture(page, "catalogue-release-es")


def test_a_column_is_sorted_by_keyboard(catalogue, browse):
    page = browse()
    page.goto("/releases")
    head = page.get_by_role("columnheader", name="Numbers")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") in ("ascending", "descending")


def test_a_file_comes_down_as_it_was_published(catalogue, browse):
    page = browse()
    page.goto("/releases")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Table (Parquet)").click()
    table = next(file for file in catalogue.files.all() if file.name.endswith(".parquet"))
    with open(coming.value.path(), "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == table.sha256

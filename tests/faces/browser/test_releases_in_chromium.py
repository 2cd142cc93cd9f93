"""The release pages of the console in a real browser: cost, map, each explanation; on a phone and in Spanish, too."""

import pytest
from faces.browser.test_pages_in_chromium import check
from faces.release_examples import town_releases, withheld

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture
def town(house):
    return town_releases()


def explanations(town):
    """One page of every kind."""
    found = {}
    for release in town.values():
        for at in withheld(release):
            cell = release.cells[at]
            kind = f"{cell['code']}-{cell['kind'] or 'alone'}"
            found.setdefault(kind, f"/console/releases/{release.reference}/{at}")
    return found


def test_the_release_and_every_kind_of_explanation(browse, town, picture):
    page = browse("staff", width=1180)
    for name, release in town.items():
        page.goto(f"/console/releases/{release.reference}?show=withheld")
        check(page)
        picture(page, "console-release" if name == "table" else f"console-release-{name}")
    kinds = explanations(town)
    assert len(kinds) >= 8
    for kind, address in kinds.items():
        page.goto(address)
        check(page)
        picture(page, "console-withheld" if kind == "reveals_withheld-count" else f"console-withheld-{kind}")


def test_the_map_leads_to_an_explanation_by_keyboard(browse, town):
    page = browse("staff")
    page.goto(f"/console/releases/{town['table'].reference}")
    link = page.locator("svg.mk-map a").first
    link.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert "left out: Too few customers" in link.get_attribute("aria-label")
    page.keyboard.press("Enter")
    page.wait_for_url("**/1")
    assert page.get_by_role("heading", level=1).inner_text() == "Why this number is left out"


def test_on_a_phone_and_in_spanish(browse, town, picture):
    page = browse("staff", width=390)
    page.goto("/console/releases")
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    addresses = explanations(town) | {"release": f"/console/releases/{town['table'].reference}"}
    for kind, address in addresses.items():
        page.goto(address)
        check(page)
        picture(page, f"phone-es-withheld-{kind}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address

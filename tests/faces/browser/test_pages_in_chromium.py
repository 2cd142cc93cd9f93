"""Every page in a real browser: nothing the strict policy blocks, nothing axe finds, whole on a phone and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def check(page):
    """Neither a blocked resource nor an accessibility violation on the page as it is now."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.violations") == [], page.url
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], page.url


def visit(page, pages, picture, prefix=""):
    for name, address in pages.items():
        page.goto(address)
        check(page)
        picture(page, prefix + name)


def public_pages(house):
    return {
        "public-home": "/",
        "public-notice": "/notice",
        "public-releases": "/releases",
        "public-release": f"/releases/{house.release.reference}",
        "public-log": "/log",
        "sign-in": "/sign-in",
    }


PORTAL = {
    "portal-home": "/portal",
    "portal-usage": "/portal/usage",
    "portal-seen": "/portal/seen",
}


def console_pages(house):
    return {
        "console-worklist": "/console",
        "console-decision": f"/console/requests/{house.requests['refused'].reference}",
        "console-waiting": f"/console/requests/{house.requests['waiting'].reference}",
        "console-releases": "/console/releases",
        "console-release-small": f"/console/releases/{house.planned.reference}",
        "console-log": "/console/log",
        **policy_pages(),
    }


def policy_pages():
    from meterkeep.desks.policies.queries import last_act

    act = f"/console/policies/{last_act().pk}"
    return {
        "console-policies": "/console/policies",
        "console-act": act,
        "console-document": f"{act}/CEA-04",
        "console-rulings": "/console/policies/rulings",
        "console-figures": "/console/policies/figures",
    }


def test_public_pages(browse, house, picture):
    visit(browse(), public_pages(house), picture)


def test_portal_pages(browse, picture):
    page = browse("customer")
    visit(page, PORTAL | {"portal-usage-empty": "/portal/usage?month=2023-01"}, picture)
    page.goto("/portal/usage")
    page.get_by_text("Show every hour as a table").click()
    check(page)


def test_portal_pages_of_a_solar_home(browse, picture):
    page = browse("solar")
    visit(
        page,
        {"portal-solar": "/portal/usage?channel=received", "portal-seen-nobody": "/portal/seen"},
        picture,
    )


def test_console_pages(browse, house, picture):
    visit(browse("staff"), console_pages(house), picture)


def test_pages_on_a_phone(browse, house, picture):
    """Nothing wider than the screen, in either language."""
    page = browse("customer", width=390)
    visit(page, PORTAL, picture, prefix="phone-")
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    for address in (*PORTAL.values(), *public_pages(house).values()):
        page.goto(address)
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_policy_pages_on_a_phone(browse, house, picture):
    page = browse("staff", width=390)
    page.goto("/console/policies")
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    for name, address in policy_pages().items():
        page.goto(address)
        check(page)
        picture(page, f"phone-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_a_ruling_is_signed_by_keyboard_alone(browse, house):
    page = browse("staff")
    page.goto("/console/policies/rulings")
    section = page.locator("section", has=page.locator("form[action$='/R1']"))
    section.locator("summary", has_text="Sign a ruling").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Counsel's advice.")
    section.get_by_role("button", name="Sign it").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    check(page)
    assert "is signed and in the log" in page.locator("[role=status]").inner_text()


def test_error_pages(browse, house):
    page = browse("customer")
    for address in ("/no/such/page", "/console", "/portal/usage?month=soon"):
        response = page.request.get(address)
        assert response.status in (400, 403, 404)
        page.set_content(response.text())
        assert page.get_by_role("heading", level=1).count() == 1


def test_from_sign_in_to_the_numbers_by_keyboard_alone(browse, house, password):
    """Tab, type, Enter: skip link first, focus always in sight, the disclosure opens, the filter works."""
    page = browse()
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to main content"
    page.keyboard.press("Enter")
    tab_to(page, "#id_login")
    page.keyboard.type(house.users["customer"].username)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/**")
    tab_to(page, "main a[href='/portal/usage']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/usage")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    assert page.locator("details[open] table").is_visible()


def tab_to(page, selector):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} has focus and does not show it"
            return
    pytest.fail(f"{selector} cannot be reached by Tab")


def test_the_hour_under_the_pointer_is_read_out(browse):
    page = browse("customer")
    page.goto("/portal/usage")
    heat = page.locator("[data-heat] svg")
    box = heat.bounding_box()
    scale = box["width"] / heat.evaluate("(svg) => svg.viewBox.baseVal.width")
    page.mouse.move(box["x"] + (58 + 28 * 18 + 10) * scale, box["y"] + (24 + 8) * scale)
    assert page.locator("[data-readout]").inner_text().startswith("Sunday 1 February, 6 p.m.–7 p.m.: ")


def test_the_list_of_who_has_seen_filters_without_leaving_the_page(browse):
    page = browse("customer")
    page.goto("/portal/usage")
    page.goto("/portal/seen")
    rows = page.locator("#seen-rows tbody tr")
    before = rows.count()
    page.get_by_label("Who", exact=True).select_option("all")
    page.wait_for_url("**who=all**")
    assert rows.count() > before
    check(page)


def test_tables_sort(browse):
    page = browse("staff")
    page.goto("/console/log")
    head = page.locator("th[data-sortable]", has_text="Act").last
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    check(page)


def test_without_scripts_everything_is_still_there(browse):
    page = browse("customer", scripts=False)
    page.goto("/portal/usage")
    assert (
        page.locator("svg.mk-heat").is_visible()
        and page.get_by_text("Download as a table (CSV)").is_visible()
    )
    page.goto("/portal/seen")
    page.get_by_label("Who", exact=True).select_option("all")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**who=all**")

"""A real Chromium against a live server: found by CHROMIUM or on the path, skipped with its reason where there is none."""

import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
)  # Playwright keeps an event loop beside Django's own calls

SCREENSHOTS = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
]  # fmt: skip
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("There is no Chromium: install it, or name it with CHROMIUM.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium, live_server, house, password):
    """Opens a window for a role: `browse("customer", width=390)`. Its errors and violations fail the test at the end."""
    contexts, problems = [], []

    def opened(role=None, *, width=1100, scripts=True):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
            locale="en-US",
        )
        context.set_default_timeout(60_000)
        context.add_init_script(WATCH)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        if role:
            sign_in(page, house.users[role].username, password)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def sign_in(page, username, password):
    page.goto("/sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.locator("main form button").click()


IN_THE_DOCS = {
    "portal-usage", "portal-solar", "portal-seen", "phone-portal-usage", "console-worklist", "console-decision",
    "console-release", "console-withheld", "console-file", "console-defects", "console-policies", "console-retention",
    "console-sources", "console-collections", "console-ask", "console-expense-decide", "phone-public-ask", "public-home", "public-release",
}  # fmt: skip


@pytest.fixture
def picture():
    """Keeps a screenshot for the docs where METERKEEP_SCREENSHOTS is set (to "all": of every page).

    A plain run leaves the tree as it is.
    """
    wanted = os.environ.get("METERKEEP_SCREENSHOTS", "")

    def keep(page, name):
        if wanted == "all" or (wanted and name in IN_THE_DOCS):
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")

    return keep

"""The page that gives a customer their file, as people see it: on a desk, on a phone, in Spanish; and the file itself."""

from datetime import date

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def closed(house):
    house.custodian.gate.chains.close_epoch(by="officer", on=date(2026, 3, 2))
    return house


def test_the_file_is_one_press_away(browse, closed, tmp_path):
    page = browse("customer")
    page.goto("/portal/seen")
    page.get_by_role("link", name="Check that none is missing").click()
    page.get_by_role("heading", name="Check my list", level=1).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my file").press("Enter")
    download.value.save_as(tmp_path / "mine.json")
    assert '"format": "meterkeep customer proof 1"' in (tmp_path / "mine.json").read_text()
    page.screenshot(path=tmp_path / "desk.png", full_page=True)


def test_it_fits_a_phone_in_spanish(browse, closed, tmp_path):
    page = browse("customer", width=390)
    page.goto("/portal/proof")
    page.get_by_role("button", name="Español").first.click()
    page.goto("/portal/proof")
    page.get_by_role("heading", name="Comprobar mi lista", level=1).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=tmp_path / "phone.png", full_page=True)

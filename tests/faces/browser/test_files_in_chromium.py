"""The pages of meter files in a real browser: on a desk and on a phone, in English and in Spanish, by keyboard."""

import csv
from datetime import date

import pytest
from gate.world import cmep_line

TODAY = date(2026, 3, 2)


@pytest.fixture
def files(house, tmp_path):
    """Synthetic files of several formats with this and that wrong in them."""
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.models import InboundFile

    days = [date(2026, 2, day) for day in range(1, 15)]
    lines = [cmep_line(f"SYN-F{meter}", day) for meter in (1, 2, 3) for day in days]
    lines = [line.replace("R0,1,", "R0,x,", 5 if at % 4 == 0 else 0) for at, line in enumerate(lines)]
    lines = [line.replace(",R0,", ",E0,") if at % 9 == 0 else line for at, line in enumerate(lines)]
    paths = [tmp_path / name for name in ("a.cmep", "b.csv", "c.cmep", "d.xml")]
    paths[0].write_text("\n".join([*lines, lines[1], "MEPMD02,20080501,SYNTHETIC"]) + "\n")
    with paths[1].open("w", newline="") as file:
        write = csv.writer(file).writerow
        write(
            [
                "SERVICE_POINT_ID",
                "READ_DATE",
                "UNIT",
                "QUALITY",
                *(f"HR{hour:02d}00" for hour in range(1, 25)),
            ]
        )
        for day in days:
            write(["SYN-W", day, "kWh", "A", *([""] * (day.day % 3)), *(["0.5"] * (24 - day.day % 3))])
    paths[2].write_text(lines[3] + "\n")
    paths[3].write_text("<nothing/>")
    for path in [*paths, paths[2]]:
        actions.ingest([path], gate=house.custodian.gate, by="intake", on=TODAY)
    return InboundFile.objects.order_by("pk").first()


PAGES = ["files", "file", "defects"]


def address(name, file):
    return {"files": "/console/files", "file": f"/console/files/{file.reference}"}.get(
        name, "/console/defects"
    )


@pytest.mark.parametrize("width", [1100, 390], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_window(browse, files, picture, name, width):
    page = browse("staff", width=width)
    page.goto(address(name, files))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.violations") == []
    picture(page, f"{'phone-' if width < 600 else ''}console-{name}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_in_spanish(browse, files, picture, name):
    page = browse("staff")
    page.goto(address(name, files))
    with page.expect_navigation():
        page.get_by_role("button", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.get_by_text("Archivos de medidores").count()
    picture(page, f"es-console-{name}")


def test_from_the_table_of_files_to_one_record_by_keyboard(browse, files):
    page = browse("staff")
    page.goto("/console/files?status=stored&format=cmep")
    page.get_by_role("link", name=files.reference[:8]).press("Enter")
    page.wait_for_url("**/console/files/*")
    page.get_by_role("link", name="See each one with its place").press("Enter")
    page.wait_for_url("**/console/defects?file=*")
    page.get_by_label("Outcome", exact=True).select_option("rejected")
    page.get_by_role("button", name="Filter", exact=True).press("Enter")
    page.wait_for_url("**outcome=rejected*")
    assert page.get_by_text("record 1, line 1", exact=True).count() == 1

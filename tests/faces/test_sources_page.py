"""The page of who sends: what, when last, how late, how good, and the days as they were summed up."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from meterkeep.desks.intake import actions
from meterkeep.faces.charts.arrivals import CAME, UNREAD, arrivals
from meterkeep.faces.console.intake.source_pages import share
from meterkeep.jobs.tick import sum_up

TODAY = date(2026, 3, 2)
SVG = "{http://www.w3.org/2000/svg}"


def report(number, **changes):
    return {
        "sha256": f"{number:064x}", "format": "cmep", "status": "stored", "error": None, "records": 1000, "stored": 990,
        "duplicate": 0, "already_stored": 0, "rejected": {"no_value": 10}, "notes": {},
        "series": [{"quality": {"estimated": 99}}], **changes,
    }  # fmt: skip


def unread(number):
    nothing = dict.fromkeys(("records", "stored", "duplicate", "already_stored"), 0)
    return report(number, status="refused", error={"code": "bad_input"}, rejected={}, series=[], **nothing)


def send(house):
    """A daily sender that stopped four days ago, a monthly one on time, one bad file of nobody."""
    told = {"by": "intake"}
    for back in range(4, 34):
        on = TODAY - timedelta(days=back)
        daily = actions.source_of(id="sce", by="intake", on=on)
        for number in range(1 + back % 3):
            actions.note_file(report=report(back * 10 + number), on=on, source=daily, **told)
    monthly = actions.record_source(
        id="meter-agent", name="Synthetic Agent", every_days=31, by="officer", on=TODAY
    )
    for back in (2, 33):
        on = TODAY - timedelta(days=back)
        actions.note_file(report=report(9000 + back, format="nem12"), on=on, source=monthly, **told)
    actions.note_file(report=unread(1), on=TODAY - timedelta(days=9), source=daily, arrival="a" * 32, **told)
    actions.note_file(report=unread(2), on=TODAY, arrival="b" * 32, **told)
    sum_up(by="tick", on=TODAY)


@pytest.fixture
def page(client, house):
    client.force_login(house.users["staff"])

    def get(name="sources", language="en"):
        answer = client.get(f"/console/{name}", headers={"Accept-Language": language})
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.content.decode())

    return get


def test_the_late_one_stands_first_with_its_days(house, page):
    send(house)
    shown = page()
    assert shown.index("3 days late") < shown.index("Synthetic Agent") < shown.index("Nobody named")
    assert "mostly each day" in shown and "every 31 days" in shown
    assert "99 %" in shown.replace("99.0", "99") and "1 sender is late" in shown


def test_days_are_shown_as_they_were_summed_up(house, page):
    send(house)
    shown = page()
    assert "so far" in shown and "sce: 3 days late" in shown and "In quarantine" in shown


def test_today_is_counted_when_the_page_is_opened(house, page):
    send(house)
    before = re.search(r'data-label="Files" data-sort-value="(\d+)"', page().split('id="days"')[1])[1]
    actions.note_file(report=unread(3), on=TODAY, by="intake")
    shown = page().split('id="days"')[1]
    assert int(re.search(r'data-label="Files" data-sort-value="(\d+)"', shown)[1]) == int(before) + 1
    assert shown.count("so far") == 1 and 'data-label="Refused"' in shown


def test_the_same_in_spanish(house, page):
    send(house)
    shown = page(language="es")
    assert "Quién envía" in shown and "por lo general cada día" in shown and "Who sends" not in shown


def test_the_file_has_a_line_for_each_sender(house, page, client):
    send(house)
    lines = client.get("/console/sources.csv").content.decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["source", "sce", "meter-agent", ""]
    assert lines[2].startswith("meter-agent,Synthetic Agent,nem12,2,2026-02-28,31,agreed,0,2000,1980,")


def test_before_anything_came_it_says_what_to_do(house, page):
    assert "meterkeep ingest --watch DIR" in page()


def test_each_day_with_files_has_a_bar_and_what_was_not_readable_stands_on_it():
    svg = ElementTree.fromstring(arrivals([0, 5, 1000, 2], [0, 0, 500, 2], title="<so>", name="x"))
    bars = {path.get("fill") if path.get("stroke") is None else path.get("stroke"): path.get("d").count("v")
            for path in svg.iter(f"{SVG}path")}  # fmt: skip
    assert (bars[CAME], bars[UNREAD]) == (2, 2)
    assert next(svg.iter(f"{SVG}title")).text == "<so>"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, "–"),
        (0, 5, "0.0 %"),
        (1, 10_000, "<0.1 %"),
        (9999, 10_000, "99.9 %"),
        (598, 672, "89.0 %"),
        (5, 5, "100.0 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_nothing(part, whole, shown):
    assert share(part, whole) == shown

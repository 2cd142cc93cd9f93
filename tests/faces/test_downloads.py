"""What a customer takes away is what the page shows, in a form that others can read."""

import json
import re
from datetime import datetime

import pytest
from django.urls import reverse
from lxml import etree
from readings.formats.workbook import cells

from meterkeep.faces.downloads import csv_text
from meterkeep.readings.formats import open_file

FEBRUARY = {"month": "2026-02"}


def shown_on(page):
    """Channel → start → watt-hours: the numbers that the page gives to its script."""
    data = re.search(r'id="usage-chart" type="application/json">(.*?)</script>', page, flags=re.S)[1]
    chart = json.loads(data)
    channels = {"From the grid": "delivered", "To the grid": "received"}
    return {
        channels[line["name"]]: {
            start: round(1000 * value)
            for start, value in zip(chart["starts"], line["values"], strict=True)
            if value is not None
        }
        for line in chart["lines"]
    }


def told_by(document, path):
    path.write_bytes(document)
    file, told = open_file(path), {}
    for block in file.blocks():
        for ordinal, start, value in zip(
            block.series.tolist(), block.start.tolist(), block.value.tolist(), strict=True
        ):
            told.setdefault(file.series[ordinal].channel, {})[start] = value
    return told


@pytest.mark.parametrize("who", ["customer", "solar"])
def test_green_button_is_valid_and_has_each_hour_of_the_page(client, house, who, espi_schema, tmp_path):
    client.force_login(house.users[who])
    page = client.get(reverse("usage"), FEBRUARY).content.decode()
    document = client.get(reverse("usage_xml"), FEBRUARY).content
    espi_schema.assertValid(etree.fromstring(document))
    assert told_by(document, tmp_path / "mine.xml") == shown_on(page)


@pytest.mark.parametrize("text", ["=1+1", "+1-1", "-a", "@SUM(A1)", "\t=1", "\r=1", "-1-1", "=-1"])
def test_a_spreadsheet_shows_a_text_that_looks_like_a_formula(text):
    assert csv_text([(text,)]).strip('"\r\n') == f"'{text}".strip("\r\n")


@pytest.mark.parametrize("cell", ["-1.5", "+2", -3, "", "a=b", "2026-03-01T00:00:00-08:00", "95501"])
def test_numbers_and_other_texts_are_left_as_they_are(cell):
    assert csv_text([(cell, "b")]) == f"{cell},b\r\n"


def test_the_workbook_has_each_hour_of_the_page_and_its_coverage(client, house):
    client.force_login(house.users["customer"])
    page = client.get(reverse("usage"), FEBRUARY).content.decode()
    response = client.get(reverse("usage_xlsx"), FEBRUARY)
    assert response["Content-Disposition"] == 'attachment; filename="energy-use-2026-02.xlsx"'
    head, *rows = cells(response.content)
    told = {
        int(datetime.fromisoformat(row[head.index("start")]).timestamp()): row[head.index("value")]
        for row in rows
    }
    assert told == shown_on(page)["delivered"]
    assert sum(1 for _ in cells(response.content, sheet=2)) == 2

"""Pages of a release with months and quarters: 2026 Q1 in both languages, in tables, sums and maps."""

from html import unescape

import pytest
from django.urls import reverse
from django.utils import translation
from faces.release_examples import quarter_release

from meterkeep.faces.figures import Figures
from meterkeep.faces.tables import file_label

SAID = {"en": "2026 Q1", "es": "2026 T1"}
MARCH = {"en": "March 2026", "es": "marzo 2026"}


@pytest.fixture
def release(db):
    return quarter_release()


@pytest.fixture
def page(client, house):
    client.force_login(house.users["staff"])

    def got(name, *arguments, language):
        response = client.get(reverse(name, args=arguments), HTTP_ACCEPT_LANGUAGE=language)
        assert response.status_code == 200
        return unescape(response.content.decode())

    return got


def left_out(release):
    return {cell["code"]: at for at, cell in enumerate(release.cells) if cell["status"] != "published"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_sum_on_the_page_of_a_quarter_names_quarters_and_months(release, page, language):
    at = left_out(release)["reveals_withheld"]
    shown = page("console_withheld", release.reference, at, language=language)
    assert f"95519 · {SAID[language]}" in shown
    january = {"en": "January 2026", "es": "enero 2026"}[language]
    assert january in shown and "None" not in shown


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_of_the_table_has_a_map_for_each_period(release, page, language):
    shown = page("console_release", release.reference, language=language)
    assert {"en": "Quarter", "es": "Trimestre"}[language] in shown
    titles = {"en": "The table of %s as a map", "es": "La tabla de %s como mapa"}[language]
    for when in (SAID[language], MARCH[language]):
        assert titles % when in shown, when


def test_cells_files_and_figures_of_others_are_named_by_their_shortest_period(release):
    figures = Figures(release)
    names = [figures.name(cell["keys"]) for cell in release.cells]
    assert "95519 · March 2026" in names and "95519 · 2026 Q1" in names and len({*names}) == len(names)
    period = ["2026-01-01", "2026-04-01"]
    assert figures.label(["quarter=2026-Q1", "zip=95519"], period) == "95519 · 2026 Q1"
    assert figures.label(["year=2026", "zip=95519"], period) == "95519 · 2026"
    with translation.override("es"):
        assert file_label("totals-T-1-by-zip-2026-Q1.csv") == "Por código postal, 2026 T1"

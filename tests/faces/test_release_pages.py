"""The release pages of the console: every sum on them adds up, in both languages, and the file repeats it."""

import csv
import io
import re
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse
from django.utils import translation
from faces.release_examples import PAST, town_releases, withheld

SIGNS = {"": 1, "+": 1, "−": -1}


@pytest.fixture
def town(db):
    return town_releases()


@pytest.fixture
def as_staff(client, house):
    client.force_login(house.users["staff"])
    return client


def got(client, release, number, language="en"):
    address = reverse("console_withheld", args=[release.reference, number])
    response = client.get(address, HTTP_ACCEPT_LANGUAGE=language)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def rows(page, part):
    """The rows of the sum's table as texts."""
    found = re.search(rf"<{part}>(.*?)</{part}>", page.partition('class="usa-table usa-table--borderless mk-table mk-sum"')[2], flags=re.S)  # fmt: skip
    lines = re.findall(r"<tr.*?</tr>", found[1], flags=re.S) if found else []
    return [
        [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", line, flags=re.S)]
        for line in lines
    ]


def number(text, language="en"):
    plain = text.replace("\xa0", "").replace(" ", "")
    plain = plain.replace(".", "").replace(",", ".") if language == "es" else plain.replace(",", "")
    return Decimal(re.sub(r"[^\d.−-]", "", plain).replace("−", "-"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_sum_on_every_page_can_be_repeated(as_staff, town, language):
    done = 0
    for release in town.values():
        for at in withheld(release):
            page, cell = got(as_staff, release, at, language), release.cells[at]
            lines, foot = rows(page, "tbody"), rows(page, "tfoot")
            if cell["attack"] and cell["left"]:
                total = sum(SIGNS[line[0]] * number(line[-1], language) for line in lines)
                assert total == number(foot[0][-1], language), (release.reference, at)
                if cell["left"]["counted"]:
                    people = sum(SIGNS[line[0]] * number(line[-2], language) for line in lines)
                    assert people == number(foot[0][-2], language)
                done += 1
            if "share" in (cell["code"], cell["kind"]):
                whole, most, share = (number(line[-1], language) for line in foot[-3:])
                assert int(10_000 * most / whole) / Decimal(100) == share
    assert done > 15


def test_the_page_says_what_would_be_known_and_that_the_rule_forbids_it(as_staff, town):
    table = town["table"]
    (at,) = withheld(table, "reveals_withheld", "count")
    page = got(as_staff, table, at)
    cell = table.cells[at]
    assert f"what {cell['about']} customers used together" in page
    assert f"{cell['about']} is fewer than 15." in page and "CEA-03/4.1" in page
    assert 'aria-labelledby="bridge-title bridge-desc"' in page and "thin bridge" in page
    assert "What is left is what this table leaves out for 95501 · A-10." in page
    (large,) = withheld(table, "share", "alone")
    assert "One customer used 9,800 kWh of the 37,802.4 kWh. That is 25.92 %." in got(as_staff, table, large)
    assert "25.92 % is 15 % or more." in got(as_staff, table, large)


def test_past_releases_are_named_with_their_day(as_staff, town):
    release = town["opt-outs"]
    for at in withheld(release, "overlaps_past_release"):
        page = got(as_staff, release, at)
        assert f"{PAST} of 2 March 2026" in page and reverse("console_release", args=[PAST]) in page
    again = [got(as_staff, release, at) for at in withheld(release, "overlaps_past_release", "alone")]
    assert any("Only one of the two counts 2 customers more" in page for page in again)
    corrected = got(as_staff, release, withheld(release, "changed_value")[0])
    assert (
        "Take one from the other: what is left, 40 kWh, is the correction of 1 customer and nothing else."
        in corrected
    )


def test_newcomers_are_told_with_their_share(as_staff, town):
    (at,) = withheld(town["next"], "small_change")
    page = got(as_staff, town["next"], at)
    foot = rows(page, "tfoot")
    assert [line[-2] for line in foot] == ["", "2", ""]
    lines = rows(page, "tbody")
    assert abs(number(lines[0][-1]) - number(lines[1][-1])) == number(foot[0][-1])
    said = re.search(r"([\d.,]+) ÷ ([\d.,]+)", foot[2][1])
    assert int(10_000 * number(said[1]) / number(said[2])) / Decimal(100) == number(foot[2][-1])


def test_a_plan_from_before_reasons_were_kept_whole_has_its_sentence(as_staff, house):
    release = house.planned
    (at,) = withheld(release)
    old = ("keys", "customers", "value", "status", "code", "why", "releases", "attack", "period")
    release.cells[at] = {name: release.cells[at][name] for name in old}
    release.save()
    assert "the rule asks for at least 15" in got(as_staff, release, at)
    assert as_staff.get(reverse("console_release", args=[release.reference])).status_code == 200


def test_what_is_published_has_no_explanation(as_staff, town):
    for at in (0, 10_000):
        address = reverse("console_withheld", args=[town["table"].reference, at])
        assert as_staff.get(address).status_code == 404


def test_the_release_page_counts_what_the_rule_costs(as_staff, town):
    table = town["table"]
    page = unescape(as_staff.get(reverse("console_release", args=[table.reference])).content.decode())
    out = len(withheld(table))
    assert f"{out} of {len(table.cells)} numbers are left out: 6 since they break the rule" in page
    assert page.count('class="mk-map"') == 1 and page.count("<a href") > out
    for at in withheld(table):
        address = reverse("console_withheld", args=[table.reference, at])
        assert page.count(f'href="{address}"') == 2, "in the map and in the table"


def test_what_was_merged_is_seen_in_the_map_and_in_the_cost(as_staff, town):
    table = town["table"]
    table.notes = {"merges": {"zip": {"95503": ["95504", "95505"]}}}
    table.save()
    page = unescape(as_staff.get(reverse("console_release", args=[table.reference])).content.decode())
    assert "95503 · E-1 · February 2026, merged of 95504, 95505: 48 customers" in page
    assert "Merged into a wider group" in page and "merged into a wider group" in page


def test_the_table_shows_what_is_asked_for_in_pages(as_staff, town):
    release = town["table"]
    release.cells = release.cells * 20
    release.save()
    address = reverse("console_release", args=[release.reference])
    everything = as_staff.get(address).context["numbers"]
    assert (len(everything.rows), everything.pages, everything.counts["all"]) == (250, 3, 580)
    out = as_staff.get(address, {"show": "withheld"}).context["numbers"]
    assert len(out.rows) == out.counts["withheld"] and all(row.withheld for row in out.rows)
    assert (
        as_staff.get(address, {"show": "published", "page": "999"}).context["numbers"].rows[0].withheld
        is False
    )
    assert as_staff.get(address, {"show": "nonsense", "page": "x"}).context["numbers"].page == 1


def test_the_file_has_every_term_so_that_a_spreadsheet_repeats_it(as_staff, town):
    for release in town.values():
        answer = as_staff.get(reverse("release_reasons", args=[release.reference]))
        lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert {int(line["number"]) for line in lines} == set(withheld(release))
        for at in withheld(release):
            mine = [line for line in lines if int(line["number"]) == at]
            assert mine[0]["why"] and mine[0]["code"] == release.cells[at]["code"]
            if mine[0]["left_amount"] and mine[0]["factor"]:
                total = sum(
                    int(line["factor"]) * (Decimal(line["figure_amount"]) - Decimal(line["known_amount"]))
                    for line in mine
                )
                assert total == Decimal(mine[0]["left_amount"])
    assert any(line["published_on"] == "2026-03-02" for line in lines)


def test_only_who_may_plan_reads_what_is_left_out_and_the_log_has_it(client, house, town):
    from meterkeep.desks.accounts import actions as accounts
    from meterkeep.desks.outbox.models import OutboxEvent
    from meterkeep.desks.workforce import actions as members

    today, reference = house.custodian.today(), town["table"].reference
    clerk = members.record_person(id="clerk", display="Clerk", role="clerk", by="officer", on=today)
    members.assign(person=clerk, purposes=["customer_service"], by="officer", on=today)
    account = accounts.open_account(
        username="clerk", password=None, kind="staff", person="clerk", by="officer", on=today
    )
    at = withheld(town["table"])[0]
    pages = [reverse(name, args=[reference]) for name in ("console_release", "release_reasons")]
    pages.append(reverse("console_withheld", args=[reference, at]))
    read = OutboxEvent.objects.filter(name="release.explained")
    for user, status, entries in ((account, 403, 0), (house.users["staff"], 200, 3)):
        client.force_login(user)
        assert [client.get(page).status_code for page in pages] == [status] * 3
        assert read.count() == entries
    assert [event.detail.get("number") for event in read.order_by("at")] == [None, None, at]


def test_no_reason_is_public(client, house, town):
    page = client.get(reverse("release", args=[PAST])).content.decode()
    withheld_figures = [town["table"].cells[at]["value"] for at in withheld(town["table"])]
    assert "mk-map" not in page and "Too few" not in page and withheld_figures
    for name in ("console_release", "release_reasons"):
        assert client.get(reverse(name, args=[PAST])).status_code == 302


def test_names_and_amounts_are_said_in_spanish_too(house, town):
    from meterkeep.faces.figures import Figures

    figures = Figures(town["table"])
    with translation.override("es"):
        assert figures.name(["95501", "Total", "2026-02"]) == "95501 · todas las tarifas · febrero 2026"
        assert figures.amount(1_234_500) == "1\xa0234,5"

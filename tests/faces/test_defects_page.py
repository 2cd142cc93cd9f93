"""Staff see each meter file, what became of its records, and every defect with its place; each kind has its sentence."""

import ast
import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation
from gate.world import cmep_line

from meterkeep.faces import kinds
from meterkeep.faces.charts.bars import LEAST, WIDTH, bar, parts, share
from meterkeep.readings.store.intake.summary import NOTES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "meterkeep"
READINGS = SOURCE / "readings"
TODAY = date(2026, 3, 2)


@pytest.fixture
def taken_in(house, tmp_path):
    """Two days of a meter with six values that are none, a record of another type, and a file that is none."""
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.models import InboundFile

    lines = [cmep_line("SYN-DEFECTS", date(2026, 2, day)).replace("R0,1,", "R0,x,", 3) for day in (1, 2)]
    (tmp_path / "february.cmep").write_text("\n".join([*lines, "MEPMD02,20080501,SYNTHETIC"]) + "\n")
    (tmp_path / "nothing.cmep").write_bytes(b"")
    for name in ("february.cmep", "nothing.cmep"):
        actions.ingest([tmp_path / name], gate=house.custodian.gate, by="intake", on=TODAY)
    return InboundFile.objects.get(format="cmep")


def opened(client, house, name, *args, **query):
    client.force_login(house.users["staff"])
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def text(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_files_are_a_table_with_what_became_of_each(client, house, taken_in):
    page = opened(client, house, "files")
    assert "2 files" in page and taken_in.reference[:8] in page and "Refused" in page
    assert 'aria-label="stored: 42, rejected: 6"' in page
    assert "1 file" in text(opened(client, house, "files", status="refused"))
    assert "Nothing fits" in opened(client, house, "files", format="nem12")


@pytest.mark.parametrize(
    "name", ["reference", "on", "format", "status", "records", "rejected", "already_stored"]
)
def test_the_whole_list_is_sorted_and_not_only_what_is_shown(client, house, taken_in, monkeypatch, name):
    monkeypatch.setattr("meterkeep.faces.console.intake.views.PER_PAGE", 1)
    firsts, orders = [], []
    for sort in (name, f"-{name}"):
        page = opened(client, house, "files", sort=sort)
        firsts.append(re.search(r'class="mk-mono">([0-9a-f]{8})<', page)[1])
        orders.append(re.search(r'aria-sort="(\w+)"', page)[1])
        rows = list(csv.DictReader(io.StringIO(opened(client, house, "files_csv", sort=sort))))
        column = {"on": "received", "reference": "reference"}.get(name, name)
        told = [int(row[column]) if row[column].isdigit() else row[column] for row in rows]
        assert len(told) == 2 and told == sorted(told, reverse=sort.startswith("-"))
        assert rows[0]["reference"].startswith(firsts[-1])
    assert orders == ["ascending", "descending"]
    if name in ("reference", "status", "records", "rejected", "format"):
        assert firsts[0] != firsts[1]


def test_a_heading_sorts_turns_round_and_keeps_what_was_chosen(client, house, taken_in):
    page = opened(client, house, "files", status="stored", sort="-records")
    assert 'href="?status=stored&amp;sort=records"' in page and 'name="sort" value="-records"' in page
    assert 'href="?status=stored&amp;sort=-rejected"' in page
    assert "aria-sort" not in opened(client, house, "files", sort="policy")


def test_the_files_can_be_taken_away(client, house, taken_in):
    rows = list(csv.DictReader(io.StringIO(opened(client, house, "files_csv", status="stored"))))
    assert [(row["records"], row["stored"], row["rejected"]) for row in rows] == [("48", "42", "6")]


def test_a_file_lays_its_equation_open(client, house, taken_in):
    page = text(opened(client, house, "file", taken_in.reference))
    assert "What became of 48 records" in page
    assert re.search(r"42 stored 87.5 % 6 rejected 12.5 %", page)
    assert "The value is not a number" in page and "Ask the sender for these readings again." in page
    assert "First: record 1, line 1; record 2, line 1; record 3, line 1" in page
    assert "2026-02-01 11:00" in page and "2026-02-03 07:00" in page


def test_a_file_s_page_has_no_amount_and_no_name_on_it(client, house, taken_in):
    page = opened(client, house, "file", taken_in.reference)
    assert "SYN-DEFECTS" not in page and "42000" not in page and "february" not in page


def test_a_file_that_was_refused_says_so(client, house, taken_in):
    from meterkeep.desks.intake.models import InboundFile

    refused = InboundFile.objects.get(status="refused")
    page = text(opened(client, house, "file", refused.reference))
    assert "nothing of it was kept" in page and "What was wrong" not in page
    assert "The file is empty. Ask the sender for it again." in page and refused.sha256 in page
    assert client.get(reverse("file", args=["nobody"])).status_code == 404


def test_a_file_met_again_points_to_the_one_its_readings_came_with(client, house, taken_in, tmp_path):
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.models import InboundFile

    actions.ingest([tmp_path / "february.cmep"], gate=house.custodian.gate, by="intake", on=TODAY)
    again = InboundFile.objects.get(status="already_stored")
    assert reverse("file", args=[taken_in.reference]) in opened(client, house, "file", again.reference)
    assert "48" not in text(opened(client, house, "defects")).split("By kind")[0]


def test_a_file_taken_back_and_taken_in_again_says_by_whom_and_points_on(client, house, taken_in, tmp_path):
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.models import InboundFile

    gate = house.custodian.gate
    actions.withdraw(digest=taken_in.sha256, why="wrong", gate=gate, by="officer", on=TODAY, apply=True)
    page = text(opened(client, house, "file", taken_in.reference))
    assert "officer withdrew this file on 2 March 2026" in page and "again later" not in page
    actions.ingest([tmp_path / "february.cmep"], gate=gate, by="intake", on=TODAY, again=True)
    newest = InboundFile.objects.filter(status="stored").first()
    page = opened(client, house, "file", taken_in.reference)
    assert "came again later" in text(page) and reverse("file", args=[newest.reference]) in page


def test_the_files_columns_add_up(client, house, taken_in, tmp_path):
    from meterkeep.desks.intake import actions

    actions.ingest([tmp_path / "february.cmep"], gate=house.custodian.gate, by="intake", on=TODAY)
    page = opened(client, house, "files", status="already_stored")
    figures = [re.search(rf'data-label="{name}"[^>]*>([\d,]+)<', page)[1]
               for name in ("Records", "Stored", "Duplicate", "Already stored", "Rejected")]  # fmt: skip
    assert figures == ["48", "0", "0", "42", "6"]


def test_the_defect_list_has_kinds_first_and_then_each_one(client, house, taken_in):
    page = text(opened(client, house, "defects"))
    kinds_, lines = page.split("One by one")[0], page.split("One by one")[-1]
    assert "unreadable_value" in kinds_ and "other_record_type" in kinds_
    assert "record 25, line 2 2026-02-02 08:00 unreadable_value Rejected 1" in lines
    assert "line 3 – other_record_type Noted 1" in lines


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 7), ({"outcome": "rejected"}, 6), ({"kind": "other_record_type"}, 1), ({"since": "2026-03-03"}, 0),
     ({"since": "2026-03-02", "until": "2026-03-02"}, 7), ({"file": "nobody"}, 0), ({"since": "x", "outcome": "?"}, 7)],
)  # fmt: skip
def test_the_list_is_filtered_alike_on_the_page_and_in_the_file(client, house, taken_in, query, count):
    rows = list(csv.DictReader(io.StringIO(opened(client, house, "defects_csv", **query))))
    assert len(rows) == count
    assert opened(client, house, "defects", **query).count('data-label="Interval (UTC)"') == count


def test_a_long_list_goes_on_on_the_next_page(client, house, taken_in, monkeypatch):
    from meterkeep.faces.console.intake import views as intake

    monkeypatch.setattr(intake, "PER_PAGE", 3)
    seen, address = [], reverse("defects")
    client.force_login(house.users["staff"])
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'data-label="Place">([^<]+)', page)
        following = re.search(r'href="([^"]*after=[^"]*)"', page)
        address = following and following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 7


def test_nobody_but_staff_opens_them(client, house, taken_in):
    for role in ("customer", "auditor"):
        client.force_login(house.users[role])
        for name in ("files", "files_csv", "defects", "defects_csv"):
            assert client.get(reverse(name)).status_code == 403


# ── the sentences ──

CALLS = {"reject", "note", "_note", "note_once", "_reject_rows"}
NO_KINDS = {
    "service_point",
    "imperial_gal",
    "interval_seconds",
    "power_of_ten",
    "usage_point",
    "duration_in",
    "has_header",
    "skip_rows",
}


def strings(node):
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def kinds_of(path):
    """What is given to reject and note, or is a key among masks, or a pair with one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            found |= strings(node.args[0]) if name in CALLS else set()
        elif isinstance(node, ast.Dict):
            found |= {
                key.value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
                and isinstance(
                    value,
                    ast.UnaryOp
                    | ast.BinOp
                    | ast.Attribute
                    | ast.Name
                    | ast.Subscript
                    | ast.Compare
                    | ast.BoolOp,
                )
            }
        elif (
            isinstance(node, ast.Tuple) and len(node.elts) == 2 and not isinstance(node.elts[1], ast.Constant)
        ):
            found |= strings(node.elts[0]) if isinstance(node.elts[0], ast.Constant) else set()
        elif isinstance(node, ast.Set | ast.IfExp):
            found |= strings(node)
    return {
        kind
        for kind in found
        if isinstance(kind, str) and re.fullmatch(r"[a-z]+(_[a-z]+)+|missing|cancelled", kind)
    }


def kinds_met_by(path):
    """Of the store and the gate: what is given to a defect list or to its notes, as it stands or by a constant's name, and
    what is counted beside the reader's own findings."""
    tree = ast.parse(path.read_text())
    named = {
        getattr(node.target if isinstance(node, ast.AnnAssign) else node.targets[0], "id", ""): node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
    }
    found = set()
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = {keyword.arg for keyword in node.keywords if keyword.arg}
        if name in {"note", "cells", "points", "readings", "series"} or (
            name == "add" and "rejected" in given
        ):
            plain = [arg for arg in node.args if isinstance(arg, ast.Constant | ast.Name | ast.IfExp)]
            found |= {text for arg in plain for text in strings(named.get(getattr(arg, "id", ""), arg))}
        elif name == "Counter" and path.parent.name == "gate":
            found |= given
    return {kind for kind in found if re.fullmatch(r"[a-z]+(_[a-z]+)*", kind)}


def all_kinds():
    readers = set().union(*(kinds_of(path) for path in sorted((READINGS / "formats").rglob("*.py"))
                            if path.parent.name != "writing" and path.name != "mapping.py"))  # fmt: skip
    from meterkeep.readings.formats.green_button.reader import _SNAKE

    paths = [*sorted((READINGS / "store").rglob("*.py")), SOURCE / "gate" / "intake.py"]
    readers |= set().union(*map(kinds_met_by, paths))
    return (readers | set(NOTES) | {f"no_{name}" for name in _SNAKE.values()}) - NO_KINDS


def test_every_kind_that_readers_and_store_use_has_its_sentence():
    assert {"no_value", "zero_duration", "conflict", "no_unit", "cancelled", "destroyed"} <= all_kinds()
    assert sorted(kind for kind in all_kinds() if kind not in kinds.TABLE) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_sentence_is_one_in_both_languages(language):
    with translation.override(language):
        for kind in kinds.TABLE:
            said = kinds.said(kind, rejected=kind == "no_usage_point")
            assert said.means.endswith(".") and said.remedy.endswith(".") and len(said.means) < 160


def test_spanish_is_not_english():
    with translation.override("es"):
        spanish = {kind: kinds.said(kind, rejected=True) for kind in kinds.TABLE}
    english = {kind: kinds.said(kind, rejected=True) for kind in kinds.TABLE}
    assert [kind for kind in spanish if set(spanish[kind]) & set(english[kind])] == []


def test_a_kind_without_a_sentence_is_told_by_its_code():
    assert kinds.said("quite_new", rejected=True).means == "quite new"


def test_a_row_without_a_meter_is_not_a_file_that_describes_none():
    row, file = (kinds.said("no_usage_point", rejected=rejected).means for rejected in (True, False))
    assert row != file


# ── the bar ──


def test_a_bar_is_as_long_as_its_whole_and_shows_the_least_part():
    shown = parts([("stored", "kept", 9_999_999), ("duplicate", "twice", 0), ("rejected", "rejected", 1)])
    drawn = bar(shown, label="a & b")
    widths = [int(width) for width in re.findall(r'<rect x="\d+" width="(\d+)"', drawn)]
    assert sum(widths) == WIDTH and widths[-1] == LEAST and "a &amp; b" in drawn and "style=" not in drawn


@pytest.mark.parametrize(
    ("count", "whole", "said"),
    [
        (1, 1, "100 %"),
        (999_999, 1_000_000, "99.9 %"),
        (1, 1_000_000, "< 0.1 %"),
        (1, 8, "12.5 %"),
        (26, 672, "3.9 %"),
        (0, 0, ""),
    ],
)
def test_a_share_is_rounded_and_all_means_all(count, whole, said):
    assert share(count, whole) == said

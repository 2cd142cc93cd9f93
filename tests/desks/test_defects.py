"""The defect list over all files: each file once, every line with its place, in pages and as a whole."""

from datetime import date

import pyarrow as pa
import pytest
from gate.world import cmep_line

from meterkeep.desks.intake import actions, defects
from meterkeep.desks.intake.defects import Chosen, Cursor
from meterkeep.desks.intake.models import Defect, InboundFile

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


def damaged(path, meter, *, bad=3, first=date(2026, 2, 1), days=2):
    """Hourly days of 1 kWh, in which the first `bad` values of each day cannot be read."""
    lines = [cmep_line(meter, date.fromordinal(first.toordinal() + day)) for day in range(days)]
    path.write_text("\n".join(line.replace("R0,1,", "R0,x,", bad) for line in lines) + "\n")
    return path


@pytest.fixture
def two_files(gate, tmp_path, people):
    one, two = damaged(tmp_path / "one.cmep", "SYN-1"), damaged(tmp_path / "two.cmep", "SYN-2", bad=5)
    two.write_text(two.read_text() + "REGMD01,20080501\n".replace("REGMD01", "MEPMD02"))
    for path in (one, two):
        actions.ingest([path], gate=gate, by="clerk", on=ON)
    return [one, two]


def everything(gate, **chosen):
    tables = [table for _, table in defects.listed(Chosen(**chosen), gate=gate)]
    return pa.concat_tables(tables).to_pylist() if tables else []


def test_every_rejected_record_is_in_the_list_with_its_file_record_and_place(gate, two_files):
    rows = everything(gate, outcome="rejected")
    assert len(rows) == sum(sum(f["count"] for f in [row]) for row in rows) == 2 * 3 + 2 * 5
    assert {row["kind"] for row in rows} == {"unreadable_value"}
    newest, oldest = InboundFile.objects.order_by("-pk").values_list("reference", flat=True)
    assert [row["file"] for row in rows] == [newest] * 10 + [oldest] * 6
    assert [(row["record"], row["position_of"], row["position"]) for row in rows[10:]] == [
        (1, "line", 1), (2, "line", 1), (3, "line", 1), (25, "line", 2), (26, "line", 2), (27, "line", 2),
    ]  # fmt: skip
    assert rows[10]["start"].isoformat() == "2026-02-01T08:00:00+00:00"


def test_the_list_is_exactly_as_long_as_the_counts_say(gate, two_files):
    for file in defects.files():
        for counted in file.defects.all():
            rows = everything(
                gate, file=file.reference, kind=counted.kind, outcome=["noted", "rejected"][counted.rejected]
            )
            assert sum(row["count"] for row in rows) == counted.count


def test_the_same_file_met_again_does_not_double_the_list(gate, two_files):
    before, kinds = everything(gate), defects.kinds()
    actions.ingest(two_files, gate=gate, by="clerk", on=ON)
    actions.ingest(two_files[:1], gate=gate, by="clerk", on=ON)
    assert InboundFile.objects.count() == 5
    assert (everything(gate), defects.kinds()) == (before, kinds)


def test_a_file_read_once_more_is_listed_as_it_was_read_last(gate, two_files):
    from meterkeep.desks.intake.actions import withdraw

    digest = InboundFile.objects.order_by("pk").first().sha256
    count = len(everything(gate))
    withdraw(digest=digest, why="A test.", gate=gate, by="officer", on=ON, apply=True)
    assert len(everything(gate)) == count, "what was wrong with it stays known"
    actions.ingest(two_files[:1], gate=gate, by="clerk", on=ON, again=True)
    assert len(everything(gate)) == count
    assert defects.files().get(sha256=digest).status == "stored"


def test_what_has_no_place_is_in_the_list_all_the_same(gate, two_files):
    file = defects.files().first()
    Defect.objects.create(file=file, kind="series_added", rejected=False, count=7)
    (row,) = everything(gate, kind="series_added")
    assert (row["count"], row["record"], row["file"], row["outcome"]) == (7, None, file.reference, "noted")


def test_kinds_are_counted_first_what_was_rejected_then_what_was_noted(gate, two_files):
    assert [tuple(each) for each in defects.kinds()] == [
        ("unreadable_value", True, 16, 2),
        ("other_record_type", False, 1, 1),
    ]
    assert [each.kind for each in defects.kinds(Chosen(outcome="noted"))] == ["other_record_type"]


def test_a_part_is_chosen_by_file_kind_format_outcome_and_day(gate, two_files):
    one = InboundFile.objects.order_by("pk").first()
    assert len(everything(gate, file=one.reference)) == len(everything(gate, file=one.sha256)) == 6
    assert len(everything(gate, kind="other_record_type")) == 1
    assert len(everything(gate, format="cmep")) == 17 and everything(gate, format="nem12") == []
    assert len(everything(gate, since=ON, until=ON)) == 17
    assert everything(gate, since=date(2026, 3, 3)) == everything(gate, until=date(2026, 3, 1)) == []
    assert everything(gate, file="nobody") == everything(gate, kind="'; --") == []


@pytest.mark.parametrize("size", [1, 3, 6, 17, 100])
def test_pages_follow_each_other_without_gap_or_overlap(gate, two_files, size):
    rows, after = [], None
    while True:
        page = defects.page(Chosen(), gate=gate, after=after, size=size)
        rows += page.rows
        assert len(page.rows) == size or page.following is None
        if page.following is None:
            break
        after = Cursor.of(str(page.following))
    assert rows == everything(gate)


@pytest.mark.parametrize("text", ["", "1", "a.b", "1.2.3", "1.-2", "9" * 40 + ".1", "١.١"])
def test_a_cursor_that_is_none_is_the_beginning(text):
    assert Cursor.of(text) is None


def test_nothing_of_the_file_s_text_is_in_the_list(gate, two_files, tmp_path):
    kept = b"".join(path.read_bytes() for path in gate.store.folder.glob("defects/*"))
    assert kept and not any(word in kept for word in (b"SYN-1", b"SYN-2", b"SYNTHETIC", b"one.cmep"))


def test_a_list_that_was_lost_is_made_again_when_the_file_comes_again(gate, two_files):
    before = everything(gate)
    for path in gate.store.folder.glob("defects/*"):
        path.unlink()
    assert {row["record"] for row in everything(gate)} == {None}, "the counts are known still"
    actions.ingest(two_files, gate=gate, by="clerk", on=ON)
    assert everything(gate) == before

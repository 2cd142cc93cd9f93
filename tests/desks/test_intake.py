import hashlib
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.intake import actions, queries
from meterkeep.desks.intake.models import Defect, InboundFile
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.errors import BadInput

ON = date(2026, 3, 2)
REPORT = {
    "sha256": "0" * 64, "format": "cmep", "status": "stored", "error": None, "records": 9, "stored": 5, "duplicate": 1,
    "already_stored": 0, "rejected": {"no_value": 2, "bad_stamp": 1}, "notes": {"late": 3},
}  # fmt: skip
pytestmark = pytest.mark.django_db


def note(**changes):
    return actions.note_file(report={**REPORT, **changes}, by="clerk", on=ON)


def test_a_file_is_entered_with_its_counts_and_its_defect_list():
    file = note(places={"no_value": ["record 17"]})
    assert file.counts == {"records": 9, "stored": 5, "duplicate": 1, "already_stored": 0}
    rows = [(defect.kind, defect.rejected, defect.count, defect.places) for defect in file.defects.all()]
    assert rows == [
        ("no_value", True, 2, ["record 17"]),
        ("bad_stamp", True, 1, []),
        ("late", False, 3, []),
        ("duplicate", False, 1, []),
    ]


def test_the_name_of_a_file_is_kept_nowhere(take_in):
    take_in(("C-1", "SYN-1", "91910"))
    kept = str(list(InboundFile.objects.values())) + str(list(OutboxEvent.objects.values()))
    assert "february" not in kept


def test_the_same_file_twice_is_two_arrivals_and_one_set_of_readings(take_in, gate):
    world = take_in(("C-1", "SYN-1", "91910"))
    again = actions.ingest([world.meter_file], gate=gate, by="clerk", on=ON)
    assert (again["files"][0]["status"], again["stored"]) == ("already_stored", 0)
    assert [file.status for file in queries.files()] == ["already_stored", "stored"]


def test_a_file_that_cannot_be_read_is_reported_and_the_others_are_done(take_in, gate, tmp_path):
    world = take_in(("C-1", "SYN-1", "91910"))
    empty = tmp_path / "empty.cmep"
    empty.write_bytes(b"")
    told = []
    report = actions.ingest(
        [empty, tmp_path / "missing.cmep", world.meter_file],
        gate=gate,
        by="clerk",
        on=ON,
        progress=lambda: told.append(1),
    )
    assert [file["status"] for file in report["files"]] == ["refused", "refused", "already_stored"]
    assert len(told) == 3
    assert InboundFile.objects.filter(status="refused", error="bad_input").count() == 2


def test_a_refused_file_is_kept_with_its_digest_and_why_and_without_its_name(gate, tmp_path):
    path = tmp_path / "account 4711: line 9.cmep"
    path.write_bytes(b"MEPMD01,\xff\n" * 3)
    actions.ingest([path], gate=gate, by="clerk", on=ON, format="cmep")
    (file,) = queries.files()
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert set(file.reason) >= {"message", "next"} and file.reason["message"].endswith(".")
    assert "4711" not in str(file.reason)


def test_of_a_place_only_the_numbers_are_kept(gate):
    error = {"code": "bad_input", "message": "No.", "next": "Ask.", "where": "Jane: line 7, column 3"}
    assert note(status="refused", error=error).reason == {
        "message": "No.",
        "next": "Ask.",
        "place": "line 7, column 3",
    }


def test_the_report_is_what_the_command_prints(take_in):
    (file,) = take_in(("C-1", "SYN-1", "91910")).report["files"]
    assert "places" not in file


def test_no_file_at_all_is_an_error(gate):
    with pytest.raises(BadInput):
        actions.ingest([], gate=gate, by="clerk", on=ON)


def test_every_arrival_is_told_to_the_log():
    file = note()
    event = OutboxEvent.objects.get(name="readings.taken_in")
    assert (event.detail["file"], event.detail["stored"], event.subjects) == (file.reference, 5, [])


@pytest.mark.parametrize(
    "wrong", [{"status": "odd"}, {"error": "bad_input"}, {"status": "refused"}, {"sha256": ""}]
)
def test_the_database_keeps_a_file_well_formed(wrong):
    file = note()
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundFile.objects.filter(pk=file.pk).update(**wrong)


def test_a_defect_is_counted_and_stands_once():
    file = note()
    for wrong in ({"kind": "x", "count": 0}, {"kind": "no_value", "count": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Defect.objects.create(file=file, rejected=True, **wrong)


def test_a_withdrawn_file_says_so_with_who_and_when(take_in, gate):
    digest = take_in(("C-1", "SYN-1", "91910")).report["files"][0]["sha256"]
    told = {"digest": digest, "why": "wrong multiplier", "gate": gate, "by": "officer", "on": ON}
    actions.withdraw(**told, apply=False)
    assert [file.status for file in queries.files()] == ["stored"]
    actions.withdraw(**told, apply=True)
    (file,) = queries.files()
    assert (file.status, file.withdrawn_by, file.withdrawn_on) == ("withdrawn", "officer", ON)
    assert OutboxEvent.objects.filter(name="intake.withdrawn").count() == 1


def test_a_withdrawal_that_was_cut_off_is_entered_when_it_is_done_again(take_in, gate):
    digest = take_in(("C-1", "SYN-1", "91910")).report["files"][0]["sha256"]
    gate.correct(digest, why="wrong", by="officer", on=ON)
    again = actions.withdraw(digest=digest, why="wrong", gate=gate, by="officer", on=ON, apply=True)
    assert again.already and [file.status for file in queries.files()] == ["withdrawn"]


def test_a_withdrawn_file_may_come_in_again(take_in, gate):
    world = take_in(("C-1", "SYN-1", "91910"))
    digest = world.report["files"][0]["sha256"]
    actions.withdraw(digest=digest, why="wrong", gate=gate, by="officer", on=ON, apply=True)
    actions.ingest([world.meter_file], gate=gate, by="clerk", on=ON, again=True)
    assert [file.status for file in queries.files()] == ["stored", "withdrawn"]


def test_what_the_store_had_and_the_register_not_is_entered_as_stored(take_in, gate):
    """The process died after the one commit and before the other."""
    world = take_in(("C-1", "SYN-1", "91910"))
    InboundFile.objects.all().delete()
    actions.ingest([world.meter_file], gate=gate, by="clerk", on=ON)
    (file,) = queries.files()
    assert (file.status, file.counts["stored"], file.counts["already_stored"]) == ("stored", 28 * 24, 0)


def test_an_arrival_is_entered_once_however_often_it_is_tried(take_in, gate):
    world = take_in(("C-1", "SYN-1", "91910"))
    told = {"arrival": "a" * 32, "digest": "0" * 64, "gate": gate, "by": "intake", "on": ON, "source": "sce"}
    for _ in range(3):
        (report,) = actions.take_in_arrival(world.meter_file, **told)
    assert report["status"] == "already_stored" and "places" not in report
    assert [(f.arrival, f.source_id) for f in queries.files()] == [("a" * 32, "sce"), ("", None)]


def test_a_file_that_changes_while_it_is_read_is_no_arrival_yet(gate, tmp_path):
    half = tmp_path / "half.cmep"
    half.write_text("<feed")
    told = {"arrival": "a" * 32, "digest": "0" * 64, "gate": gate, "by": "intake", "on": ON}
    assert actions.take_in_arrival(half, **told, unchanged=lambda: False) is None
    assert not InboundFile.objects.exists()
    (report,) = actions.take_in_arrival(half, **told)
    assert report["status"] == "refused" and InboundFile.objects.get().sha256 == "0" * 64


def test_a_file_that_kills_its_reader_is_entered_by_its_digest(db):
    error = {"code": "reader_died", "message": "It ended.", "where": "", "next": "Look."}
    told = {"arrival": "b" * 32, "digest": "1" * 64, "error": error, "by": "intake", "on": ON}
    entered = actions.note_killer(**told)
    assert (entered.error, entered.reason) == ("reader_died", {"message": "It ended.", "next": "Look."})
    assert actions.note_killer(**told) is None


def test_who_sends_is_entered_once_and_its_rhythm_may_change(db):
    assert actions.source_of(id="sce", by="intake", on=ON).name == "sce"
    actions.record_source(id="sce", name="The utility", every_days=1, by="officer", on=date(2026, 3, 5))
    source = actions.source_of(id="sce", by="intake", on=ON)
    assert (source.name, source.every_days, source.since) == ("The utility", 1, ON)


@pytest.mark.parametrize("id", ["", "x", "Sce", "acct-8800001", "jane doe", "a" * 41])
def test_no_source_is_called_like_an_account(db, id):
    with pytest.raises(BadInput):
        actions.record_source(id=id, name="x", by="officer", on=ON)


def test_a_final_summary_stays_and_an_unchanged_one_is_no_act(db):
    figures = {"files": 1, "records": 2, "stored": 2}
    told = {"day": ON, "by": "tick", "on": ON}
    actions.keep_summary(figures=figures, final=False, **told)
    actions.keep_summary(figures=figures, final=False, **told)
    assert OutboxEvent.objects.count() == 1
    actions.keep_summary(figures={**figures, "files": 3}, final=True, **told)
    assert actions.keep_summary(figures=figures, final=False, **told).figures["files"] == 3


def test_a_job_is_entered_once_a_day(db):
    for _ in range(2):
        actions.keep_up(job="compaction", detail={"before": 3, "after": 1}, by="tick", on=ON)
    assert OutboxEvent.objects.get().detail == {"job": "compaction", "before": 3, "after": 1}

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
    assert rows == [("no_value", True, 2, ["record 17"]), ("bad_stamp", True, 1, []), ("late", False, 3, [])]


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

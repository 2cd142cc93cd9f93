from datetime import date

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.outbox import queries, sequencer
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.outbox.checks import check_continued
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.ledger.names import EventName

ON = date(2026, 3, 2)


class Log:
    """A log as the sequencer sees one: it knows an event's id and gives the same index again."""

    def __init__(self):
        self.ids = []
        self.busy = False

    def append(self, event):
        if self.busy:
            raise Busy("Somebody else is writing.")
        if event.id not in self.ids:
            self.ids.append(event.id)
        return self.ids.index(event.id)


@pytest.fixture
def log():
    made = Log()
    sequencer.plug(made.append)
    yield made
    sequencer.plug(None)


def tell(by="officer", **fields):
    return record(Event(name=EventName.PARTY_RECORDED, by=by, on=ON, **fields))


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_the_transaction_of_its_act_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        tell()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_tells_nothing(log):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell()
        1 / 0  # noqa: B018
    assert log.ids == [] and queries.waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_an_act_reaches_the_log_when_it_commits_and_not_before(log):
    with transaction.atomic():
        event = tell()
        assert log.ids == []
    event.refresh_from_db()
    assert (log.ids, event.index) == ([event.id], 0)


@pytest.mark.django_db(transaction=True)
def test_a_busy_log_leaves_the_event_for_the_next_drain(log):
    log.busy = True
    with transaction.atomic():
        tell()
    assert queries.waiting() == 1
    log.busy = False
    assert sequencer.drain() == 1
    assert queries.waiting() == 0


@pytest.mark.django_db
def test_a_crash_between_append_and_note_makes_no_second_entry(log):
    event = tell()
    log.append(event)
    assert sequencer.drain() == 1
    assert len(log.ids) == 1
    assert sequencer.drain() == 0


@pytest.mark.django_db
def test_what_waits_goes_oldest_first(log):
    for place in (2, 1, 0):
        OutboxEvent.objects.create(
            id=f"{place:032x}",
            name="party.recorded",
            at=f"2026-03-02T00:00:0{place}Z",
            on=ON,
            actor="officer",
        )
    sequencer.drain()
    assert log.ids == [f"{place:032x}" for place in (0, 1, 2)]


@pytest.mark.django_db
def test_nobody_acts_unnamed_and_a_customer_is_told_by_the_chain_alone():
    with pytest.raises(BadInput):
        tell(by=" ")
    event = tell(by="ab" * 16, subjects=["cd" * 16])
    assert (event.actor, event.subjects) == ("customer", ["cd" * 16])


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"index": -1}, {"actor": ""}])
def test_the_database_keeps_an_event_well_formed(wrong):
    event = tell()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxEvent.objects.filter(pk=event.pk).update(**wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"name": "party.ceased"}, {"on": date(2025, 1, 1)}, {"actor": "other"}, {"detail": {"a": 1}}, {"subjects": ["ab" * 16]}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_the_database_lets_nobody_change_an_event(log, change):
    """Neither while it waits for the log nor afterwards."""
    event = tell()
    for _ in range(2):
        with pytest.raises(IntegrityError, match="outbox_event_stays"), transaction.atomic():
            OutboxEvent.objects.filter(pk=event.pk).update(**change)
        sequencer.drain()


@pytest.mark.django_db
def test_the_database_lets_nobody_drop_an_event_or_move_it_in_the_log(log):
    event = tell()
    with pytest.raises(IntegrityError, match="outbox_event_stays"), transaction.atomic():
        event.delete()
    sequencer.drain()
    for index in (None, 7):
        with pytest.raises(IntegrityError, match="outbox_event_stays"), transaction.atomic():
            OutboxEvent.objects.filter(pk=event.pk).update(index=index)


@pytest.mark.django_db
def test_the_real_log_takes_each_event_once(gate):
    event = tell(subjects=["cd" * 16], detail={"party": "tern"})
    sequencer.plug(gate.record)
    try:
        assert sequencer.drain() == 1
    finally:
        sequencer.plug(None)
    index = gate.journal.find(event.id)
    entry = gate.journal.entry(index)
    assert (entry.name, entry.actor, entry.on) == ("party.recorded", "officer", "2026-03-02")
    assert (entry.subjects, entry.detail) == (["cd" * 16], {"party": "tern"})
    assert gate.record(event) == index


def test_a_log_that_was_set_back_or_begun_anew_is_noticed(log, db, django_capture_on_commit_callbacks):
    def find(id):
        return log.ids.index(id) if id in log.ids else None

    check_continued(find)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            record(Event(name=EventName.PARTY_RECORDED, by="officer", on=ON))
    check_continued(find)
    log.ids.pop()
    with pytest.raises(Refused, match="lacks what it held"):
        check_continued(find)
    log.ids[:] = ["another", "log"]
    with pytest.raises(Refused, match="up to entry 1"):
        check_continued(find)

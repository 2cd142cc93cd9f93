"""The register of releases is what the log says, or nothing is planned, audited or published."""

from datetime import date

import pytest
from django.db import connection

from meterkeep.aggregates import PastRow
from meterkeep.aggregates.seals import Seal, seal_of
from meterkeep.desks.outbox import sequencer
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.releases import actions, checks, queries, seals
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.screening import Outlet
from meterkeep.errors import Refused
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
SPEC = """
title = "Usage by area and class"
by = ["zip", "customer_class", "month"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
"""
pytestmark = pytest.mark.django_db
DETAIL = ("rows", "rows_sha256", "loads_sha256")


def planned(gate):
    return actions.plan(spec=SPEC, gate=gate, by="analyst", on=ON)


def approved(gate):
    release = planned(gate)
    for by in ("officer", "manager"):
        actions.review(release=release, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    return release


def publish(release, gate):
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)


@pytest.fixture
def out(people, take_in, gate):
    """A release that is out: two ZIP codes of fifteen, and what was told of it is in the log."""
    take_in(*((f"C-{n}", f"SYN-{n}", "91910" if n < 15 else "91911") for n in range(30)))
    release = publish(approved(gate), gate)
    send(gate)
    return release


def send(gate):
    sequencer.plug(gate.record)
    sequencer.drain()
    sequencer.plug(None)


def sql(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def first_row(release):
    row = release.rows.order_by("pk").first()
    return row, PastRow.from_bytes(bytes(row.data))


def put(row, **changed):
    """Other bytes in place of a row, by SQL."""
    from dataclasses import replace

    known = PastRow.from_bytes(bytes(row.data))
    sql(
        "UPDATE releases_releaserow SET data = %s WHERE id = %s", replace(known, **changed).to_bytes(), row.pk
    )


def refused(gate, release, words):
    with pytest.raises(Refused, match=words) as told:
        queries.register(gate)
    assert told.value.where == release.reference
    with pytest.raises(Refused, match="not what the log says"):
        planned(gate)


def test_the_log_and_the_certificate_have_count_and_digest(out, gate):
    ((_, entry),) = gate.acts("release.published")
    found = seals.standing(out)
    assert {name: entry.detail[name] for name in DETAIL} == found.told()
    assert found.rows == 2
    assert (out.certificate["register_rows"], out.certificate["register_sha256"]) == (2, found.rows_sha256)
    assert queries.register(gate).unsealed == [] and out.certificate["unsealed"] == []


def test_a_row_that_was_removed_is_missed(out, gate):
    sql("DELETE FROM releases_releaserow WHERE id = %s", first_row(out)[0].pk)
    refused(gate, out, "1 rows; the log says 2")


def test_a_row_that_was_added_is_found(out, gate):
    row, _ = first_row(out)
    sql("INSERT INTO releases_releaserow (release_id, data) VALUES (%s, %s)", out.pk, bytes(row.data))
    refused(gate, out, "3 rows; the log says 2")


def test_a_member_that_was_taken_out_or_put_in_is_found(out, gate):
    row, known = first_row(out)
    put(row, members=known.members[1:], loads=known.loads[1:])
    refused(gate, out, "members")


@pytest.mark.parametrize("changed", [{"value": 1}, {"label": ("zip=91999",)}, {"measure": "received"}])
def test_another_figure_cell_or_measure_is_found(out, gate, changed):
    put(first_row(out)[0], **changed)
    refused(gate, out, "cells, figures or members")


def test_other_loads_are_found(out, gate):
    row, known = first_row(out)
    put(row, loads=known.loads + 1)
    refused(gate, out, "What its customers used")


def test_bytes_that_are_no_row_name_the_release(out, gate):
    sql("UPDATE releases_releaserow SET data = %s WHERE id = %s", b"nothing", first_row(out)[0].pk)
    refused(gate, out, "damaged")


def test_a_release_that_is_gone_or_called_back_to_planned_is_missed(out, gate):
    Release.objects.update(state="approved", published_on=None, published_by="")
    refused(gate, out, "the register knows nothing of it")


def test_one_that_was_never_published_cannot_be_made_public_behind_the_log(out, gate):
    again = planned(gate)
    Release.objects.filter(pk=again.pk).update(state="published", published_on=ON, published_by="officer")
    refused(gate, again, "the log knows nothing of its publication")


def test_a_second_word_in_the_log_does_not_make_it_so(out, gate):
    """Whoever writes to the database can have the log told something more, and not less."""
    row, known = first_row(out)
    put(row, value=known.value + 1)
    first = OutboxEvent.objects.get(name="release.published")
    OutboxEvent.objects.create(
        id="0" * 32, name=first.name, on=ON, actor="officer", detail=first.detail | seals.standing(out).told()
    )
    refused(gate, out, "cells, figures")
    send(gate)
    refused(gate, out, "cells, figures")


def test_audit_and_publication_are_refused_too(out, gate):
    waiting = approved(gate)
    put(first_row(out)[0], value=1)
    with pytest.raises(Refused, match="not what the log says"):
        publish(waiting, gate)
    with pytest.raises(Refused, match="not what the log says"):
        actions.try_out(spec=SPEC, gate=gate, by="analyst", on=ON)


def test_a_plan_that_was_changed_before_its_publication_is_refused(out, gate):
    waiting = approved(gate)
    put(first_row(waiting)[0], value=1)
    with pytest.raises(Refused, match="cells, figures or members") as told:
        publish(waiting, gate)
    assert told.value.where == waiting.reference


def test_a_number_that_was_not_audited_does_not_go_out(out, gate):
    waiting = approved(gate)
    waiting.cells[0]["value"] += 1
    waiting.save()
    with pytest.raises(Refused, match="none that was audited"):
        publish(waiting, gate)


def test_what_is_forgotten_is_told_with_a_new_digest(out, gate):
    waiting = approved(gate)
    _, known = first_row(out)
    before = seals.standing(out)
    assert actions.forget(atoms=[int(known.members[0])], by="officer", on=ON) == 2
    after = seals.standing(Release.objects.get(pk=out.pk))
    assert after.rows_sha256 == before.rows_sha256 and after.loads_sha256 != before.loads_sha256
    assert queries.register(gate).unsealed == []
    send(gate)
    assert queries.register(gate).unsealed == []
    seals.check_plan(Release.objects.get(pk=waiting.pk), gate=gate)
    with pytest.raises(Refused):
        put(first_row(out)[0], loads=known.loads)
        queries.register(gate)


def test_old_releases_are_believed_said_so_and_given_a_digest_at_the_next_publication(out, gate):
    """As a home has them that published before there were digests: the log's entry has none."""
    entries = gate.journal.recent(1, name_prefix="release.published")
    older = dict(entries[0][1].detail)
    for name in DETAIL:
        older.pop(name)

    class Old:
        """The gate of a home with an older log."""

        def __init__(self, whole):
            self.whole = whole

        def __getattr__(self, name):
            return getattr(self.whole, name)

        def acts(self, name):
            found = self.whole.acts(name)
            return [(at, entry) for at, entry in found if entry.detail["release"] != out.reference] + (
                [(0, type("E", (), {"detail": older}))] if name == "release.published" else []
            )

    old = Old(gate)
    assert queries.register(old).unsealed == [out.reference]
    again = approved(old)
    assert again.certificate["unsealed"] == [out.reference]
    publish(again, old)
    assert queries.register(old).unsealed == []
    told = OutboxEvent.objects.get(name="release.sealed")
    assert told.detail["release"] == out.reference and told.detail["rows"] == 2
    put(first_row(out)[0], value=1)
    with pytest.raises(Refused, match="cells, figures"):
        queries.register(old)


def test_a_plan_of_an_older_version_is_made_again(out, gate, monkeypatch):
    monkeypatch.setattr(Seal, "told", lambda self: {})
    waiting = approved(gate)
    monkeypatch.undo()
    with pytest.raises(Refused, match="no digest of the rows of this plan"):
        checks.check_publishable(waiting, gate=gate, on=ON)


def test_the_order_of_rows_does_not_matter_and_the_salt_does(out):
    rows = seals.rows_of(out)
    one, other = seal_of(rows, salt=b"a"), seal_of(rows[::-1], salt=b"a")
    assert one == other
    salted = seal_of(rows, salt=b"b")
    assert salted.rows_sha256 == one.rows_sha256 and salted.loads_sha256 != one.loads_sha256

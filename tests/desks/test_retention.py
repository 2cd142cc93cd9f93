"""Records go when the schedule says so, never under a hold, each lot with its certificate; whoever stays keeps everything."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from gate.world import cmep_line

from meterkeep.desks.accounts import actions as accounts
from meterkeep.desks.authorizations import actions as authorizations
from meterkeep.desks.authorizations.models import Authorization
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.customers import queries as customer_queries
from meterkeep.desks.customers.models import Customer
from meterkeep.desks.disclosures import actions as disclosures
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.retention import actions, checks, queries, schedule
from meterkeep.desks.retention.models import Lot
from meterkeep.desks.retention.plan import as_json, plan
from meterkeep.errors import BadInput, Refused
from meterkeep.gate import Disposal, Farewell, Period, Request, Subjects
from meterkeep.policy.language.pack import Figure

TODAY = date(2026, 3, 2)
LEFT, GONE, STAYS = "left-long-ago", "left-lately", "stays"
CANARY = "Quillfeather Canary"


@pytest.fixture
def town(gate, home, people, tmp_path):
    """Three customers: one who left more than five years ago, one who left two years ago, one who is served; a day of readings of each."""
    rows = [
        (LEFT, "SYN-100001", "2015-01-01", "2021-03-01"),
        (GONE, "SYN-100002", "2015-01-01", "2024-03-01"),
        (STAYS, "SYN-100003", "2015-01-01", ""),
    ]
    lines = ["customer_id,meter_number,zip,start,end,name,account_number"]
    lines += [f"{who},{m},92000,{start},{end},{CANARY} {who},ACCT-{m}" for who, m, start, end in rows]
    (tmp_path / "customers.csv").write_text("\n".join(lines))
    assert (
        customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=TODAY)["rejected"]
        == []
    )
    days = [date(2019, 7, 1), date(2021, 2, 1), date(2023, 7, 1)]
    text = "\n".join(cmep_line(m, day) for _, m, _, _ in rows for day in days)
    (tmp_path / "meters.cmep").write_text(text + "\n")
    intake.ingest([tmp_path / "meters.cmep"], gate=gate, by="clerk", on=TODAY)
    return {who: gate.vault.find("customer_ref", who)[0] for who, *_ in rows}


def due(gate, on=TODAY):
    return {one.record: one for one in plan(gate=gate, by="officer", on=on).due}


def carry_out(gate, home, on=TODAY):
    return actions.apply(gate=gate, home=home.folder, by="officer", on=on)


def hours(gate, customer):
    ask = Request(
        action="use", purpose="power_or_billing", elements=("interval_usage",), subjects=Subjects.of(customer),
        period=Period(date(2015, 1, 1), TODAY), reason="to count",
    )  # fmt: skip
    with gate.open(ask, by="analyst", on=TODAY) as grant:
        return grant.readings().num_rows


def test_the_plan_says_what_why_and_when(town, gate):
    found = plan(gate=gate, by="officer", on=TODAY)
    by_record = {one.record: one for one in found.due}
    gone = by_record["customer"]
    assert (gone.customers, gone.since, gone.outcome) == ((town[LEFT],), date(2026, 3, 1), "permit")
    assert gone.counts == {"readings": 48, "values": 4 + 1, "keys": 2}
    assert gone.term.cites == ["CEA-03/5.4-d", "GOV/34090-d"]
    old = by_record["readings"]
    assert (old.end, old.number, old.outcome) == (date(2021, 3, 1), 3 * 48, "permit")
    assert as_json(found)["due"] and town[LEFT] not in json.dumps(as_json(found), default=str)


def test_the_ceiling_is_met_on_the_day_and_not_the_day_before(town, gate):
    assert "customer" not in due(gate, on=date(2026, 2, 28))
    assert due(gate, on=date(2026, 3, 1))["customer"].number == 1
    assert "readings" in due(gate, on=date(2026, 2, 28))
    assert due(gate, on=date(2026, 2, 28))["readings"].end == date(2021, 2, 1)


def test_planning_twice_is_the_same_and_changes_nothing(town, gate):
    before = gate.log_size
    assert plan(gate=gate, by="officer", on=TODAY) == plan(gate=gate, by="officer", on=TODAY)
    assert gate.log_size == before


def test_what_is_due_goes_and_everyone_else_keeps_everything(town, gate, home):
    accounts.open_account(
        username="canary-left",
        password="a long enough one",
        kind="customer",
        customer_id=town[LEFT],
        by="officer",
        on=TODAY,
    )
    kept = hours(gate, town[GONE]), hours(gate, town[STAYS])
    ended = carry_out(gate, home)
    assert [(lot.record, lot.state) for lot in ended] == [("customer", "done"), ("readings", "done")]
    assert gate.vault.read(list(town.values()), ["name"]).keys() == {town[GONE], town[STAYS]}
    assert gate.vault.find("account_number", "ACCT-SYN-100001") == []
    assert gate.vault.known_surrogate("SYN-100001") is None
    assert customer_queries.known(list(town.values())) == [town[GONE], town[STAYS]]
    assert (hours(gate, town[GONE]), hours(gate, town[STAYS])) == (kept[0] - 48, kept[1] - 48)
    assert gate.prove() == []
    assert due(gate) == {} and carry_out(gate, home) == []


def test_no_row_of_any_desk_names_a_destroyed_customer(town, gate, home, contractors):
    gone = town[LEFT]
    accounts.open_account(
        username="canary-left",
        password="a long enough one",
        kind="customer",
        customer_id=gone,
        by="officer",
        on=TODAY,
    )
    authorizations.offer(
        customer=gone,
        party="tern",
        purposes=["power_or_billing"],
        elements=["interval_usage"],
        start=date(2026, 1, 1),
        mechanism="web",
        by="officer",
        on=TODAY,
    )
    disclosures.ask(
        request=Request(
            action="access",
            purpose="power_or_billing",
            elements=("interval_usage",),
            subjects=Subjects.of(gone, town[STAYS]),
            recipient=gone,
        ),
        by="officer",
        on=TODAY,
    )
    chain = customer_queries.chain(gone)
    carry_out(gate, home)
    for model in apps.get_models():
        names = [
            f.attname
            for f in model._meta.concrete_fields
            if isinstance(f, (models.CharField, models.TextField, models.JSONField, models.ForeignKey))
        ]
        for row in model.objects.values_list(*names) if names else ():
            assert gone not in str(row), model.__name__
            # The chain is the customer's name in the log and stays there; it leads to nobody any more.
            assert chain not in str(row) or model is OutboxEvent, model.__name__


def test_the_certificate_says_what_went_and_its_digest_is_in_the_log(town, gate, home):
    lot = next(lot for lot in carry_out(gate, home) if lot.record == "customer")
    path = home.folder / "certificates" / f"{lot.reference}.json"
    said = json.loads(path.read_bytes())
    assert hashlib.sha256(path.read_bytes()).hexdigest() == lot.sha256
    told = [row.detail for row in OutboxEvent.objects.filter(name="destruction.certified")]
    assert {"lot": lot.reference, "sha256": lot.sha256, "records": "customer", "customers": 1} in told
    assert (said["by"], said["on"], said["customers"]) == ("officer", "2026-03-02", 1)
    assert {"CEA-02/6.7-a", "CEA-03/5.4-d"} <= set(said["clauses"])
    assert said["schedule"]["ceiling"] == {"value": 5, "unit": "year", "clause": "CEA-03/5.4-d"}
    before, after = said["destroyed"]["identities_before"], said["destroyed"]["identities_after"]
    assert before != after and said["destroyed"]["values_left"] == 0
    assert not {town[LEFT], CANARY, "SYN-100001"} & set(json.dumps(said).split('"'))


def test_a_legal_hold_beats_the_schedule_until_it_is_lifted(town, gate, home):
    hold = actions.place_hold(named=[town[LEFT]], why="claim 7", by="officer", on=TODAY)
    found = plan(gate=gate, by="officer", on=TODAY)
    assert [(one.record, one.hold.reference, one.number) for one in found.held] == [
        ("customer", hold.reference, 1), ("readings", hold.reference, 1),
    ]  # fmt: skip
    assert [one["ids"] for one in as_json(found)["held"]] == [(town[LEFT],)] * 2
    assert queries.named_in(hold.reference) == [town[LEFT]]
    before = hours(gate, town[LEFT])
    ended = carry_out(gate, home)
    assert [lot.record for lot in ended] == ["readings"] and hours(gate, town[LEFT]) == before
    assert hours(gate, town[STAYS]) == 24
    actions.lift_hold(reference=hold.reference, why="settled", by="officer", on=TODAY + timedelta(days=1))
    assert [one.reference for one in queries.in_force(TODAY)] == [hold.reference]
    assert list(queries.in_force(TODAY + timedelta(days=1))) == []


def test_a_hold_on_everyone_keeps_everything_and_one_that_has_run_out_nothing(town, gate):
    actions.place_hold(everyone=True, why="inquiry", until=TODAY, by="officer", on=TODAY - timedelta(days=9))
    assert due(gate).keys() == {"customer", "readings"}
    actions.place_hold(everyone=True, why="inquiry", record_class="files", by="officer", on=TODAY)
    assert due(gate).keys() == {"readings"}
    actions.place_hold(everyone=True, why="inquiry", kind="law", by="officer", on=TODAY)
    assert due(gate) == {}


def test_the_gate_refuses_what_is_held_whatever_a_plan_says(town, gate):
    actions.place_hold(named=[town[LEFT]], why="claim 7", by="officer", on=TODAY)
    declared = {"record.hold": False, "record.still_needed": False}
    with pytest.raises(Refused):
        gate.forget(Farewell(customers=(town[LEFT],), declared=declared), why="x", by="officer", on=TODAY)
    with pytest.raises(Refused, match="1 of 3 customers"):
        gate.destroy(
            Disposal(period=Period(date(2019, 1, 1), date(2020, 1, 1)), declared=declared),
            why="x",
            by="officer",
            on=TODAY,
        )


def test_somebody_who_is_served_is_never_destroyed(town, gate):
    with pytest.raises(Refused):
        gate.forget(Farewell(customers=(town[STAYS],)), why="x", by="officer", on=TODAY)


def test_records_are_kept_longer_where_somebody_says_that_they_are_needed(town, gate):
    actions.place_hold(named=[town[LEFT]], kind="needed", why="a refund is open", by="officer", on=TODAY)
    assert "customer" not in due(gate)


def test_a_floor_above_the_ceiling_is_told_and_nothing_goes(town, gate, home, monkeypatch):
    pack = policies.pack_in_force(TODAY)
    longer = replace(
        pack.parameters["retention.city_minimum_years"],
        figures=(Figure(7, "GOV/34090-d", date(2012, 8, 23)),),
    )
    changed = replace(
        pack, parameters={**pack.parameters, "retention.city_minimum_years": longer}, compiled={}
    )
    monkeypatch.setattr(queries.policies, "pack_in_force", lambda on: changed)
    found = plan(gate=gate, by="officer", on=TODAY)
    assert [term.record for term in found.conflicts] == ["customer", "readings", "files"]
    assert found.due == () and schedule.term("customer", changed, TODAY).past(date(2000, 1, 1)) is None
    assert carry_out(gate, home) == []


def test_a_city_s_resolution_is_told_before_and_stands_in_the_certificate(town, gate, home):
    assert "GOV/34090-consent" in plan(gate=gate, by="officer", on=TODAY).duties
    (lot, *_) = actions.apply(
        gate=gate, home=home.folder, consent="Resolution 2026-7", by="officer", on=TODAY
    )
    assert lot.certificate["schedule"]["consent"] == "Resolution 2026-7"


def test_the_usage_of_buildings_is_kept_for_twelve_months_whoever_rules_on_cities(adopted):
    pack = policies.pack_in_force(TODAY).ruled({"L1": "own_schedule"}, by="board", on=date(2020, 1, 1))
    floors = {term.record: term.floor for term in schedule.schedule(pack, TODAY)}
    assert floors["customer"] is None
    assert (floors["readings"].value, floors["readings"].unit) == (12, "month")
    assert floors["readings"].cite == "PRC/25402.10-keeping"
    with_cities = schedule.term("readings", policies.pack_in_force(TODAY), TODAY)
    assert (with_cities.floor.value, with_cities.floor.unit) == (2, "year")
    assert with_cities.reached(date(2024, 3, 2)) and not with_cities.reached(date(2024, 3, 3))


def test_without_documents_there_is_no_schedule_and_nothing_is_due(gate, home):
    found = plan(gate=gate, by="officer", on=TODAY)
    assert (found.terms, found.due) == ((), ())


def test_only_the_privacy_officer_holds_lifts_and_destroys(town, gate, home):
    for act in (
        lambda: actions.place_hold(named=[town[LEFT]], why="x", by="clerk", on=TODAY),
        lambda: actions.apply(gate=gate, home=home.folder, by="clerk", on=TODAY),
        lambda: actions.lift_hold(reference="H-1", why="x", by="clerk", on=TODAY),
    ):
        with pytest.raises(Refused, match="privacy officer"):
            act()


@pytest.mark.parametrize(
    "said",
    [
        {"named": ["0" * 32]},
        {"named": [], "everyone": False},
        {"everyone": True, "kind": "whim"},
        {"everyone": True, "record_class": "diaries"},
        {"everyone": True, "until": TODAY},
        {"everyone": True, "why": " "},
    ],
)
def test_a_hold_that_says_nothing_true_is_refused(town, said):
    with pytest.raises(BadInput):
        actions.place_hold(**{"why": "x", "by": "officer", "on": TODAY, **said})


def test_files_about_the_customer_go_from_the_home_and_the_places(town, gate, home, tmp_path):
    (home.folder / "notes.csv").write_text("ACCT-SYN-100001;1\n")
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "done.cmep").write_text((tmp_path / "meters.cmep").read_text())
    (tmp_path / "incoming" / "other.csv").write_text("ACCT-SYN-100003;1\n")
    actions.enter_place(path=tmp_path / "incoming", by="officer", on=TODAY)
    lot = next(lot for lot in carry_out(gate, home) if lot.record == "customer")
    assert lot.certificate["destroyed"]["copies"] == 2 and not (home.folder / "notes.csv").exists()
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["other.csv"]


def test_old_files_of_the_places_go_unless_anybody_s_files_are_held(town, gate, home, tmp_path):
    folder = tmp_path / "incoming"
    (folder / "done").mkdir(parents=True)
    actions.enter_place(path=folder, by="officer", on=TODAY)
    for name, day in (("old", datetime(2021, 3, 2, 12)), ("young", datetime(2021, 3, 3, 12))):  # noqa: DTZ001
        (folder / "done" / name).write_text("nobody in particular")
        os.utime(folder / "done" / name, (day.timestamp(), day.timestamp()))
    hold = actions.place_hold(named=[town[STAYS]], record_class="files", why="claim", by="officer", on=TODAY)
    assert "files" not in due(gate)
    actions.lift_hold(reference=hold.reference, why="over", by="officer", on=TODAY)
    assert (due(gate)["files"].number, due(gate)["files"].outcome) == (1, "permit")
    lot = next(lot for lot in carry_out(gate, home) if lot.record == "files")
    assert [path.name for path in (folder / "done").iterdir()] == ["young"]
    assert lot.certificate["copies"] == [hashlib.sha256(b"nobody in particular").hexdigest()]


@pytest.mark.parametrize("record", ["readings", "files", "customer", ""])
def test_a_hold_on_any_class_of_a_customer_s_records_keeps_the_customer(town, gate, record):
    actions.place_hold(named=[town[LEFT]], record_class=record, why="claim", by="officer", on=TODAY)
    assert "customer" not in due(gate)
    held = {one.record for one in plan(gate=gate, by="officer", on=TODAY).held}
    assert ("readings" in held) == (record != "files")


def test_a_place_that_is_not_there_stops_the_destruction_before_it_begins(town, gate, home, tmp_path):
    (tmp_path / "mounted").mkdir()
    actions.enter_place(path=tmp_path / "mounted", by="officer", on=TODAY)
    (tmp_path / "mounted").rmdir()
    with pytest.raises(BadInput):
        carry_out(gate, home)
    assert Lot.objects.count() == 0
    actions.leave_place(path=tmp_path / "mounted", by="officer", on=TODAY)
    with pytest.raises(BadInput, match="whole disk"):
        checks.check_place(Path("/"))


@pytest.mark.parametrize("moment", ["releases.forget", "certificates.written", "scrubbing.scrub"])
def test_interrupted_anywhere_it_goes_on_to_the_same_certificate(town, gate, home, monkeypatch, moment):
    room, name = moment.split(".")
    real = getattr(getattr(actions, room), name)

    def died(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(getattr(actions, room), name, died)
    with pytest.raises(KeyboardInterrupt):
        carry_out(gate, home)
    monkeypatch.setattr(getattr(actions, room), name, real)
    assert gate.vault.find("account_number", "ACCT-SYN-100001") == []
    ended = carry_out(gate, home)
    first = next(lot for lot in ended if lot.record == "customer")
    assert first.certificate["destroyed"]["readings"] == 48 and first.certificate["destroyed"]["values"] == 5
    assert not Customer.objects.filter(pk=town[LEFT]).exists()
    assert not Authorization.objects.filter(customer=town[LEFT]).exists()
    assert all(lot.state == "done" for lot in queries.lots())


def test_no_day_in_the_past_is_before_a_hold_or_without_an_officer(town, gate, home):
    actions.place_hold(named=[town[LEFT]], why="claim 7", by="officer", on=TODAY)
    before = TODAY - timedelta(days=1)
    assert "customer" not in due(gate, on=before)
    with pytest.raises(Refused):
        gate.forget(Farewell(customers=(town[LEFT],)), why="x", by="officer", on=before)
    with pytest.raises(Refused, match="privacy officer"):
        actions.place_hold(named=[town[LEFT]], why="x", by="ghost", on=date(2000, 1, 1))
    with pytest.raises(Refused, match="privacy officer"):
        actions.place_hold(named=[town[LEFT]], why="x", by="officer", on=TODAY, asked=date(2000, 1, 1))


def test_a_lot_that_was_planned_with_somebody_who_is_gone_since_goes_on_without(town, gate, home):
    actions.place_hold(named=[town[STAYS]], why="claim", by="officer", on=TODAY)
    planned = due(gate)["readings"]
    assert town[LEFT] in planned.customers
    ended = carry_out(gate, home)
    assert [(lot.record, lot.state) for lot in ended] == [("customer", "done"), ("readings", "done")]
    assert ended[1].number == 1
    left = Lot.objects.get(pk=ended[1].pk)
    left.pk, left.reference, left.state, left.certificate = None, "D-left", "due", None
    left.customers = [town[LEFT], town[GONE]]
    left.save()
    assert [lot.state for lot in carry_out(gate, home)] == ["done"]


def test_what_passes_before_the_last_destroyed_is_in_the_certificate(town, gate, home, monkeypatch):
    (home.folder / "notes.csv").write_text("ACCT-SYN-100001;1\n")
    real = type(gate.vault).shred_all

    def broken(*args, **kwargs):
        real(*args, **kwargs)
        raise OSError

    monkeypatch.setattr(type(gate.vault), "shred_all", broken)
    with pytest.raises(OSError):
        carry_out(gate, home)
    monkeypatch.setattr(type(gate.vault), "shred_all", real)
    lot = next(lot for lot in carry_out(gate, home) if lot.record == "customer")
    told = lot.certificate["destroyed"]
    assert [told[name] for name in ("readings", "values", "keys", "copies", "values_left")] == [
        48,
        5,
        2,
        1,
        0,
    ]
    assert lot.certificate["copies"] == [hashlib.sha256(b"ACCT-SYN-100001;1\n").hexdigest()]
    assert told["identities_before"] != told["identities_after"]


def test_a_strange_file_in_the_store_is_told_before_anything_goes(town, gate, home):
    (home.folder / "store" / "days" / "notes.csv").write_text("x")
    with pytest.raises(checks.Unfinished, match="Nothing was destroyed") as told:
        carry_out(gate, home)
    assert told.value.exit_code == 1 and Lot.objects.count() == 0

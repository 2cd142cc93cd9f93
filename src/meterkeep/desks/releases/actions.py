from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from meterkeep import aggregates
from meterkeep.aggregates import PastRow, ReleasePlan
from meterkeep.aggregates.explaining.plain import plain
from meterkeep.aggregates.history.forgetting import Absences, forgotten
from meterkeep.aggregates.noise.planning import NoisePlan
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import checks, forgetting, queries, reviews, seals
from meterkeep.desks.releases.drafting import Draft, draft, use_of
from meterkeep.desks.releases.models import NoiseSpent, Release, ReleaseFile, ReleaseRow, Review
from meterkeep.desks.releases.noise import NOISE, NoiseDraft, draft_noise, draw_noise
from meterkeep.desks.releases.publication.files import files_of, manifest, shapes_of
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import Spec, parse_spec, public_text
from meterkeep.desks.releases.states import State
from meterkeep.gate import Facts, Gate, Request, Subjects
from meterkeep.ledger.names import EventName


@transaction.atomic
def plan(
    *, spec: str, gate: Gate, by: str, on: date, corrects: Release | None = None, **options: Any
) -> Release:
    """Computes the table through the gate and audits it against everything ever public; nothing leaves yet.

    spec: TOML. corrects: the release in whose place this one is to come: its figures may go out again where the audit proves that
    nothing follows from both. options: more for `aggregates.plan`, such as how long to look for fewer figures to withhold.
    """
    asked = parse_spec(spec)
    checks.check_purpose(asked.purpose, on=on)
    past = queries.register(gate)
    if corrects:
        checks.check_corrected(corrects)
        options["republish"] = "audit"
    drafted = _drafted(asked, past.rows, gate=gate, by=by, on=on, **options)
    planned = drafted.plan
    reference = f"T-{secrets.token_hex(4)}"
    release = Release.objects.create(
        reference=reference,
        title=asked.title,
        spec=public_text(spec),
        unit=asked.unit,
        power_of_ten=drafted.power,
        cells=[plain(cell) for cell in planned.cells],
        facts=drafted.facts,
        certificate=_certificate(planned) | shapes_of(drafted.notes) | {"unsealed": past.unsealed},
        salt=_salt(),
        counted=drafted.counted,
        notes=drafted.notes,
        corrects=corrects,
        audited=queries.ever_public().count(),
        planned_by=by,
        planned_on=on,
        policy=policies.version(on),
    )
    ReleaseRow.objects.bulk_create(
        ReleaseRow(release=release, data=row.to_bytes()) for row in _rows(planned, reference)
    )
    counts = {"published": len(planned.published), "withheld": len(planned.withheld)}
    sealed = seals.standing(release).told()
    _tell(EventName.RELEASE_PLANNED, release, by=by, on=on, **counts, **sealed)
    return release


def try_out(*, spec: str, gate: Gate, by: str, on: date, **options: Any) -> Draft | NoiseDraft:
    """The same without keeping it, for whoever looks for a table that may go out. The log has that the usage was used."""
    asked = parse_spec(spec)
    checks.check_purpose(asked.purpose, on=on)
    return _drafted(asked, queries.register(gate).rows, gate=gate, by=by, on=on, **options)


def _drafted(
    spec: Spec, past: list[PastRow], *, gate: Gate, by: str, on: date, **options: Any
) -> Draft | NoiseDraft:
    if spec.mode == NOISE:
        return draft_noise(spec, gate=gate, past=past, by=by, on=on)
    return draft(spec, gate=gate, past=past, by=by, on=on, **options)


def _certificate(planned: ReleasePlan | NoisePlan) -> dict[str, Any]:
    if isinstance(planned, NoisePlan):
        return planned.certificate()
    return dict(aggregates.certificate(planned))


def _rows(planned: ReleasePlan | NoisePlan, reference: str) -> list[PastRow]:
    """A figure with noise is no sum: the register has none of it, and the budget all of it."""
    return [] if isinstance(planned, NoisePlan) else planned.rows(reference)


@transaction.atomic
def review(
    *, release: Release, accept: bool, why: str, gate: Gate, by: str, on: date, discretion: bool = False
) -> Release:
    """A reviewer's decision. Two give theirs without knowing the other's; where they differ, whoever the documents name decides.

    discretion: the reviewer uses the discretion that the documents leave to their role, which some purposes need.
    """
    checks.check_standing(release, gate=gate, by=by, on=on)
    checks.check_reviewer(release, by=by, on=on)
    checks.check_reason(why)
    Review.objects.create(
        release=release, by=by, on=on, accepted=accept, why=why.strip(), discretion=discretion
    )
    release.state = reviews.outcome(release.state, queries.decisions(release))
    release.save(update_fields=["state"])
    _tell(EventName.RELEASE_REVIEWED, release, by=by, on=on)
    return release


@transaction.atomic
def publish(*, release: Release, gate: Gate, outlet: Outlet, by: str, on: date) -> Release:
    """Has the documents decide on the facts that the audit found, has every file looked at, and lets the figures out. A release
    that it corrects is withdrawn."""
    queries.hold_register()
    release.refresh_from_db()
    for changed in filter(None, (release, release.corrects)):
        checks.check_standing(changed, gate=gate, by=by, on=on)
    _seal_older(gate, by=by, on=on)
    release.certificate |= {"independent": checks.check_publishable(release, gate=gate, on=on)}
    sealed = seals.standing(release)
    release.certificate |= {"register_rows": sealed.rows, "register_sha256": sealed.rows_sha256}
    if release.certificate["proof"] == NOISE:
        draw_noise(release)
    spec = parse_spec(release.spec)
    request = Request(
        action="release_aggregate",
        purpose=spec.purpose,
        elements=(spec.element, *spec.attributes),
        subjects=Subjects.everyone(),
        period=spec.period,
        recipient=spec.recipient,
        channel="website",
        reason=f"Release: {spec.title}",
        declared={**release.facts, "approval.given": True, **_discretion(release)},
    )
    files = files_of(release, outlet, on=on)
    outlet.screen.check({file.name: file.content for file in files})
    with gate.open(request, by=by, on=on) as grant:
        grant.deliver(manifest(release, files), to=spec.recipient)
    release.state, release.published_by, release.published_on = State.PUBLISHED, by, on
    release.save(update_fields=["state", "published_by", "published_on", "certificate", "cells", "facts"])
    ReleaseFile.objects.bulk_create(
        ReleaseFile(release=release, name=file.name, kind=file.kind, sha256=file.sha256, content=file.content)
        for file in files
    )
    NoiseSpent.objects.bulk_create(
        NoiseSpent(release=release, year=year, micro_rho=micro)
        for year, micro in queries.spending(release).items()
    )
    digests = {file.name: file.sha256 for file in files}
    spent = queries.told_spending(release)
    _tell(EventName.RELEASE_PUBLISHED, release, by=by, on=on, **digests, **sealed.told(), **spent)
    if release.corrects and release.corrects.state == State.PUBLISHED:
        _take_back(release.corrects, why=f"Corrected by {release.reference}.", by=by, on=on)
    return release


@transaction.atomic
def withdraw(*, release: Release, why: str, gate: Gate, by: str, on: date) -> Release:
    """Takes the figures off the catalogue. Whoever has read them keeps them, so every later audit counts them still."""
    checks.check_standing(release, gate=gate, by=by, on=on)
    return _take_back(release, why=why, by=by, on=on)


def _seal_older(gate: Gate, *, by: str, on: date) -> None:
    """Releases from before there were digests get theirs, as their rows stand."""
    for name in queries.register(gate).unsealed:
        older = Release.objects.get(reference=name)
        older.salt = _salt()
        older.save(update_fields=["salt"])
        _tell(EventName.RELEASE_SEALED, older, by=by, on=on, **seals.standing(older).told())


def _salt() -> bytes:
    return secrets.token_bytes(16)


def _take_back(release: Release, *, why: str, by: str, on: date) -> Release:
    checks.check_withdrawal(release, why=why)
    release.state, release.withdrawn_why = State.WITHDRAWN, why
    release.withdrawn_by, release.withdrawn_on = by, on
    release.save(update_fields=["state", "withdrawn_why", "withdrawn_by", "withdrawn_on"])
    _tell(EventName.RELEASE_WITHDRAWN, release, by=by, on=on)
    return release


@transaction.atomic
def explain(*, release: Release, gate: Gate, by: str, on: date, number: int | None = None) -> None:
    """Before anybody of the staff reads what was left out, and why: that may be what one customer used. Raises where the documents
    would not let them plan the release; the log has who read it, and which number if it is one. To its customers it is the same as
    planning it, a use of what they used: they see it on their page, once a day for each reader."""
    checks.check_standing(release, gate=gate, by=by, on=on)
    if not queries.has_read(release, by=by, on=on):
        spec = parse_spec(release.spec)
        with gate.open(use_of(spec, spec.attributes), by=by, on=on) as grant:
            grant.deliver(json.dumps(release.cells, sort_keys=True).encode(), to="")
    one = {} if number is None else {"number": number}
    _tell(EventName.RELEASE_EXPLAINED, release, by=by, on=on, **one)


@transaction.atomic
def forget(*, atoms: Collection[int], by: str, on: date) -> int:
    """Takes what these atoms used out of every row, published or planned, when the customers' data is destroyed; how many rows
    said it. Figures that were withheld, and the sums that explain them, go too where any of these may be in them: they may be what one
    customer used. That they were counted stays."""
    if not atoms:
        return 0
    _forget_withheld(atoms)
    known = forgetting.absent(atoms)
    return sum(
        _forget(release, atoms, known, by=by, on=on)
        for release in Release.objects.only("reference", "state", "salt").order_by("pk")
    )


@transaction.atomic
def settle_restored(*, known: Collection[int], bereft: Collection[int], by: str, on: date) -> int:
    """After a backup from before a destruction was restored: whoever is in a release and is no customer any more is forgotten in it
    again, as `forget` does it. known: the atoms of all customers. bereft: primary keys of releases that came back without their salt."""
    for release in Release.objects.filter(pk__in=bereft).order_by("pk"):
        _resalted(release, rows=0, by=by, on=on)
    met: set[int] = set()
    for release in Release.objects.order_by("pk").iterator():
        met.update(np.frombuffer(bytes(release.counted), "<u8").tolist())
        for kept in release.rows.iterator():
            met.update(PastRow.from_bytes(bytes(kept.data)).members.tolist())
    gone = met - set(known)
    _forget_withheld(
        gone
    )  # of releases that do not say whom they counted, too, where nobody else tells who is gone
    return forget(atoms=gone, by=by, on=on)


def _forget_withheld(atoms: Collection[int]) -> None:
    """Empties withheld figures that one of these may be in, of every release; again and again, if need be."""
    for release in Release.objects.only("cells", "counted").order_by("pk").iterator(chunk_size=1):
        if (cells := forgetting.bared(release, atoms)) is not None:
            release.cells = cells
            release.save(update_fields=["cells"])


def _forget(release: Release, atoms: Collection[int], known: Absences, *, by: str, on: date) -> int:
    changed = 0
    for kept in release.rows.order_by("pk").iterator():
        row = PastRow.from_bytes(bytes(kept.data))
        left = forgotten(row, atoms, known)
        if left is not row:
            kept.data = left.to_bytes()
            kept.save(update_fields=["data"])
            changed += 1
    if changed:
        _resalted(release, rows=changed, by=by, on=on)
    return changed


def _resalted(release: Release, *, rows: int, by: str, on: date) -> None:
    release.salt = _salt()
    release.save(update_fields=["salt"])
    loads = seals.standing(release).loads_sha256
    _tell(EventName.RELEASE_FORGOT, release, by=by, on=on, rows=rows, loads_sha256=loads)


def _discretion(release: Release) -> Facts:
    """Known once everyone who accepted the release has said that they use their discretion, with the reason."""
    used = release.reviews.filter(accepted=True).values_list("discretion", flat=True)
    return {"discretion.recorded": True} if used and all(used) else {}


def _tell(event: EventName, release: Release, *, by: str, on: date, **more: str | int) -> None:
    detail = {"release": release.reference, "state": str(release.state), **more}
    record(Event(name=event, by=by, on=on, detail=detail))

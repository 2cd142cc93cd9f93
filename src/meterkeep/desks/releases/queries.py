from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum

from meterkeep.aggregates import PastRow
from meterkeep.desks.outbox import queries as outbox
from meterkeep.desks.releases import seals
from meterkeep.desks.releases.models import NoiseSpent, Release, ReleaseFile, Review
from meterkeep.desks.releases.reviews import REVIEWERS
from meterkeep.desks.releases.states import State
from meterkeep.gate import Gate
from meterkeep.ledger.names import EventName


@dataclass(frozen=True, slots=True)
class Register:
    """rows: of every release that was ever public. unsealed: the releases of which the log has no digest, so that a change of their
    rows would go unseen."""

    rows: list[PastRow]
    unsealed: list[str]


def releases() -> QuerySet[Release]:
    return Release.objects.all()


def by_reference(reference: str) -> Release | None:
    return Release.objects.filter(reference=reference).first()


def catalogue() -> QuerySet[Release]:
    """The public catalogue, newest first; what was withdrawn is listed as withdrawn, without its figures."""
    return ever_public().order_by("-published_on", "-pk")


def spending(release: Release) -> dict[int, int]:
    """Year → millionths of rho that it takes; nothing where it has no noise."""
    noise = release.certificate.get("noise", {})
    return {int(year): micro for year, micro in noise.get("micro_rho", {}).items()}


def told_spending(release: Release) -> dict[str, int]:
    """The same as the log has it."""
    return {f"{seals.SPENT}{year}": micro for year, micro in spending(release).items()}


def noise_spent() -> dict[int, int]:
    """Year → millionths of rho that published releases have spent of it."""
    years = NoiseSpent.objects.order_by("year").values("year").annotate(spent=Sum("micro_rho"))
    return {year["year"]: year["spent"] for year in years}


def files(release: Release) -> QuerySet[ReleaseFile]:
    """What everyone may take away: nothing of a release that was withdrawn."""
    return release.files.defer("content") if release.state == State.PUBLISHED else release.files.none()


def file(release: Release, name: str) -> ReleaseFile | None:
    return files(release).filter(name=name).first()


def corrections(release: Release) -> list[str]:
    """References of the releases that were published in its place, the newest first."""
    public = release.corrections.filter(published_on__isnull=False).order_by("-pk")
    return list(public.values_list("reference", flat=True))


def ever_public() -> QuerySet[Release]:
    return Release.objects.filter(published_on__isnull=False)


def decisions(release: Release) -> list[bool]:
    """Whether each reviewer accepted it, first to last."""
    return list(release.reviews.order_by("pk").values_list("accepted", flat=True))


def reviews_seen(release: Release, *, by: str) -> QuerySet[Review]:
    """Everybody's once both reviewers have decided; before, nobody sees another's."""
    everyone = release.reviews.order_by("pk")
    return everyone if everyone.count() >= REVIEWERS else everyone.filter(by=by)


def has_read(release: Release, *, by: str, on: date) -> bool:
    """Whether they have read on that day already what it leaves out."""
    return outbox.has_told(EventName.RELEASE_EXPLAINED, by=by, on=on, release=release.reference)


def hold_register() -> None:
    """Until the transaction ends, nobody else publishes: two audits made apart would not know of each other's figures.

    PostgreSQL waits here for the rows; SQLite lets one transaction write at a time as it is.
    """
    list(Release.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def register(gate: Gate) -> Register:
    """Every sum that was ever made public, withdrawn ones too. Raises Refused where the log says that they are others."""
    public = [(release, seals.rows_of(release)) for release in ever_public().order_by("pk")]
    unsealed = seals.check_register(public, gate=gate)
    return Register([row for _, rows in public for row in rows], unsealed)


def is_dropping(release: Release) -> bool:
    """Whether a withheld cell has no line of its own in what is published."""
    return "drop" in release.notes.get("remedy", [])


def public_cells(release: Release) -> list[dict[str, Any]]:
    """What everyone may read: a withheld cell has neither figures nor the reason, or no line."""
    if release.state == State.WITHDRAWN:
        return []
    shown = ("keys", "status", "customers", "value")
    hidden = {"customers": None, "value": None}
    return [
        {name: cell[name] for name in shown} | ({} if cell["status"] == "published" else hidden)
        for cell in release.cells
        if cell["status"] == "published" or not is_dropping(release)
    ]


def by_policy() -> list[tuple[str, int]]:
    """Digest of the documents in force when they came in → how many."""
    rows = Release.objects.order_by().values_list("policy").annotate(Count("pk"))
    return list(rows)

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.retention.models import Hold, Kind, Lot, Place
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, MeterkeepError, Refused
from meterkeep.gate.forgetting import Finding
from meterkeep.policy.language.retaining import RECORDS

OFFICER = "privacy_officer"
KEEPERS = (OFFICER, "backup_keeper")
LONGEST_WHY = 300


def check_officer(by: str, *, on: date) -> None:
    """on: the day on which it is asked. Privacy officers alone, but in a home that is being set up, which never had one."""
    officers = [person.pk for person in workforce.people(on) if person.role == OFFICER]
    if by not in officers and workforce.ever_had(OFFICER):
        raise Refused(
            "Only the privacy officer places and lifts holds and has records destroyed.",
            where="by",
            next="Ask the privacy officer, or have the role entered in the register: role = “privacy_officer”.",
        )


def check_keeper(by: str, *, on: date) -> None:
    """Who may back up a home: privacy officers, and people in the role for it; others only in a home that is being set up and never had either.
    on: the day on which it is asked."""
    person = workforce.person(by, on=on)
    if (person and person.role in KEEPERS) or not any(map(workforce.ever_had, KEEPERS)):
        return
    raise Refused(
        "Only the privacy officer, or somebody who keeps the backups, makes a copy of everything.",
        where="by",
        next="Ask one of them, or have the role entered in the register: role = “backup_keeper”.",
    )


def check_why(why: str) -> None:
    if not 0 < len(why.strip()) <= LONGEST_WHY:
        raise BadInput(
            "It needs a reason.", where="why", next=f"Say why, in at most {LONGEST_WHY} characters."
        )


def check_hold(
    *, kind: str, record: str, named: Sequence[str], everyone: bool, until: date | None, on: date
) -> None:
    if kind not in Kind.values:
        raise BadInput(
            f"There is no kind of hold “{kind}”.",
            where="kind",
            next=f"It is one of {', '.join(Kind.values)}.",
        )
    if record not in ("", *RECORDS):
        raise BadInput(
            f"There is no class of records “{record}”.",
            where="record",
            next=f"It is one of {', '.join(RECORDS)}, or left out for all.",
        )
    if everyone == bool(named):
        raise BadInput(
            "A hold is about named customers or about everyone.", next="Give --customer ID, or --everyone."
        )
    if until is not None and until <= on:
        raise BadInput("A hold ends on a later day.", where="until")
    customers.chains(named)


def liftable(hold: Hold | None, reference: str, *, on: date) -> Hold:
    if hold is None:
        raise BadInput(f"There is no hold {reference}.", next="See `meterkeep retention holds`.")
    if hold.lifted_on is not None:
        raise Refused(f"{reference} was lifted on {hold.lifted_on}.")
    if on < hold.placed_on:
        raise BadInput(f"{reference} was placed on {hold.placed_on}; it is lifted on that day or later.")
    return hold


def check_place(path: Path) -> None:
    """A folder that is there and is no part of a disk's top, since files below it are removed."""
    if not path.is_dir():
        raise BadInput("There is no such folder.", where=str(path), next="Name the folder, as it is mounted.")
    if len(path.resolve().parts) < 3:
        raise BadInput(
            "Files about customers are removed below such a folder, so it is never a whole disk.",
            where=str(path),
            next="Name the folder that the files are in.",
        )


def check_new_place(path: Path) -> None:
    check_place(path)
    if Place.objects.filter(path=str(path.resolve())).exists():
        raise Refused("This folder is on the list.", where=str(path))


class Unfinished(MeterkeepError):
    """Findings stand against it: it is under way, and goes on when it is asked for again."""

    code, exit_code = "findings", 1


def check_store(findings: Sequence[Finding]) -> None:
    """Files in the store that are not its own, or are missing there, stop every proof, so they are told before anything goes."""
    strange = [one for one in findings if one.kind == "missing" or _is_strange(one)]
    if strange:
        raise Unfinished(
            f"{len(strange)} files of the store are not its own or not there, so nothing could be proved. Nothing was destroyed.",
            where=strange[0].where,
            next="See `meterkeep store prove`, take away what is not the store's, and ask again.",
        )


def _is_strange(one: Finding) -> bool:
    """Parquet that no table names is what a crash leaves; the store takes it away by itself."""
    return one.kind == "orphan" and not one.where.endswith(".parquet")


def check_whole(findings: Sequence[object]) -> None:
    if findings:
        raise Unfinished(
            f"{len(findings)} findings stand against the proof that everything is destroyed.",
            next="See `meterkeep store prove`; then ask again: it goes on.",
        )


def check_anybody(lot: Lot) -> None:
    """A lot of named customers who are all gone is never one about everyone."""
    if lot.number and not lot.customers:
        raise Refused("Everybody in it was destroyed meanwhile.")

"""Brings the workforce and party registers up to a file: what is on record already is not recorded again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction

from meterkeep.desks.accounts import actions as accounts
from meterkeep.desks.accounts import queries as users
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.intake import queries as feeds
from meterkeep.desks.parties import actions as parties
from meterkeep.desks.parties import queries as partners
from meterkeep.desks.parties.models import Party as Partner
from meterkeep.desks.parties.sources import TERMS
from meterkeep.desks.workforce import actions as workforce
from meterkeep.desks.workforce import queries as people
from meterkeep.desks.workforce.models import Person as Member
from meterkeep.errors import BadInput, MeterkeepError, Refused
from meterkeep.faces.cli.passwords import new_password
from meterkeep.faces.cli.register.file import Contract, Party, Person, RegisterFile, Source


class Recording:
    """done: a line for each act. passwords: person → the password of a sign-in that was opened or renewed, shown once."""

    def __init__(self, *, by: str, on: date) -> None:
        self._by, self._on = by, on
        self.done: list[str] = []
        self.passwords: dict[str, str] = {}

    @transaction.atomic
    def bring_up_to(self, file: RegisterFile, *, new_passwords: Collection[str] = ()) -> None:
        """The whole file, or nothing of it. Who is on record and not in the file stays as recorded."""
        self._check_actor(file)
        for person in file.person:
            with _placed(f"person {person.id}"):
                self._person(person)
        for party in file.party:
            with _placed(f"party {party.id}"):
                self._party(party)
        for source in file.source:
            with _placed(f"source {source.id}"):
                self._source(source)
        for person_id in new_passwords:
            with _placed(f"person {person_id}"):
                self._renew(person_id)

    def _check_actor(self, file: RegisterFile) -> None:
        """Somebody of the register, or, while it is empty, of the file that founds it."""
        members = set(people.people(self._on).values_list("pk", flat=True))
        if self._by not in (members or {person.id for person in file.person}):
            raise BadInput(
                f"{self._by} is not in the workforce register.",
                where="--by",
                next="Name somebody of the register; for the first file, somebody of the file.",
            )

    def _person(self, told: Person) -> None:
        member = people.on_record(told.id)
        if member is None:
            start = told.start or self._on
            member = workforce.record_person(
                id=told.id, display=told.display, role=told.role, by=self._by, on=self._on, start=start
            )
            self.done.append(f"{told.id}: recorded as {told.role}, from {start}")
        _check_same(member, told, "display", "role", "start")
        if member.end is None:
            self._need_to_know(member, told)
            self._papers(member, told)
            self._sign_in(told)
        self._end(member, told)

    def _need_to_know(self, member: Member, told: Person) -> None:
        """Purposes that are no longer told end on the day; those that are new begin on it, the very first with the person."""
        first = not people.assignments(member)
        had: set[str] = set()
        for assignment in people.assignments(member, on=self._on):
            if set(assignment.purposes) <= set(told.purposes):
                had |= set(assignment.purposes)
            else:
                workforce.unassign(assignment=assignment, by=self._by, on=self._on)
                self.done.append(f"{told.id}: no more need to know for {', '.join(assignment.purposes)}")
        if new := sorted(set(told.purposes) - had):
            start = member.start if first else self._on
            workforce.assign(person=member, purposes=new, by=self._by, on=self._on, start=start)
            self.done.append(f"{told.id}: need to know for {', '.join(new)}, from {start}")

    def _papers(self, member: Member, told: Person) -> None:
        for training in told.training:
            if not people.trained_on(member, module=training.module, on=training.on):
                until = training.valid_until
                workforce.record_training(
                    person=member, module=training.module, valid_until=until, by=self._by, on=training.on
                )
                self.done.append(f"{told.id}: trained in {training.module}, until {until}")
        for document, day in told.acknowledged.items():
            if not people.signed(member, document=document, on=day):
                workforce.acknowledge(person=member, document=document, by=self._by, on=day)
                self.done.append(f"{told.id}: signed {document}")

    def _sign_in(self, told: Person) -> None:
        if told.sign_in and users.account_of_person(told.id) is None:
            password = self.passwords[told.id] = new_password()
            accounts.open_account(
                username=told.id, password=password, kind="staff", person=told.id, by=self._by, on=self._on
            )
            self.done.append(f"{told.id}: may sign in")

    def _renew(self, person_id: str) -> None:
        account = users.account_of_person(person_id)
        if account is None:
            raise BadInput("This person has no sign-in.", next="Say `sign_in = true` in the file.")
        password = self.passwords[person_id] = new_password()
        accounts.set_password(user=account, password=password, by=self._by, on=self._on)
        self.done.append(f"{person_id}: has a new password")

    def _end(self, member: Member, told: Person) -> None:
        """A leaver's sign-in closes with the membership."""
        if told.end and member.end is None:
            workforce.end_person(person=member, by=self._by, on=told.end)
            self.done.append(f"{told.id}: leaves on {told.end}")
        account = users.account_of_person(told.id)
        if told.end and told.end <= self._on and account and account.is_active:
            accounts.close_account(user=account, by=self._by, on=self._on)
            self.done.append(f"{told.id}: may no longer sign in")

    def _party(self, told: Party) -> None:
        party = partners.party(told.id)
        if party is None:
            party = parties.record_party(id=told.id, name=told.name, kind=told.kind, by=self._by, on=self._on)
            self.done.append(f"{told.id}: recorded as {told.kind}")
        _check_same(party, told, "name", "kind")
        known = {name: getattr(told, name) for name in ("identity_verified", "training_attested")}
        news = {name: value for name, value in known.items() if value not in (None, getattr(party, name))}
        if news:
            parties.attest(party=party, by=self._by, on=self._on, **news)
            self.done.append(
                f"{told.id}: {', '.join(f'{name} {value}'.lower() for name, value in news.items())}"
            )
        for contract in told.contract:
            with _placed(f"contract {contract.number}"):
                self._contract(party, contract)

    def _source(self, told: Source) -> None:
        """A sender's name and rhythm may change: neither is evidence of anything."""
        known = feeds.source(told.id)
        if known is None or (known.name, known.every_days) != (told.name, told.every_days):
            intake.record_source(
                id=told.id, name=told.name, every_days=told.every_days, by=self._by, on=self._on
            )
            rhythm = f", every {told.every_days} days" if told.every_days else ""
            rhythm = ", each day" if told.every_days == 1 else rhythm
            self.done.append(f"{told.id}: sends meter files{rhythm}")

    def _contract(self, party: Partner, told: Contract) -> None:
        contract = partners.contract(party, told.number)
        if contract is None:
            terms = {name: getattr(told, name) for name in TERMS}
            parties.record_contract(
                party=party,
                number=told.number,
                purposes=told.purposes,
                start=told.start,
                end=told.end,
                by=self._by,
                on=self._on,
                **terms,
            )
            self.done.append(f"{party.pk}: contract {told.number} from {told.start}")
            return
        _check_same(contract, told, "start", *TERMS)
        if contract.purposes != sorted(told.purposes):
            raise _differs("purposes")
        if told.end and told.end != contract.end:
            parties.end_contract(contract=contract, by=self._by, on=told.end)
            self.done.append(f"{party.pk}: contract {told.number} ends on {told.end}")


def _check_same(recorded: Any, told: Any, *names: str) -> None:
    for name in names:
        if getattr(told, name) not in (None, getattr(recorded, name)):
            raise _differs(name)


def _differs(name: str) -> Refused:
    return Refused(
        f"`{name}` is on record otherwise, and what is on record is not rewritten.",
        next="Give it as it was recorded, or record the change as a new person, party or contract.",
    )


@contextmanager
def _placed(where: str) -> Iterator[None]:
    """An error of a desk says what it met; the place in the file is added here."""
    try:
        yield
    except MeterkeepError as error:
        error.where = f"{where}: {error.where}" if error.where else where
        raise

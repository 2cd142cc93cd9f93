"""The custodian's day, step by step, each with its outcome and its clause; every step goes through the same doors as a provider's own."""

from __future__ import annotations

import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from meterkeep.desks.accounts import actions as accounts
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.disclosures import actions as disclosures
from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.parties import actions as parties
from meterkeep.desks.parties import queries as party_queries
from meterkeep.desks.releases import actions as releases
from meterkeep.desks.releases.models import Release
from meterkeep.errors import MeterkeepError
from meterkeep.faces.cli.demo import cast, setup
from meterkeep.faces.cli.demo.files import World
from meterkeep.faces.cli.demo.overdue import take_in_overdue
from meterkeep.faces.cli.demo.teller import Teller
from meterkeep.faces.cli.output import progress
from meterkeep.gate import Period, Refused, Request, Subjects, Undetermined
from meterkeep.ledger.verification import verify

OFFICER, ANALYST = setup.OFFICER, "analyst"
TOWN = "93973"
PUBLISHERS = (OFFICER, "program-manager")
SENDERS = {
    "example-utility": ("Example Utility (synthetic)", 31),
    "meter-agent": ("Example Meter Agent (synthetic)", 31),
}
"""Who sends the meter files, and every how many days it was agreed on."""
SENDER_OF = {"cmep": "meter-agent"}


class Walk:
    """One run of the demonstration on a new home."""

    def __init__(self, custodian: Any, world: World, teller: Teller, folder: Path) -> None:
        self.custodian, self.world, self.tell, self.folder = custodian, world, teller, folder
        self.gate, self.today = custodian.gate, custodian.today()
        self.cast = world.cast
        self.began = time.monotonic()

    def whole_day(self) -> None:
        self.set_up()
        self.take_in_customers()
        self.take_in_readings()
        self.take_in_overdue()
        self.authorize()
        self.contractor()
        self.solicitation()
        self.third_party()
        self.publish()
        self.customers_own_view()
        self.leave_work()
        self.verify_log()

    def set_up(self) -> None:
        since = self.world.months[0]
        setup.record_staff(self.cast, since=since, on=self.today)
        setup.record_parties(self.cast, on=self.today)

    def take_in_customers(self) -> None:
        self.tell.step("Customers come in: who they are goes into the vault, encrypted one by one")
        path = self.world.customers_csv(self.folder / "customers.csv")
        report = customers.import_customers(path, gate=self.gate, by="intake", on=self.today)
        path.unlink()
        rejected = len(report["rejected"])
        self.tell.outcome(
            "done", f"{report['imported']:,} service agreements imported, {rejected:,} rejected"
        )

    def take_in_readings(self) -> None:
        self.tell.step("Thirteen months of hourly readings come in: Green Button, CMEP and utility CSV")
        for sender, (name, every_days) in SENDERS.items():
            intake.record_source(id=sender, name=name, every_days=every_days, by="intake", on=self.today)
        totals: dict[str, dict[str, int]] = {}
        with progress() as display:
            bar = display.add_task("Writing and taking in meter files", total=self.world.file_count)
            for file in self.world.files(self.folder):
                sender = SENDER_OF.get(file.format, next(iter(SENDERS)))
                told = intake.ingest([file.path], gate=self.gate, by="intake", on=self.today, source=sender)
                report = told["files"][0]
                file.path.unlink()
                _add(totals, report)
                display.advance(bar)
        names = ("files", "records", "stored", "duplicate", "rejected")
        rows = [[kind, *(f"{counts[name]:,}" for name in names)] for kind, counts in totals.items()]
        self.tell.table(["format", *names], rows, numbers=names)
        self.tell.outcome("done", "every record is stored, a duplicate, or rejected under a name")

    def take_in_overdue(self) -> None:
        home = self.custodian.home.folder
        file = take_in_overdue(self.world, self.folder, home, gate=self.gate, by=ANALYST, on=self.today)
        self.tell.outcome("done", f"{file.kept:,} overdue accounts taken in from a synthetic report")

    def authorize(self) -> None:
        """Customers by the provider's own reference; the search is an access of its own, decided and recorded."""
        self.members: dict[str, str] = {}
        for given in self.cast.authorizations:
            found = self.gate.identify(
                "customer_ref",
                given.reference,
                purpose="customer_service",
                reason="The customer asks to share usage",
                by=OFFICER,
                on=self.today,
            )
            self.members[given.reference] = found[0]
            setup.record_authorization(given, customer=found[0])
        self.customer = self.members[self.cast.authorizations[0].reference]
        accounts.open_account(
            username="demo-customer",
            password=None,
            kind="customer",
            customer_id=self.customer,
            by=OFFICER,
            on=self.today,
        )

    def contractor(self) -> None:
        """The contractor with a finding: permitted until the finding, refused after it."""
        accused = next(one for one in self.cast.contractors if one.ceased_on)
        month = self.world.months[-1]
        request = Request(
            action="disclose",
            purpose=accused.purpose,
            elements=("interval_usage", "rate_class"),
            subjects=Subjects.matching(zip=TOWN),
            period=Period(month, _next(month)),
            recipient=accused.id,
            reason="Check bills against interval readings",
        )
        self.tell.step(
            f"{accused.name}, under contract, asks for a month of one area's readings to check bills"
        )
        self._fulfil(request)
        self.tell.step("The privacy officer finds a pattern of violations; the same contractor asks again")
        parties.cease(
            party=party_queries.party(accused.id),
            what="kept readings after the work was done",
            by=OFFICER,
            on=self.today,
        )
        self._fulfil(request)

    def solicitation(self) -> None:
        self.tell.step("A third party wants the same readings to send offers; the customer has consented")
        given = self.cast.authorizations[0]
        request = self._for_third_party(given, declared={"use.third_party_solicitation": True})
        self._fulfil(request)

    def third_party(self) -> None:
        given = self.cast.authorizations[0]
        self.tell.step("The customer's authorized third party receives what was authorized, and nothing else")
        table = self._fulfil(self._for_third_party(given))
        first, last = table["start"][0].as_py(), table["start"][-1].as_py()
        self.tell.say(
            f"{len(table):,} readings with {', '.join(given.elements)}, from {first:%Y-%m-%d} to {last:%Y-%m-%d}, one customer"
        )
        wider = self._for_third_party(given, elements=(*given.elements, "billing"))
        self._fulfil(wider)

    def publish(self) -> None:
        earlier, later = self.cast.past_release, self.cast.next_release
        self.tell.step(f"Last month's release stands: “{earlier.title}”")
        self._release(earlier, on=earlier.published_on)
        self.tell.step(
            f"A new one is planned by ZIP × class × month, audited with everything published before: “{later.title}”"
        )
        release = self._release(later, on=self.today)
        self._cells(release)

    def customers_own_view(self) -> None:
        self.tell.step("The customer reads who has seen their data")
        rows = [
            [
                row.on,
                row.recipient,
                row.family,
                row.purpose.replace("_", " "),
                ", ".join(row.clauses[:2]),
                row.outcome,
            ]
            for row in self.gate.history(self.customer)
        ]
        self.tell.table(["day", "who", "what", "why", "clause", "outcome"], rows)

    def leave_work(self) -> None:
        """Two requests that wait for somebody, so that the console's worklist has work."""
        month = self.world.months[-1]
        for recipient, purpose, days in (
            ("marsh-efficiency", "efficiency_program", 2),
            ("sunwise-advice", "research", -1),
        ):
            request = Request(
                action="disclose",
                purpose=purpose,
                elements=("monthly_usage", "zip"),
                subjects=Subjects.everyone(),
                period=Period(month, _next(month)),
                recipient=recipient,
                reason="Plan next year's program",
            )
            received, due = self.today - timedelta(days=9), self.today + timedelta(days=days)
            asked = disclosures.ask(request=request, by=ANALYST, on=received, due_on=due)
            disclosures.decide(request=asked, gate=self.gate, by=OFFICER, on=self.today)

    def verify_log(self) -> None:
        self.tell.step("The log verifies; a copy with one changed byte does not")
        ledger = self.custodian.home.ledger
        self.tell.outcome("done", f"{verify(ledger).size:,} entries, every one under the signed checkpoint")
        copy = self.folder / "tampered"
        shutil.copytree(ledger, copy)
        _change_one_byte(copy)
        found = verify(copy)
        for problem in found.problems[:1]:
            self.tell.outcome("found", f"{problem.where}: {problem.message}")
        self.tell.say(f"The whole day took {time.monotonic() - self.began:.0f} seconds.")

    def _for_third_party(self, given: cast.Authorization, **changes: Any) -> Request:
        asked: dict[str, Any] = {
            "action": "disclose",
            "purpose": given.purpose,
            "elements": given.elements,
            "subjects": Subjects.of(self.members[given.reference]),
            "period": Period(given.start, given.end),
            "recipient": given.recipient,
            "reason": "Advice on the customer's own use",
            "declared": {"use.third_party_solicitation": False},
        }
        return Request(**{**asked, **changes})

    def _fulfil(self, request: Request) -> Any:
        """Asked, decided and handed over as on any day; tells the outcome and gives the table, or None."""
        asked: DataRequest = disclosures.ask(request=request, by=ANALYST, on=self.today)
        decided = disclosures.decide(request=asked, gate=self.gate, by=OFFICER, on=self.today)
        clauses = [(clause["id"], clause["summary"]) for clause in decided.decision["clauses"]]
        outcome = decided.decision["outcome"]
        asked_for = decided.permitted + decided.left_out
        people = "one customer" if asked_for == 1 else f"{asked_for:,} customers"
        about = f"{request.recipient}: {', '.join(request.elements)} of {people}, {request.period}"
        self.tell.outcome(outcome, about, clauses=clauses)
        if outcome != "permit":
            return self._try_the_door(request)
        return disclosures.fulfil(request=decided, gate=self.gate, by=ANALYST, on=self.today).table

    def _try_the_door(self, request: Request) -> None:
        """Whoever asks all the same is turned away, and that is in the log as well."""
        try:
            with self.gate.open(request, by=ANALYST, on=self.today):
                raise AssertionError("the gate opened against its own decision")
        except (Refused, Undetermined):
            return

    def _release(self, planned: cast.Release, *, on: date) -> Release:
        spec = "\n".join(
            [
                f'title = "{planned.title}"',
                f"by = {list(planned.by)}".replace("'", '"'),
                f'from = "{planned.months[0]:%Y-%m}"',
                f'until = "{_next(planned.months[-1]):%Y-%m}"',
                'purpose = "reporting"',
            ]
        )
        release = releases.plan(spec=spec, gate=self.gate, by=ANALYST, on=on)
        for reviewer in PUBLISHERS:
            why = "The groups are large, and the audit found nothing that they give away."
            releases.review(release=release, accept=True, why=why, gate=self.gate, by=reviewer, on=on)
        outlet = self.custodian.outlet()
        releases.publish(release=release, gate=self.gate, outlet=outlet, by=OFFICER, on=on)
        cells = release.cells
        published = sum(cell["status"] == "published" for cell in cells)
        self.tell.outcome(
            "permit", f"{published:,} of {len(cells):,} cells published, {len(cells) - published:,} withheld"
        )
        return release

    def _cells(self, release: Release) -> None:
        reasons: dict[str, int] = {}
        for cell in release.cells:
            if cell["status"] != "published":
                reasons[cell["code"]] = reasons.get(cell["code"], 0) + 1
        for reason, number in sorted(reasons.items(), key=lambda item: -item[1]):
            self.tell.say(f"{number:,} withheld for {reason.replace('_', ' ')}")
        certificate = release.certificate
        self.tell.say(f"smallest group anyone can derive: {certificate['smallest_group']:,} customers")


def _add(totals: dict[str, dict[str, int]], report: dict[str, Any]) -> None:
    if report["error"]:
        raise MeterkeepError(report["error"]["message"], where=report["error"]["where"])
    counts = totals.setdefault(
        report["format"], dict.fromkeys(("files", "records", "stored", "duplicate", "rejected"), 0)
    )
    counts["files"] += 1
    for name in ("records", "stored", "duplicate"):
        counts[name] += report[name]
    counts["rejected"] += sum(report["rejected"].values())


def _change_one_byte(ledger: Path) -> None:
    journal = max(
        (path for path in ledger.rglob("*") if path.is_file() and "journal" in path.name),
        key=lambda p: p.stat().st_size,
    )
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)

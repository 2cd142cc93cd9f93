"""Where everything is plugged together: a home, its engines, the desks as the gate's sources."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterkeep.errors import BadInput, Busy, is_full
from meterkeep.gate import Gate, Sources
from meterkeep.policy.language.loading import look_in
from meterkeep.site.home import Home, named_by_environment
from meterkeep.site.roots import RootSetting
from meterkeep.site.screens import SyntheticOnly

if TYPE_CHECKING:
    from meterkeep.desks.releases.screening import Outlet


@dataclass(frozen=True)
class Custodian:
    """A home and its gate: what every face is given, and all that it is given."""

    home: Home
    gate: Gate

    def outlet(self) -> Outlet:
        """Through which releases go out, with what looks at every file before it leaves."""
        from meterkeep.desks.releases.screening import NotBuilt, Outlet

        screen = SyntheticOnly() if self.home.synthetic else NotBuilt()
        return Outlet(self.home.name, self.home.provider, self.home.synthetic, screen)

    def today(self) -> date:
        """The provider's civil day."""
        return self.gate.clock().date()


def open_custodian(folder: str | Path | None = None) -> Custodian:
    """Opens an existing home, also one that is named from `~`. One process serves one home: a second one is refused."""
    return _compose(Home.open(Path(folder).expanduser().resolve() if folder else named_by_environment()))


def create_custodian(
    *,
    provider: str | None,
    zone: str,
    name: str = "",
    synthetic: bool = False,
    folder: str | Path | None = None,
    keys: Mapping[str, object] | None = None,
) -> Custodian:
    """Makes a home, its database and its log, and adopts the pack's documents. keys: the table [keys] of its settings."""
    with Home.making(
        Path(folder).resolve() if folder else named_by_environment(),
        provider=provider or "",
        zone=zone,
        name=name or "Unnamed provider",
        created=datetime.now(UTC).date(),
        synthetic=synthetic,
        root=RootSetting.of(keys),
    ) as home:
        make_engines(home)
        start_django(home)
        migrate()
        custodian = _compose(home)
        if provider:
            from meterkeep.desks.policies import actions

            actions.adopt(pack_id=provider, by="init", on=custodian.today())
    return custodian


def open_or_unnamed() -> Custodian:
    """Opens the home, or makes an unnamed one (UTC, no documents) where there is none."""
    if Home.exists():
        return open_custodian()
    return create_custodian(provider=None, zone="UTC")


@cache
def _compose(home: Home) -> Custodian:
    _check_whole(home)
    look_in(home.packs)
    start_django(home)
    gate = gate_of(home)
    from meterkeep.desks.outbox import sequencer
    from meterkeep.desks.outbox.checks import check_continued

    with _trouble_of_the_database():
        check_continued(gate.journal.find)
        sequencer.plug(gate.record)
        sequencer.drain()
    return Custodian(home, gate)


def _check_whole(home: Home) -> None:
    """A part that is missing is a loss. It is told, and no new one is begun in its place."""
    parts = [home.keys / "django-secret", home.ledger / "journal", home.store, home.vault]
    if not os.environ.get("METERKEEP_DATABASE_URL"):
        parts.append(home.database)
    for part in parts:
        if not part.exists() or (part.is_file() and not part.stat().st_size):
            raise BadInput(
                "A part of this home is missing or empty.", where=str(part), next="Restore it from a backup."
            )


@contextmanager
def _trouble_of_the_database() -> Iterator[None]:
    from django.db import DatabaseError

    try:
        yield
    except DatabaseError as problem:
        if "locked" in str(problem):
            raise Busy("The database is in use.", where="database", next="Try again.") from problem
        if is_full(problem):
            raise Busy(
                "The disk is full, so the database cannot be opened.",
                where="database",
                next="Make room, then run the same command again; what was complete is kept.",
            ) from problem
        raise BadInput(
            "The database of this home cannot be read, or is an older version's.",
            where="database",
            next="Bring it up to date: meterkeep upgrade. If that fails, restore it from a backup.",
        ) from problem


def gate_of(home: Home) -> Gate:
    """The gate of a home whose Django is started: its engines, and the desks as sources."""
    from meterkeep.desks.authorizations.sources import AuthorizationFacts
    from meterkeep.desks.customers.sources import CustomerRegister
    from meterkeep.desks.disclosures.sources import AuthorityFacts
    from meterkeep.desks.intake.sources import CollectionFacts
    from meterkeep.desks.parties.sources import PartyFacts
    from meterkeep.desks.policies.sources import AdoptedPolicy, ApprovalFacts
    from meterkeep.desks.retention.sources import RetentionFacts
    from meterkeep.desks.workforce.sources import WorkforceFacts
    from meterkeep.ledger import FileSigner, Journal
    from meterkeep.readings.engines.setting import EngineSetting
    from meterkeep.readings.store import Store
    from meterkeep.vault import FileKeys, Vault

    zone = ZoneInfo(home.zone)
    return Gate(
        clock=lambda: datetime.now(zone),
        journal=Journal.open(home.ledger, signer=FileSigner(home.keys)),
        store=Store.open(home.store, engine=EngineSetting.of(home.engine, home.spark_remote)),
        vault=Vault.open(home.vault, FileKeys(home.keys, root=home.root.root())),
        sources=Sources(
            policy=AdoptedPolicy(),
            customers=CustomerRegister(zone=zone),
            facts=(WorkforceFacts(), PartyFacts(), AuthorityFacts(), ApprovalFacts()),
            customer_facts=(AuthorizationFacts(), CollectionFacts(), RetentionFacts()),
        ),
        synthetic=home.synthetic,
    )


def make_engines(home: Home) -> None:
    """Makes the store, the vault, the log and their keys in a new home."""
    from meterkeep.ledger import FileSigner, Journal
    from meterkeep.readings.store import Store
    from meterkeep.vault import FileKeys, Vault

    Store.create(home.store, zone=home.zone)
    Vault.create(home.vault, FileKeys.create(home.keys, root=home.root.root()))
    Journal.open(home.ledger, signer=FileSigner.create(home.keys))


def rotate_log_key(*, by: str, lost: bool) -> list[str]:
    """Gives the log of the home new keys, and gives their verifier keys. It opens nothing else: with a lost key nothing opens."""
    from meterkeep.gate.entries import rfc3339
    from meterkeep.gate.request import check_actor
    from meterkeep.ledger.rotation import rotate

    check_actor(by)
    home = Home.open(named_by_environment())
    now = datetime.now(ZoneInfo(home.zone))
    new = rotate(home.ledger, home.keys, at=rfc3339(now), on=now.date().isoformat(), actor=by, lost=lost)
    return [str(key) for key in new.public_keys]


def start_django(home: Home) -> None:
    """Django reads $METERKEEP_HOME once, when it starts; it cannot be given another home later."""
    import django
    from django.conf import settings

    if settings.configured and os.environ.get("METERKEEP_HOME") != str(home.folder):
        raise BadInput("This process has already opened another home.", next="Use one process for each home.")
    os.environ["METERKEEP_HOME"] = str(home.folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meterkeep.site.settings")
    django.setup()


def upgrade() -> int:
    """Applies what is missing in the database of the home, and says how many changes that was."""
    start_django(Home.open(named_by_environment()))
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    migrate()
    return len(missing)


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)

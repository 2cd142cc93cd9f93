from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Max, QuerySet

from meterkeep.desks.arrears.kinds import HOLDS, LETTERS, ActKind
from meterkeep.desks.arrears.models import Account, Act, AgencyCheck, DueStep, Import, Posting
from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.customers.queries import batches
from meterkeep.errors import BadInput

if TYPE_CHECKING:
    from meterkeep.desks.arrears.keeping import Need

WHY_NEEDED = say("open_in_collections")
"""Why a debt keeps its customer's records."""


def accounts() -> QuerySet[Account]:
    return Account.objects.all()


def account(reference: str) -> Account:
    """Raises BadInput where there is no such account."""
    found = Account.objects.filter(reference=reference).first()
    if found is None:
        raise BadInput(
            "There is no overdue account of this reference.",
            where=reference[:20],
            next="See `meterkeep collections run`, which lists them.",
        )
    return found


def accounts_of(customer: str) -> QuerySet[Account]:
    return Account.objects.filter(customer=customer)


def by_digest(digests: Iterable[str]) -> dict[str, Account]:
    return {one.digest: one for one in Account.objects.filter(digest__in=list(digests))}


def acts(account: Account, *, on: date) -> QuerySet[Act]:
    """What had happened on the account by the end of the day."""
    return Act.objects.filter(account=account, on__lte=on)


def act(reference: str) -> Act:
    """Raises BadInput where there is no such act."""
    found = Act.objects.filter(reference=reference).select_related("account").first()
    if found is None:
        raise BadInput(
            "There is no act of this reference.",
            where=reference[:20],
            next="See `meterkeep collections show`.",
        )
    return found


def letters(*, on: date | None = None, sha256: str = "") -> QuerySet[Act]:
    """Letters that were entered with the file they stood in: for a day, or of one file."""
    rows = Act.objects.filter(kind__in=LETTERS).exclude(sha256="").select_related("account")
    return rows.filter(sha256=sha256) if sha256 else rows.filter(on=on)


def last_decided(accounts: Iterable[Account], kind: str, *, after: date) -> date | None:
    """The last day after that one on which it was decided about any of these accounts, and not taken back."""
    some = {one.pk for one in accounts}
    rows = Act.objects.filter(kind=kind, on__gt=after, ended_by=None).values_list("account", "on")
    return max((day for account, day in rows if account in some), default=None)


def postings(account: Account, *, on: date) -> QuerySet[Posting]:
    return Posting.objects.filter(account=account, on__lte=on)


def open_acts(account: Account, kinds: Iterable[str], *, on: date) -> list[Act]:
    """Acts of these kinds that nothing had ended by the day."""
    rows = acts(account, on=on).filter(kind__in=list(kinds)).exclude(ended_by__on__lte=on)
    return list(rows)


def open_holds(account: Account, *, on: date) -> list[Act]:
    return open_acts(account, HOLDS, on=on)


def last_day() -> date | None:
    """The newest day of which anything is on record."""
    days = [model.objects.aggregate(day=Max("on"))["day"] for model in (Posting, Act)]
    return max((day for day in days if day), default=None)


def due_steps(*, on: date, names: Sequence[str] = ()) -> QuerySet[DueStep]:
    """What runs had entered by the day."""
    rows = DueStep.objects.filter(on__lte=on).select_related("account")
    return rows.filter(name__in=names) if names else rows


def imports() -> QuerySet[Import]:
    return Import.objects.all()


def taken_in(sha256: str) -> Import | None:
    return Import.objects.filter(sha256=sha256).first()


def licence(party: str, *, on: date) -> AgencyCheck | None:
    """The last look at the agency's licence by the day."""
    return AgencyCheck.objects.filter(party=party, on__lte=on).last()


def needs(customers: Sequence[str] | None = None, *, on: date) -> dict[str, Need]:
    """Customer → what keeps their records, as `keeping` tells, which asks here for accounts."""
    from meterkeep.desks.arrears import keeping

    return keeping.needs(customers, on=on)


def due_before(day: date) -> list[str]:
    """Customers on whose accounts anything was due before the day, paid or not."""
    some = accounts().filter(postings__due__lt=day)
    return sorted(set(some.values_list("customer", flat=True)))


def forgettable(*, customers: Sequence[str]) -> dict[str, int]:
    """For a certificate, before it is done: what `forget` deletes of each kind, and what the books keep."""
    told = Counter(accounts=0, postings=0, acts=0, steps=0, kept_entries=0, kept_cents=0)
    for some in batches(customers):
        whose = list(Account.objects.filter(customer__in=some).values_list("pk", flat=True))
        kept = [act.cents or 0 for act in written_off(whose)]
        told["accounts"] += len(whose)
        told["postings"] += Posting.objects.filter(account__in=whose).count()
        told["acts"] += Act.objects.filter(account__in=whose).count()
        told["steps"] += DueStep.objects.filter(account__in=whose).count()
        told["kept_entries"] += len(kept)
        told["kept_cents"] += sum(kept)
    return dict(told)


def written_off(accounts: Sequence[int]) -> QuerySet[Act]:
    """Of these accounts, by their keys: the acts that wrote something off."""
    return Act.objects.filter(account__in=accounts, kind=ActKind.WRITTEN_OFF)

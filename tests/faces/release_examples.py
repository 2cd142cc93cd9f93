"""Releases of the small synthetic town, kept as a desk keeps them, so that pages have a number of every kind to explain."""

from datetime import date

import pyarrow as pa
from aggregates import explained_town as town

from meterkeep.aggregates import Rule, plan
from meterkeep.ledger.names import EventName

TODAY = date(2026, 3, 2)
PAST = "T-0a1b2c3d"


def _spec(plan):
    by = ", ".join(f'"{name}"' for name in plan.by)
    start, end = ("2026-01", "2026-04") if "quarter" in plan.by else ("2026-02", "2026-03")
    return (
        f'title = "Use by ZIP code"\nby = [{by}]\nfrom = "{start}"\nuntil = "{end}"\npurpose = "reporting"\n'
    )


def keep(plan, *, reference, title, **more):
    """The plan as a release on its way."""
    from meterkeep import aggregates
    from meterkeep.aggregates.explaining.plain import plain
    from meterkeep.desks.policies import queries as policies
    from meterkeep.desks.releases import queries
    from meterkeep.desks.releases.models import Release

    return Release.objects.create(
        reference=reference,
        title=title,
        spec=_spec(plan),
        unit="Wh",
        power_of_ten=0,
        cells=[plain(cell) for cell in plan.cells],
        facts=plan.facts(),
        certificate=dict(aggregates.certificate(plan)),
        audited=queries.ever_public().count(),
        policy=policies.version(TODAY),
        planned_by="analyst",
        planned_on=TODAY,
        **more,
    )


def town_releases():
    """What is out, and four plans after it, by the name of what is to be seen in them."""
    from django.db import transaction

    from meterkeep.desks.outbox.actions import Event, record

    out = {"state": "published", "published_by": "officer", "published_on": TODAY}
    keep(town.by_itself(), reference=PAST, title="Use in February by ZIP code and rate, first release", **out)
    with transaction.atomic():
        record(Event(name=EventName.RELEASE_PUBLISHED, by="officer", on=TODAY, detail={"release": PAST}))
    plans = {
        "table": (town.by_itself(), "Use in February by ZIP code and rate"),
        "opt-outs": (town.after_opt_outs(), "Use in February, after three have opted out"),
        "other": (town.by_zip_after_opt_outs(), "Use in February by ZIP code alone"),
        "next": (town.next_month(), "Use in March by ZIP code"),
    }
    return {
        name: keep(plan, reference=f"T-{at:08d}", title=title)
        for at, (name, (plan, title)) in enumerate(plans.items(), start=1)
    }


def withheld(release, code=None, kind=None):
    """Numbers of the cells that are left out, for a reason."""
    return [
        at
        for at, cell in enumerate(release.cells)
        if cell["status"] != "published"
        and code in (None, cell["code"])
        and kind in (None, cell.get("kind") or "alone")
    ]


def quarter_release(**more):
    """Months and their quarter: March of 95519 has too few customers, and its quarter would give them away."""
    counts = {"95519": (20, 20, 14), "95521": (30, 30, 30)}
    rows = [
        (number, area, f"2026-{month:02}", "2026-Q1", 10_000)
        for area, months in counts.items()
        for month, count in enumerate(months, start=1)
        for number in (int(area) * 100 + n for n in range(count))
    ]
    names = ("customer", "zip", "month", "quarter", "value")
    planned = plan(
        pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))),
        by=("zip", "month", "quarter"),
        period=("month", "quarter"),
        totals=[("zip", "quarter")],
        rule=Rule.parse("15/15", cite="CEA-03/4.1"),
    )
    return keep(planned, reference="T-00000009", title="Use by month and quarter", **more)

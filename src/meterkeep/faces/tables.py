"""Releases as pages show them: to everyone what is public, to staff each withheld cell with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.aggregates import Rule
from meterkeep.desks.releases import queries
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.publication.table import KILO, amount, text_of
from meterkeep.desks.releases.spec import Spec, parse_spec
from meterkeep.faces.charts.tiles import Tile, tiles
from meterkeep.faces.figures import said

DIMENSIONS = {
    "zip": _("ZIP code"),
    "city": _("City"),
    "customer_class": _("Kind of customer"),
    "rate_class": _("Rate"),
    "county": _("County"),
    "census_tract": _("Census tract"),
    "solar": _("Solar"),
    "hour": _("Hour"),
    "day": _("Day"),
    "month": _("Month"),
    "quarter": _("Quarter"),
    "year": _("Year"),
}
MEASURES = {
    "delivered": _("from the grid"),
    "received": _("to the grid"),
    "net": _("net"),
    "billed": _("billed"),
}
STATES = {
    "planned": (_("Planned"), "open"),
    "disputed": (_("Disputed"), "bad"),
    "approved": (_("Approved"), "plain"),
    "refused": (_("Refused"), "bad"),
    "published": (_("Published"), "good"),
    "withdrawn": (_("Withdrawn"), "bad"),
}
FILES = {
    "-data-sheet-en.md": _("Data sheet in English"),
    "-data-sheet-es.md": _("Data sheet in Spanish"),
    "-certificate.json": _("Certificate"),
    ".csv": _("Table (CSV)"),
    ".parquet": _("Table (Parquet)"),
    ".xlsx": _("Table (Excel)"),
}
FEW = 11


@dataclass(frozen=True)
class CellRow:
    keys: tuple[str, ...]
    withheld: bool
    customers: str
    value: str
    customers_sort: int
    value_sort: int
    why: str


@dataclass(frozen=True)
class Named:
    name: str
    value: str
    mono: bool = False


@dataclass(frozen=True)
class FileRow:
    name: str
    label: str
    sha256: str


@dataclass(frozen=True)
class ReleaseView:
    """explained: whether the reasons of withheld cells, which are for staff, are among the cells."""

    reference: str
    title: str
    period: str
    state: str
    tone: str
    published: int
    withheld: int
    published_on: str
    withdrawn: bool
    columns: tuple[str, ...]
    measure: str
    cells: tuple[CellRow, ...]
    picture: str
    facts: tuple[Named, ...]
    explained: bool
    files: tuple[FileRow, ...]
    published_sort: str
    withdrawn_why: str
    corrects: str
    corrected_by: str


def release_view(release: Release, *, explained: bool = False) -> ReleaseView:
    spec = parse_spec(release.spec)
    cells = release.cells if explained else queries.public_cells(release)
    shown = [] if release.withdrawn_on else release.cells
    withheld = [cell["status"] != "published" for cell in (cells if explained else shown)]
    state, tone = STATES[release.state]
    return ReleaseView(
        reference=release.reference,
        title=release.title,
        period=_period(spec),
        state=str(state),
        tone=tone,
        published=len(withheld) - sum(withheld),
        withheld=sum(withheld),
        published_on=_day(release.published_on),
        withdrawn=release.withdrawn_on is not None,
        columns=tuple(str(DIMENSIONS[name]) for name in spec.by),
        measure=f"{KILO.get(release.unit, release.unit)} {MEASURES.get(spec.measure, spec.measure)}",
        cells=tuple(_cell(cell, spec, release) for cell in cells),
        picture=_picture(withheld),
        facts=_facts(release),
        explained=explained,
        files=_files(release),
        published_sort=str(release.published_on or ""),
        withdrawn_why=release.withdrawn_why,
        corrects=release.corrects.reference if release.corrects else "",
        corrected_by=next(iter(queries.corrections(release)), ""),
    )


def _files(release: Release) -> tuple[FileRow, ...]:
    """What can be taken away; nothing of a release that was withdrawn."""
    return tuple(FileRow(file.name, file_label(file.name), file.sha256) for file in queries.files(release))


def file_label(name: str) -> str:
    """What a file is, by the end of its name."""
    if found := re.search(r"-by-zip-(\d{4}-Q\d)\.csv$", name):
        return gettext("By ZIP code, %(quarter)s") % {"quarter": said("quarter", found[1])}
    return next((str(says) for ending, says in FILES.items() if name.endswith(ending)), name)


def _cell(cell: Mapping[str, Any], spec: Spec, release: Release) -> CellRow:
    shown = cell["status"] == "published"
    return CellRow(
        keys=tuple(said(name, key) for name, key in zip(spec.by, cell["keys"], strict=True)),
        withheld=not shown,
        customers=_number(Decimal(cell["customers"])) if shown else "",
        value=_exact(_shown(cell, spec, release)) if shown else "",
        customers_sort=cell["customers"] if shown else -1,
        value_sort=cell["value"] if shown else -1,
        why=cell.get("why", ""),
    )


def _shown(cell: Mapping[str, Any], spec: Spec, release: Release) -> Decimal:
    return amount(cell, release, statistic=spec.statistic)


def _number(value: Decimal) -> str:
    return str(number_format(value, decimal_pos=0, use_l10n=True, force_grouping=True))


def _exact(value: Decimal) -> str:
    """All its digits, as the files have them."""
    digits = text_of(value).partition(".")[2]
    return str(number_format(value, decimal_pos=len(digits), use_l10n=True, force_grouping=True))


def _period(spec: Spec) -> str:
    first, last = spec.period.start, spec.period.end - timedelta(days=1)
    months = [date_format(day, "F Y") for day in (first, last)]
    return (
        months[0]
        if months[0] == months[1]
        else gettext("%(first)s to %(last)s") % dict(zip(("first", "last"), months, strict=True))
    )


def _picture(withheld: Sequence[bool]) -> str:
    """A few cells are seen at a glance without one."""
    return (
        tiles([Tile(one) for one in withheld], title=_counted(withheld), name="cells")
        if len(withheld) > FEW
        else ""
    )


def _rule(text: str) -> str:
    rule = Rule.parse(text)
    share = number_format(Decimal(rule.share_ppm).scaleb(-4).normalize(), use_l10n=True)
    values = {"customers": rule.minimum_customers, "share": share}
    if rule.strict:
        return (
            gettext("At least %(customers)s customers in a group, and each has less than %(share)s %% of it")
            % values
        )
    return (
        gettext("At least %(customers)s customers in a group, and each has at most %(share)s %% of it")
        % values
    )


def _counted(withheld: Sequence[bool]) -> str:
    out = ngettext("%(count)s number is left out", "%(count)s numbers are left out", sum(withheld)) % {
        "count": sum(withheld)
    }
    shown = len(withheld) - sum(withheld)
    return (
        ngettext("%(count)s number is published", "%(count)s numbers are published", shown) % {"count": shown}
        + f", {out}"
    )


def _facts(release: Release) -> tuple[Named, ...]:
    """The certificate, in words."""
    certificate = release.certificate
    rows = [
        (gettext("Rule"), _rule(certificate["rule"])),
        (gettext("Clause"), certificate["clause"]),
        (gettext("Fewest customers in figures this fine"), _finer(release)),
        (gettext("Clauses not checked against their source"), ", ".join(certificate.get("recalled") or ())),
        (gettext("Smallest group that can be worked out"), _or_none(certificate["smallest_group"])),
        (gettext("Checked against earlier figures"), str(certificate["rows_audited"])),
        (gettext("Checked again by another program"), _independent(certificate.get("independent"))),
        (gettext("Published on"), _day(release.published_on)),
        (gettext("Withdrawn on"), _day(release.withdrawn_on)),
    ]
    named = [Named(name, value) for name, value in rows if value]
    return (*named, Named(gettext("Reference"), release.reference, mono=True))


def _finer(release: Release) -> str:
    """What the resolution asks for, where it is finer than a month."""
    least = release.certificate.get("resolution_customers")
    return _number(Decimal(least)) if least and parse_spec(release.spec).slot else ""


def _independent(said: Mapping[str, Any] | None) -> str:
    """What the second checker could not look at is never counted as checked."""
    if said is None:
        return ""
    return (
        gettext("Yes, all of it")
        if said["verdict"] == "agrees"
        else gettext("In part; the certificate says what")
    )


def _or_none(number: int | None) -> str:
    return "" if number is None else str(number)


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""

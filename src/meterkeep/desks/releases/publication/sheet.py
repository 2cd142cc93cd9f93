"""The data sheet: what a reader has to know before using the figures, in English and in Spanish."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from meterkeep.aggregates.rule import MILLION, OTHERS, Rule, percent
from meterkeep.desks.releases import queries
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.publication.formats import Sheet
from meterkeep.desks.releases.publication.table import CUSTOMERS, shown_unit
from meterkeep.desks.releases.publication.words import WORDS, Words
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import Spec, parse_spec
from meterkeep.desks.releases.taking import COUNTS

LANGUAGES = ("en", "es")
_ROUNDED = 1_000
"""Shares of readings are given to a tenth of a percent: exactly, they would tell how many customers the withheld figures are about."""


def data_sheet(release: Release, outlet: Outlet, *, on: date, language: str) -> Sheet:
    """(heading, text) from top to bottom."""
    say, spec = WORDS[language], parse_spec(release.spec)
    rows = [
        (say["title"], release.title),
        (say["synthetic"], say["synthetic_text"] if outlet.synthetic else ""),
        (say["measure"], _measure(release, spec, say)),
        (say["groups"], ", ".join(say.get(name, name) for name in spec.by)),
        (say["period"], f"{spec.period.start} – {spec.period.end - timedelta(days=1)}"),
        (say["by"], outlet.name),
        (say["on"], str(on)),
        (say["rule"], rule_in_words(release.certificate, say)),
        (say["complete"], _complete(release.notes, say)),
        (say["method"], say["method_text"]),
        (say["left_out"], _left_out(release, say)),
        (say["corrects"], release.corrects.reference if release.corrects else ""),
        (say["checked"], _checked(release.certificate, say)),
        (say["screened"], outlet.screen.name),
        (say["contact"], spec.contact or say["contact_text"] % {"name": outlet.name}),
        (say["licence"], spec.licence or say["licence_text"]),
        (say["reference"], release.reference),
        (say["pack"], f"{outlet.pack} {release.policy}"),
    ]
    return [(name, text) for name, text in rows if text]


def as_text(rows: Sheet) -> bytes:
    """Markdown."""
    (_, title), *others = rows
    return "\n\n".join([f"# {title}", *(f"## {name}\n\n{text}" for name, text in others), ""]).encode()


def rounded_ppm(part: int, whole: int) -> int | None:
    """To a tenth of a percent. None where there is nothing to be a part of."""
    return (MILLION * part // whole + _ROUNDED // 2) // _ROUNDED * _ROUNDED if whole > 0 else None


def rule_in_words(certificate: dict[str, Any], say: Words) -> str:
    rule = Rule.parse(certificate["rule"])
    texts = [_one_rule(rule.for_class(OTHERS), say)]
    texts += [f"{say.get(name, name)}: {_one_rule(one, say)}" for name, one in rule.classes if name != OTHERS]
    return f"{' '.join(texts)} ({certificate['clause']})"


def _one_rule(rule: Rule, say: Words) -> str:
    if rule.share_ppm == MILLION and not rule.strict:
        return say["rule_count"] % {"customers": rule.minimum_customers}
    text = say["rule_strict"] if rule.strict else say["rule_at_most"]
    return text % {"customers": rule.minimum_customers, "share": percent(rule.share_ppm)}


def _measure(release: Release, spec: Spec, say: Words) -> str:
    what = say.get(f"measure_{spec.measure}", spec.measure)
    if spec.measure == CUSTOMERS:
        return say["counted_text"]
    name = "mean_text" if spec.statistic == "mean" else "measure_text"
    return say[name] % {"what": what, "unit": shown_unit(release.unit)}


def _complete(notes: dict[str, Any], say: Words) -> str:
    months = notes.get("coverage", [])
    there, missing, estimated = (sum(month[name] for month in months) for name in COUNTS)
    found = rounded_ppm(there, there + missing)
    if found is None:
        return say["complete_unknown"]
    return say["complete_text"] % {
        "found": _tenths(found),
        "estimated": _tenths(rounded_ppm(estimated, there) or 0),
    }


def _tenths(ppm: int) -> str:
    return f"{Decimal(ppm).scaleb(-4):.1f} %"


def _left_out(release: Release, say: Words) -> str:
    cells = queries.public_cells(release)
    withheld = sum(cell["status"] != "published" for cell in cells)
    return (
        say["left_out_text"] % {"withheld": withheld, "all": len(cells)} if withheld else say["nothing_out"]
    )


def _checked(certificate: dict[str, Any], say: Words) -> str:
    values = {"group": certificate["smallest_group"], "rows": certificate["rows_audited"]}
    return say["checked_text"] % values

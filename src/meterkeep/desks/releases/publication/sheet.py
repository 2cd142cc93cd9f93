"""The data sheet: what a reader has to know before using the figures, in English and in Spanish."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from meterkeep.aggregates.rule import MILLION, OTHERS, Rule, percent
from meterkeep.desks.releases import queries
from meterkeep.desks.releases.entries import BILLED
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.publication.formats import Sheet
from meterkeep.desks.releases.publication.table import CUSTOMERS, in_shown_unit, shown_unit, text_of
from meterkeep.desks.releases.publication.words import WORDS, Words
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import Spec, parse_spec

LANGUAGES = ("en", "es")


def data_sheet(release: Release, outlet: Outlet, *, on: date, language: str) -> Sheet:
    """(heading, text) from top to bottom."""
    say, spec = WORDS[language], parse_spec(release.spec)
    noise = release.certificate.get("noise")
    rows = [
        (say["title"], release.title),
        (say["synthetic"], say["synthetic_text"] if outlet.synthetic else ""),
        (say["measure"], _measure(release, spec, say)),
        (say["groups"], ", ".join(say.get(name, name) for name in spec.by)),
        (say["period"], f"{spec.period.start} – {spec.period.end - timedelta(days=1)}"),
        (say["by"], outlet.name),
        (say["on"], str(on)),
        (say["rule"], _rule(release.certificate, spec, say)),
        (say["recalled"], _recalled(release.certificate, say)),
        (say["complete"], _complete(release.notes, spec, say)),
        (say["method"], say["method_noise"] if noise else _method(spec, say)),
        (say["noise"], _noise(release, noise, say) if noise else ""),
        (say["left_out"], _left_out(release, say)),
        (say["only"], _only(release.notes, say)),
        (say["combined"], _combined(release.notes)),
        (say["without"], _without(release.notes, say)),
        (say["corrects"], release.corrects.reference if release.corrects else ""),
        (say["checked"], "" if noise else _checked(release.certificate, say)),
        (say["screened"], say.get(f"screened_{outlet.screen.name}", outlet.screen.name)),
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


def _rule(certificate: dict[str, Any], spec: Spec, say: Words) -> str:
    """With what the resolution asks for besides, where it is finer than a month."""
    finer = certificate.get("resolution_customers")
    said = rule_in_words(certificate, say)
    if own := certificate.get("own_counted"):
        said = f"{said} {say['rule_own'] % {'customers': own}}"
    if not spec.slot or not finer:
        return said
    return f"{said} {say['rule_finer'] % {'slot': say.get(spec.slot, spec.slot), 'customers': finer}}"


def _recalled(certificate: dict[str, Any], say: Words) -> str:
    clauses = certificate.get("recalled") or ()
    return say["recalled_text"] % {"clauses": ", ".join(clauses)} if clauses else ""


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
    if spec.measure == BILLED:
        name = "billed_mean_text" if spec.statistic == "mean" else "billed_text"
    return say[name] % {"what": what, "unit": shown_unit(release.unit)}


def _method(spec: Spec, say: Words) -> str:
    said = say["method_billed" if spec.measure == BILLED else f"method_{spec.slot or 'text'}"]
    return said if spec.slot else said % {"time": ", ".join(say[time] for time in spec.times)}


def _complete(notes: dict[str, Any], spec: Spec, say: Words) -> str:
    found, estimated = notes.get("coverage_ppm"), notes.get("estimated_ppm")
    if found is None:
        return say["complete_unknown"]
    if spec.measure == BILLED:
        return say["complete_bills"] % {"found": _tenths(found)}
    return say["complete_text"] % {"found": _tenths(found), "estimated": _tenths(estimated or 0)}


def _tenths(ppm: int) -> str:
    return f"{Decimal(ppm).scaleb(-4):.1f} %"


def _left_out(release: Release, say: Words) -> str:
    withheld = sum(cell["status"] != "published" for cell in release.cells)
    name = "dropped_text" if queries.is_dropping(release) else "left_out_text"
    return say[name] % {"withheld": withheld, "all": len(release.cells)} if withheld else say["nothing_out"]


def _only(notes: dict[str, Any], say: Words) -> str:
    """The customers that count at all."""
    chosen = notes.get("filter", {}).items()
    return "; ".join(f"{say.get(name, name)}: {', '.join(values)}" for name, values in chosen)


def _combined(notes: dict[str, Any]) -> str:
    maps = notes.get("merges", {}).values()
    return "; ".join(f"{name} = {' + '.join(parts)}" for one in maps for name, parts in one.items())


def _without(notes: dict[str, Any], say: Words) -> str:
    """Whoever adds such a figure up with others has to know that it is not the whole of its group."""
    lines = [f"{', '.join(one['keys'])}: {one['customers']}" for one in notes.get("left_out", [])]
    return "\n".join([say["without_text"], *lines]) if lines else ""


def _noise(release: Release, noise: dict[str, Any], say: Words) -> str:
    """How much, and what it does not hide."""
    unit = shown_unit(release.unit)
    wide, clip = (
        f"{text_of(in_shown_unit(noise[name], release))} {unit}" for name in ("standard_deviation", "clip")
    )
    values = {"wide": wide, "clip": clip, "exact": noise["exact_figures_of_the_same_customers"]}
    return say["noise_text"] % values


def _checked(certificate: dict[str, Any], say: Words) -> str:
    values = {"group": certificate["smallest_group"], "rows": certificate["rows_audited"]}
    return say["checked_text"] % values

"""The page of one number that is left out: why in a sentence, the sum line by line, what is left against the rule, and a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from meterkeep.aggregates.explaining.two_way import two_way
from meterkeep.desks.releases.models import Release
from meterkeep.faces.console.releases import reasons
from meterkeep.faces.console.releases.drawings import Drawing, drawings, is_asked, keys_of
from meterkeep.faces.figures import BETWEEN, Figures, days, decimal, people, percent
from meterkeep.faces.figures import said as spoken

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A line of the sum. sign: "+", "−" or nothing; where: people can read the number. asked: the number in question."""

    sign: str
    name: str
    where: str
    href: str
    customers: str
    amount: str
    asked: bool = False


@dataclass(frozen=True)
class Fact:
    name: str
    value: str


@dataclass(frozen=True)
class WithheldPage:
    """lines: of the sum; result: what is left; period: of all lines, where it is one. notes: what one has to know to repeat it."""

    reference: str
    title: str
    name: str
    period: str
    headline: str
    sentences: Sequence[str]
    lines: Sequence[Line]
    result: Sequence[Line]
    rule: str
    verdict: str
    notes: Sequence[str]
    facts: Sequence[Fact]
    drawings: Sequence[Drawing]
    unit: str
    before: str
    after: str


def withheld_page(release: Release, number: int, others: Mapping[str, Release]) -> WithheldPage:
    """number: of the cell. others: the past releases that it is about, by reference."""
    cell, figures = release.cells[number], Figures(release)
    told = bool(cell.get("rule"))
    before, after = _beside(release, number)
    return WithheldPage(
        reference=release.reference,
        title=release.title,
        name=figures.name(cell["keys"]),
        period="" if figures.dated(cell["attack"]) or not cell["attack"] else days(cell["period"]),
        headline=reasons.headline(cell),
        sentences=reasons.sentences(cell, figures),
        lines=_lines(cell, release, figures, others) if told else (),
        result=_result(cell, figures) if told else (),
        rule=reasons.rule_words(cell) if told else "",
        verdict=verdict(cell, figures, free=_free(cell, release, figures)) if told else "",
        notes=[*_means(cell, figures), *_whose(release, number, figures), *_notes(cell)] if told else (),
        facts=_facts(cell, figures),
        drawings=drawings(release, number, figures) if told else (),
        unit=figures.unit,
        before=before,
        after=after,
    )


def _lines(cell: Cell, release: Release, figures: Figures, others: Mapping[str, Release]) -> list[Line]:
    places, dated = _places(cell, figures), figures.dated(cell["attack"])
    out = {tuple(other["keys"]) for other in release.cells if other["status"] != "published"}
    found = []
    for at, term in enumerate(cell["attack"]):
        asked = is_asked(term, cell, figures)
        where, href = _where(term, asked=asked, out=keys_of(term, figures) in out, others=others)
        times = abs(term["factor"])
        name = figures.label(term["figure"], term["period"], dated=dated)
        found.append(
            Line(
                sign=_sign(term["factor"], at) if cell["left"] else "",
                name=f"{times} × {name}" if times > 1 else name,
                where=where,
                href=href,
                customers=decimal(times * term["customers"]),
                amount=figures.amount(times * term["value"], places),
                asked=asked,
            )
        )
    return [*found, *_known(cell, figures, places)]


def _known(cell: Cell, figures: Figures, places: int) -> list[Line]:
    """One line for all whose use the recipient knows anyway, who come off."""
    customers = sum(term["factor"] * term.get("known", 0) for term in cell["attack"])
    amount = sum(term["factor"] * term.get("known_value", 0) for term in cell["attack"])
    if not cell["left"] or not any(term.get("known") for term in cell["attack"]):
        return []
    sign = "−" if amount >= 0 else "+"
    name = gettext(
        "Customers in these who hide nobody here: they have a rule of their own, or their use is known"
    )
    counted = decimal(abs(customers)) if customers * amount >= 0 else ""
    return [Line(sign, name, "", "", counted, figures.amount(abs(amount), places))]


def _free(cell: Cell, release: Release, figures: Figures) -> bool:
    out = {tuple(other["keys"]) for other in release.cells if other["status"] != "published"}
    return not any(keys_of(term, figures) in out and not is_asked(term, cell, figures) for term in cell["attack"])  # fmt: skip


def _sign(factor: int, at: int) -> str:
    return "−" if factor < 0 else "+" if at else ""


def _where(term: Mapping[str, Any], *, asked: bool, out: bool, others: Mapping[str, Release]) -> tuple[str, str]:  # fmt: skip
    if asked:
        return gettext("this number"), ""
    if term["release"]:
        other = others.get(term["release"])
        said = reasons.of_release(term["release"], other.published_on if other else None)
        if other and other.withdrawn_on:
            said = gettext("%(release)s, withdrawn since") % {"release": said}
        return said, reverse("console_release", args=[term["release"]]) if other else ""
    return gettext("this table, left out too") if out else gettext("published in this table"), ""


def _places(cell: Cell, figures: Figures) -> int:
    values = [term["factor"] * term["value"] for term in cell["attack"]]
    return figures.places([*values, cell["value"], cell.get("largest") or 0, cell.get("most") or 0])


def _result(cell: Cell, figures: Figures) -> list[Line]:
    """What the lines come to, and the largest customer's share of it where that is what counts."""
    places = _places(cell, figures)
    if cell["code"] == "share":
        most, value = reasons.tested(cell)
        customers = cell["left"]["customers"] + cell["left"]["idle"] if cell["left"] else cell["customers"]
        whole = Line("", gettext("The total"), "", "", decimal(customers), figures.amount(value, places))
        return [whole, *_share_lines(most, value, 1, cell, figures)]
    if cell["came"]:
        return _came_lines(cell, figures)
    left = cell["left"]
    if not cell["attack"] or not left:
        return []
    if cell["code"] == "changed_value":
        return [Line("=", gettext("The correction"), "", "", "", figures.amount(left["value"], places))]
    lines = []
    if left["over"] > 1:
        customers = decimal(sum(term["factor"] * term["customers"] for term in cell["attack"])) if left["counted"] else ""  # fmt: skip
        lines.append(Line("=", gettext("In all"), "", "", customers, figures.amount(left["value"], places)))
    lines.append(_left_line(left, figures, places))
    if cell["kind"] == "share":
        lines += _share_lines(cell["most"], left["value"], left["over"], cell, figures)
    return lines


def _left_line(left: Mapping[str, Any], figures: Figures, places: int) -> Line:
    name, amount = gettext("What is left"), figures.amount(reasons.bound_of(left), places)
    if left["over"] > 1:
        name = gettext("What is left, divided by %(over)s") % {"over": left["over"]}
    if left["value"] % left["over"]:
        amount = gettext("at most %(amount)s") % {"amount": amount}
    return Line("=", name, "", "", decimal(left["customers"] + left["idle"]), amount)


def _share_lines(most: int, value: int, over: int, cell: Cell, figures: Figures) -> list[Line]:
    """The largest customer, and the division."""
    places = _places(cell, figures)
    whole = -(-value // over)
    said = {"most": figures.amount(most, places), "whole": figures.amount(whole, places)}
    return [
        Line("", gettext("The largest customer in it"), "", "", decimal(1), said["most"]),
        Line("", gettext("Its share: %(most)s ÷ %(whole)s") % said, "", "", "", reasons.share_of(most, value, over, cell["rule"])),
    ]  # fmt: skip


def _came_lines(cell: Cell, figures: Figures) -> list[Line]:
    came, places = cell["came"], _places(cell, figures)
    other = next(term for term in cell["attack"] if term["period"] != cell["period"])
    change = cell["value"] - other["value"]
    lines = [Line("", gettext("The difference"), "", "", "", figures.amount(abs(change), places))]
    for name, number, value, total in (
        (gettext("Of this number, who came"), came["came"], came["came_value"], cell["value"]),
        (gettext("Of the other number, who left"), came["left"], came["left_value"], other["value"]),
    ):
        if number:
            said = {"most": figures.amount(value, places), "whole": figures.amount(total, places)}
            lines += [
                Line("", name, "", "", decimal(number), said["most"]),
                Line("", gettext("Their share: %(most)s ÷ %(whole)s") % said, "", "", "", percent(reasons.MILLION * value // total)),
            ]  # fmt: skip
    return lines


def verdict(cell: Cell, figures: Figures, *, free: bool) -> str:
    """What is left against the rule, and why it is this number that stays out. free: whether all other numbers go out, or are."""
    if cell["code"] == "past_conflict":
        return ""
    told = [_against(cell)]
    if cell["attack"] and free:
        told.append(gettext("At least one of these numbers has to stay out. The others are out already, or will be: so it is this one."))  # fmt: skip
    return " ".join(filter(None, told))


def _against(cell: Cell) -> str:
    rule, left = cell["rule"], cell["left"]
    if cell["code"] == "share" or cell["kind"] == "share":
        if cell["code"] != "share" and not left:
            return ""
        alone = cell["code"] == "share"
        most, value = reasons.tested(cell) if alone else (cell["most"], left["value"])
        over = 1 if alone else left["over"]
        said = {"share": reasons.share_of(most, value, over, rule), "limit": reasons.limit(rule)}
        return gettext("%(share)s is %(limit)s.") % said
    about = cell["about"]
    if about is None or about >= rule["minimum"]:
        return ""
    return gettext("%(about)s is fewer than %(minimum)s.") % {
        "about": decimal(about),
        "minimum": decimal(rule["minimum"]),
    }


def _means(cell: Cell, figures: Figures) -> list[str]:
    if figures.spec.statistic != "mean" or not cell["attack"]:
        return []
    return [gettext("This table gives means. Here stand the sums: mean times customers.")]


def _whose(release: Release, number: int, figures: Figures) -> list[str]:
    """The cells that what is left is made of, where they are some of this table."""
    graph = two_way(release.cells, figures.by, asked=number)
    if graph is None or not all(line.times == 1 for line in graph.bridge):
        return []
    first, second = graph.dimensions
    names = [
        BETWEEN.join(
            (spoken(first, graph.rows[line.row].name), spoken(second, graph.columns[line.column].name))
        )
        for line in graph.bridge
    ]
    return [gettext("What is left is what this table leaves out for %(names)s.") % {"names": ", ".join(names)}]  # fmt: skip


def _notes(cell: Cell) -> list[str]:
    left = cell["left"]
    if not left or not cell["attack"] or cell["code"] == "changed_value":
        return []
    notes = []
    if not left["counted"]:
        notes.append(
            gettext("Customers cannot be added up here: the same people are in several of these numbers. Who is left was counted person by person.")
        )  # fmt: skip
    if left["idle"] and left["customers"]:
        notes.append(gettext("With %(people)s among them who used nothing.") % {"people": people(left["idle"])})  # fmt: skip
    if cell["kind"] == "similar":
        notes.append(gettext("This is an estimate: the periods are not quite the same."))
    if left["taken"] and left["taken"] < left["customers"]:
        notes.append(
            gettext("Some of them are added in what is left, and some taken off. So it is nobody's own use, but it tells about these few and about nobody else.")
        )  # fmt: skip
    return notes


def _facts(cell: Cell, figures: Figures) -> list[Fact]:
    """The number itself, for whoever reviews it."""
    facts = [
        Fact(gettext("Customers"), decimal(cell["customers"])),
        Fact(figures.unit, "–" if cell.get("forgotten") else figures.amount(cell["value"])),
    ]
    if cell.get("largest") is not None and cell["value"] > 0:
        share = reasons.share_of(cell["largest"], cell["value"], 1, cell["rule"]) if cell.get("rule") else ""
        facts.append(Fact(gettext("Largest customer"), f"{figures.measured(cell['largest'])} ({share})"))
    return facts


def _beside(release: Release, number: int) -> tuple[str, str]:
    """The addresses of the explanations before and after this one."""
    out = [at for at, cell in enumerate(release.cells) if cell["status"] != "published"]
    place = out.index(number)
    before = out[place - 1] if place else None
    after = out[place + 1] if place + 1 < len(out) else None
    return (
        "" if before is None else reverse("console_withheld", args=[release.reference, before]),
        "" if after is None else reverse("console_withheld", args=[release.reference, after]),
    )

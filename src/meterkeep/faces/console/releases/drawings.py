"""What is drawn beside an explanation: the two-way table's bridge where there is one, else the sum as bars; each with its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from meterkeep.aggregates.explaining.two_way import Line, Node, TwoWay, two_way
from meterkeep.desks.releases.models import Release
from meterkeep.faces.charts import bridge as bridges
from meterkeep.faces.charts import steps as sums
from meterkeep.faces.console.releases import reasons
from meterkeep.faces.figures import Figures, decimal, people, percent, said
from meterkeep.faces.tables import DIMENSIONS

MILLION = 1_000_000
MOST_BARS = 16
Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Drawing:
    """svg, and in words what there is to see."""

    svg: str
    heading: str
    says: Sequence[str]


def drawings(release: Release, number: int, figures: Figures) -> list[Drawing]:
    """The bridge first, since it says more."""
    cell = release.cells[number]
    found = []
    if any(term.get("known") for term in cell["attack"]):
        return []
    if cell["kind"] == "count" or (cell["kind"] == "share" and cell["left"] and cell["left"]["plain"]):
        graph = two_way(release.cells, figures.by, asked=number)
        found += [_graph(graph, cell)] if graph is not None else []
    bars = _bars(cell, figures)
    return [*found, _steps(bars, cell, figures)] if bars else found


def is_asked(term: Mapping[str, Any], cell: Cell, figures: Figures) -> bool:
    """Whether the term of a sum is the cell itself."""
    mine = keys_of(term, figures) == tuple(cell["keys"])
    return mine and bool(term["period"] == cell["period"])


def keys_of(term: Mapping[str, Any], figures: Figures) -> tuple[str, ...] | None:
    """As a cell of this release has them; None for a figure of another one."""
    if term["release"]:
        return None
    known = dict(part.split("=", 1) for part in term["figure"])
    return tuple(known.get(name, "Total") for name in figures.by)


def _graph(graph: TwoWay, cell: Cell) -> Drawing:
    halves = _halves(graph)
    names = [str(DIMENSIONS.get(name, name)) for name in graph.dimensions]
    says = _says(graph, cell)
    shown = bridges.Graph(
        title=gettext("The thin bridge"),
        description=" ".join(says),
        heads=(names[0], names[1]),
        rows=_dots(graph.rows, halves[: len(graph.rows)], graph.dimensions[0]),
        columns=_dots(graph.columns, halves[len(graph.rows) :], graph.dimensions[1]),
        ties=[
            bridges.Tie(line.row, line.column, line.customers, _tie(line), _kind(line))
            for line in graph.lines
        ],
    )
    return Drawing(bridges.bridge(shown, name="bridge"), gettext("As a picture: a thin bridge"), says)  # fmt: skip


def _says(graph: TwoWay, cell: Cell) -> list[str]:
    across = people(sum(line.customers for line in graph.bridge))
    return [
        gettext("Dots are rows and columns of the table, full where their total is published. Lines are numbers that are left out, each with its customers: the more, the thicker."),
        gettext("Totals, less what is published, tell what crosses from one grey field to another. Only the red lines with a triangle do: together %(people)s.") % {"people": across},
        _asked(graph, cell),
    ]  # fmt: skip


def _asked(graph: TwoWay, cell: Cell) -> str:
    line = next((line for line in graph.lines if line.asked), None)
    if line is None:
        return gettext("The dashed dot is the total in question. While it stays out, nobody can do this sum.")
    crossing = people(sum(each.customers for each in graph.bridge) + line.customers)
    if cell["kind"] == "share":
        return gettext("The dashed line is the number in question. While it stays out, it crosses too: together %(people)s, too many for one of them to stand out.") % {"people": crossing}  # fmt: skip
    return gettext("The dashed line is the number in question. While it stays out, it crosses too: together %(people)s, which is enough.") % {"people": crossing}  # fmt: skip


def _tie(line: Line) -> str:
    return f"▲ {line.customers}" if line.times else str(line.customers)


def _kind(line: Line) -> str:
    return "asked" if line.asked else "bridge" if line.times else "plain"


def _dots(nodes: Sequence[Node], halves: Sequence[int], dimension: str) -> list[bridges.Dot]:
    return [
        bridges.Dot(said(dimension, node.name), node.total, half)
        for node, half in zip(nodes, halves, strict=True)
    ]


def _halves(graph: TwoWay) -> list[int]:
    """Of each row and then each column, which part it is in once the bridge and the number in question are gone."""
    part = list(range(len(graph.rows) + len(graph.columns)))
    for line in graph.lines:
        one, other = part[line.row], part[len(graph.rows) + line.column]
        if not line.times and not line.asked:
            part = [one if each == other else each for each in part]
    order = {each: at for at, each in enumerate(dict.fromkeys(part))}
    return [order[each] for each in part]


def _bars(cell: Cell, figures: Figures) -> list[sums.Bar]:
    """In customers where they can be added up, else in amounts; none where that says nothing."""
    left = cell["left"]
    if not cell["attack"]:
        return _alone(cell, figures)
    if cell["came"]:
        return _wholes(cell, figures)
    known = any(term.get("known") for term in cell["attack"])
    if not left or known or len(cell["attack"]) > MOST_BARS or left["value"] < 0 or left["over"] > 1:
        return []
    key, dated = "customers" if by_customers(cell) else "value", figures.dated(cell["attack"])
    bars = [
        sums.Bar(
            name=figures.label(term["figure"], term["period"], dated=dated),
            size=abs(term["factor"]) * term[key],
            words=_size(abs(term["factor"]) * term[key], figures, customers=key == "customers"),
            kind=_kind_of(term, cell, figures),
            taken=term["factor"] < 0,
        )
        for term in cell["attack"]
    ]
    rest = left["customers"] + left["idle"] if key == "customers" else left["value"]
    words = _size(rest, figures, customers=key == "customers")
    return [*bars, sums.Bar(gettext("What is left"), rest, words, "left")]


def _kind_of(term: Mapping[str, Any], cell: Cell, figures: Figures) -> str:
    if is_asked(term, cell, figures):
        return "asked"
    return "taken" if term["factor"] < 0 else "added"


def _wholes(cell: Cell, figures: Figures) -> list[sums.Bar]:
    """Two numbers side by side, and those who came or left."""
    came = cell["came"]
    terms = sorted(cell["attack"], key=lambda term: term["period"])
    bars = [
        sums.Bar(figures.label(term["figure"], term["period"]), term["value"], figures.measured(term["value"]), "whole")
        for term in terms
    ]  # fmt: skip
    for name, value in ((gettext("Who came"), came["came_value"]), (gettext("Who left"), came["left_value"])):
        bars += [sums.Bar(name, value, figures.measured(value), "few")] if value else []
    return bars


def _alone(cell: Cell, figures: Figures) -> list[sums.Bar]:
    name = figures.name(cell["keys"])
    if cell["code"] in ("count", "few_contributors"):
        number = cell["about"] if cell["about"] is not None else cell["customers"]
        return [sums.Bar(name, number, people(number), "left")]
    if cell["code"] == "share":
        _most, value = reasons.tested(cell)
        return [sums.Bar(name, value, figures.measured(value), "left")]
    return []


def by_customers(cell: Cell) -> bool:
    return bool(cell["left"] and cell["left"]["counted"] and cell["kind"] in ("count", None))


def _size(size: int, figures: Figures, *, customers: bool) -> str:
    return decimal(size) if customers else figures.amount(size)


def _steps(bars: Sequence[sums.Bar], cell: Cell, figures: Figures) -> Drawing:
    share = cell["code"] == "share" or cell["kind"] == "share"
    rule, bound = cell["rule"], bars[-1].size
    part = mark = None
    if share:
        most = reasons.tested(cell)[0] if cell["code"] == "share" else cell["most"]
        words = {"amount": figures.measured(most), "share": reasons.share_of(most, bound, 1, rule)}
        part = most, gettext("one customer: %(amount)s, %(share)s") % words
        if len(bars) == 1:
            mark = bound * rule["share_ppm"] // MILLION, gettext("the rule: %(share)s") % {"share": percent(rule["share_ppm"])}  # fmt: skip
    elif not cell["attack"] or (not cell["came"] and by_customers(cell)):
        mark = rule["minimum"], gettext("the rule: %(minimum)s") % {"minimum": decimal(rule["minimum"])}
    says = [f"{bar.name}: {bar.words}." for bar in bars] + ([f"{part[1]}."] if part else [])
    heading = (
        gettext("As a picture: the sum in bars")
        if bars[-1].kind == "left" and len(bars) > 1
        else gettext("As a picture")
    )
    shown = sums.Steps(title=heading, description=" ".join(says), bars=bars, part=part, mark=mark)
    return Drawing(sums.steps(shown, name="sum"), heading, ())

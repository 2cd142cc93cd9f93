"""What the pictures and the account of the cost are drawn from."""

from collections import Counter

import pytest
from aggregates import explained_town as town

from meterkeep.aggregates.explaining.cost import Amount, cost
from meterkeep.aggregates.explaining.plain import plain
from meterkeep.aggregates.explaining.two_way import MOST_NODES, two_way


@pytest.fixture(scope="module")
def cells():
    return [plain(cell) for cell in town.by_itself().cells]


def at(cells, *keys):
    return next(number for number, cell in enumerate(cells) if tuple(cell["keys"][:2]) == keys)


def test_the_bridge_of_a_two_way_table_has_the_customers_of_the_leak(cells):
    drawn = 0
    for number, cell in enumerate(cells):
        graph = two_way(cells, town.BY, asked=number)
        if graph is None or not cell["left"]["plain"]:
            continue
        drawn += 1
        across = sum(line.customers * line.times for line in graph.bridge)
        assert across == cell["left"]["customers"]
        assert across < 15 or cell["kind"] == "share"
        assert halves(graph), "without the bridge it falls apart"
        names = {(graph.rows[line.row].name, graph.columns[line.column].name) for line in graph.lines}
        assert all(cells[at(cells, *pair)]["status"] == "withheld" for pair in names)
    assert drawn >= 3


def halves(graph):
    """Whether no line of the bridge joins two nodes that hang together without it; the one asked about counts as published."""
    whose = {}
    nodes = [(0, n) for n in range(len(graph.rows))] + [(1, n) for n in range(len(graph.columns))]
    whose = {node: {node} for node in nodes}
    for line in graph.lines:
        if not line.times and not line.asked:
            both = whose[0, line.row] | whose[1, line.column]
            whose |= dict.fromkeys(both, both)
    return all(whose[0, line.row] is not whose[1, line.column] for line in graph.bridge)


def test_a_total_that_is_asked_about_is_a_node_and_a_cell_is_a_line(cells):
    margin = two_way(cells, town.BY, asked=at(cells, "95519", "Total"))
    assert [node.name for node in margin.rows if node.total == "asked"] == ["95519"]
    assert not any(line.asked for line in margin.lines)
    inside = two_way(cells, town.BY, asked=at(cells, "95501", "E-TOU"))
    assert [(inside.rows[line.row].name, line.times) for line in inside.lines if line.asked] == [("95501", 0)]


def test_there_is_no_picture_where_it_would_not_be_true(cells):
    """Of a rule that a cell breaks by itself, of past releases, of a graph that is too large."""
    assert two_way(cells, town.BY, asked=at(cells, "95519", "A-1")) is None
    later = [plain(cell) for cell in town.after_opt_outs().cells]
    assert not any(two_way(later, town.BY, asked=n) for n, cell in enumerate(later) if cell["releases"])
    wide = [dict(cell) for cell in cells]
    wide += [
        wide[1] | {"keys": [f"9{n:04d}", "A-10", town.MONTH]} for n in range(MOST_NODES)
    ]  # withheld, in the same column
    assert two_way(wide, town.BY, asked=at(cells, "95501", "E-TOU")) is None


def test_the_cost_is_of_all_cells_and_of_what_the_finest_used(cells):
    found = cost(cells)
    finest = [cell for cell in cells if "Total" not in cell["keys"]]
    assert found.all == Amount(len(cells), sum(row[4] for row in town.loads()))
    assert found.published.cells + found.withheld.cells == found.all.cells
    assert found.published.value + found.withheld.value == found.all.value
    assert found.by_itself.value == sum(
        cell["value"] for cell in finest if cell["code"] in ("count", "share")
    )
    assert {code: amount.cells for code, amount in found.reasons} == Counter(
        cell["code"] for cell in cells if cell["code"]
    )


def test_below_zero_there_are_no_shares_of_what_was_used(cells):
    signed = [*cells, cells[0] | {"value": -1}]
    assert cost(signed).all == Amount(len(cells) + 1, None)
    assert cost(signed).withheld.value is None and cost(signed).withheld.cells == cost(cells).withheld.cells

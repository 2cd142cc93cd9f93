"""Four ways to know an outcome, the same everywhere: plain evaluation, decision diagrams, tables of bits, and z3."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy.drawing import lists_of_clauses

from meterkeep.policy import load_pack, pack_ids
from meterkeep.policy.assurance import exhaustive
from meterkeep.policy.assurance.exhaustive import enumerate_all
from meterkeep.policy.assurance.proving.diagrams import ALL, NOTHING, Diagrams
from meterkeep.policy.assurance.proving.space import space_of
from meterkeep.policy.assurance.proving.statement import Part, Statement, draw, space_for, state
from meterkeep.policy.assurance.proving.symbols import Symbols
from meterkeep.policy.deciding.program import compile_program, outcome_of
from meterkeep.policy.language.clauses import parse_atom
from meterkeep.policy.language.vocabulary import vocabulary

ON = date(2026, 7, 1)
BOOLS = ("order.explicit", "law.requires", "approval.given", "use.sale")
VALUES = {
    **dict.fromkeys(BOOLS, (False, True)),
    "message.kind": ("service", "promotion"),
    "data.kind": vocabulary().facts["data.kind"].values,
    "aggregate.customers": (14, 15, 99, 100),
}


def compiled(drawn):
    program = compile_program(drawn, number=lambda name: 0, holds=lambda ruling: True)
    parts = tuple(
        Part(rule.clause, rule.permits, rule.literals, tuple((place, ()) for place in rule.exceptions))
        for rule in program.rules
    )
    return program, Statement("synthetic", "disclose", ON, parts, {}, {})


programs = lists_of_clauses(BOOLS, most=6).map(compiled)


def by_hand(program, facts):
    outcome = outcome_of(program, program.values(facts))
    return "undetermined" if outcome == "silent" else outcome


def completions(statement):
    names = [axis.fact.name for axis in space_for(statement).axes]
    for values in product(*(VALUES[name] for name in names)):
        yield dict(zip(names, values, strict=True))


@settings(max_examples=60, deadline=None)
@given(programs)
def test_diagrams_decide_every_vector_as_plain_evaluation_does(made):
    program, statement = made
    shown = draw(statement)
    for facts in completions(statement):
        inside = [
            outcome
            for outcome in ("permit", "refuse", "undetermined")
            if shown.diagrams.given(shown.set_of(outcome), facts) == ALL
        ]
        assert inside == [by_hand(program, facts)]


@settings(max_examples=40, deadline=None)
@given(programs)
def test_tables_count_what_diagrams_count(made):
    _, statement = made
    shown = draw(statement)
    sheet = shown.diagrams
    tables = list(exhaustive._tables(statement, sheet.space))
    assert exhaustive._counted(tables, sheet.space) == (sheet.count(shown.permit), sheet.count(shown.refuse))


@settings(max_examples=25, deadline=None)
@given(programs, st.data())
def test_z3_agrees_about_any_vector(made, data):
    program, statement = made
    symbols = Symbols(statement)
    facts = data.draw(st.sampled_from(list(completions(statement))))
    possible = [
        outcome
        for outcome in ("permit", "refuse", "undetermined")
        if symbols.can_be(symbols.outcome(outcome), facts=facts)
    ]
    assert possible == [by_hand(program, facts)]


@settings(max_examples=25, deadline=None)
@given(programs)
def test_z3_finds_no_hasty_outcome_in_the_three_values(made):
    symbols = Symbols(made[1])
    assert [symbols.can_be(hasty) for hasty in symbols.hasty()] == [False, False]


@settings(max_examples=60, deadline=None)
@given(programs)
def test_a_cover_is_the_whole_set_in_widest_pieces(made):
    _, statement = made
    shown = draw(statement)
    sheet = shown.diagrams
    for node in (shown.permit, shown.refuse):
        cubes = list(sheet.cover(node))
        assert sheet.union(sheet.cube(cube) for cube in cubes) == node
        for cube in cubes:
            assert not any(
                sheet.holds({**cube, name: frozenset(sheet.space.axis(name).everything)}, node)
                for name in cube
            )


def test_a_box_says_what_all_vectors_share_and_no_more():
    known = vocabulary().facts
    texts = ("order.explicit", "law.requires", "data.kind is covered", "data.kind is customer", "use.sale")
    literals = [parse_atom(text, where="").literal(int) for text in texts]
    explicit, required, covered, customer, _ = literals
    sheet = Diagrams(space_of(literals, known))
    both = sheet.either(sheet.where([covered, explicit]), sheet.where([customer, explicit, required]))
    box = sheet.box(both)
    assert set(box) == {"data.kind", "order.explicit"}
    assert len(box["data.kind"]) == 2
    assert sheet.both(both, sheet.where([customer])) != NOTHING


@pytest.mark.parametrize("pack", pack_ids())
def test_every_combination_of_every_shipped_pack_is_tried_and_cited(pack):
    loaded = load_pack(pack)
    for action in vocabulary().actions:
        statement = state(loaded, action, ON)
        if statement.parts:
            count = enumerate_all(statement, loaded)
            assert (count.equal, count.differing, count.uncited) == (True, 0, 0), action
            assert count.permit + count.refuse + count.silent == count.vectors


def test_too_many_rows_are_counted_by_the_diagram_and_say_so(monkeypatch):
    pack = load_pack("cpa")
    statement = state(pack, "disclose", ON)
    whole = enumerate_all(statement, pack)
    monkeypatch.setattr(exhaustive, "MOST", 10)
    counted = enumerate_all(statement, pack)
    assert (whole.method, counted.method, counted.rows) == ("tables", "diagram", 0)
    assert (counted.permit, counted.refuse) == (whole.permit, whole.refuse)


def test_a_wide_table_is_cut_and_counts_the_same(monkeypatch):
    pack = load_pack("cpa")
    ruled = state(pack, "disclose", ON).as_ruled()
    space = space_for(ruled)
    tables = [table for table in exhaustive._tables(ruled, space) if len(table[1]) <= 14]
    whole = exhaustive._counted(tables, space)
    monkeypatch.setattr(exhaustive, "WIDEST", 7)
    assert exhaustive._counted(tables, space) == whole


def test_an_engine_that_decides_otherwise_is_noticed(monkeypatch):
    pack = load_pack("cpa")
    statement = state(pack, "release_aggregate", ON)

    def hasty(pack, *, action, facts, on):
        from meterkeep.policy.deciding.engine import Decision

        return Decision(outcome="refuse", why="facts", provider=pack.id, pack_digest="", on=on)

    monkeypatch.setattr(exhaustive, "decide", hasty)
    count = enumerate_all(statement, pack)
    assert count.differing > 0
    assert count.uncited == count.tried
    assert not count.sound

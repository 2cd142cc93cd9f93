"""The facts that are missing are exactly those that can change the outcome: against plain enumeration of completions."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from policy.drawing import lists_of_clauses

from meterkeep.policy.deciding.exact import diagram
from meterkeep.policy.deciding.program import compile_program, outcome_of
from meterkeep.policy.language.clauses import Clause, parse_atom

BOOLS = ("order.explicit", "law.requires", "approval.given", "contract.in_force", "use.sale")
VALUES = {
    **dict.fromkeys(BOOLS, (True, False)),
    "message.kind": ("service", "promotion"),
    "data.kind": ("covered", "customer", "aggregate", "deidentified", "site_visitor", "anonymous"),
    "aggregate.customers": (0, 14, 15, 16, 99, 100, 101),
}
programs = lists_of_clauses(BOOLS, most=7).map(
    lambda drawn: compile_program(drawn, number=lambda name: 0, holds=lambda ruling: True)
)
known_facts = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
)


def completions(program, known):
    """Every completion of the facts that the program reads, with its outcome."""
    read = {literal.fact for rule in program.rules for literal in rule.literals}
    unknown = sorted(read - known.keys())
    for values in product(*(VALUES[name] for name in unknown)):
        facts = dict(zip(unknown, values, strict=True))
        yield facts, outcome_of(program, program.values({**known, **facts}))


def essential_by_enumeration(program, known):
    outcomes = {tuple(sorted(facts.items())): outcome for facts, outcome in completions(program, known)}
    found = set()
    for facts, outcome in outcomes.items():
        for name, _ in facts:
            others = ({**dict(facts), name: value} for value in VALUES[name])
            if any(outcomes[tuple(sorted(other.items()))] != outcome for other in others):
                found.add(name)
    return set(outcomes.values()), found


@settings(max_examples=60, deadline=None)
@given(programs, known_facts)
def test_missing_facts_are_those_that_enumeration_finds(program, known):
    outcomes, found = essential_by_enumeration(program, known)
    outcome, missing = diagram(program).essential(known)
    assert missing == found
    assert {outcome} == outcomes if len(outcomes) == 1 else outcome == "unknown"


@settings(max_examples=100, deadline=None)
@given(programs, known_facts)
def test_folding_the_known_kinds_changes_nothing(program, known):
    folded = program.folded(known)
    assert diagram(folded).essential(known) == diagram(program).essential(known)


@settings(max_examples=100, deadline=None)
@given(programs, known_facts)
def test_what_three_values_settle_no_further_fact_unsettles(program, known):
    outcome = outcome_of(program, program.values(known))
    if outcome != "unknown":
        assert diagram(program).essential(known) == (outcome, frozenset())


def test_a_number_is_missing_only_where_a_bound_lies_in_reach():
    clause = Clause(
        id="A/1", kind="forbid", summary="", when=(parse_atom("aggregate.customers below 15", where=""),)
    )
    program = compile_program([clause], number=lambda name: 0, holds=lambda ruling: True)
    assert diagram(program).essential({}) == ("unknown", {"aggregate.customers"})
    assert diagram(program).essential({"aggregate.customers": 14}) == ("refuse", frozenset())
    assert diagram(program).essential({"aggregate.customers": 15}) == ("silent", frozenset())


def test_two_sides_of_a_number_are_all_of_it():
    """There is no count beyond every count, on which neither "at least 15" nor "below 15" would hold."""
    program = compile_program(
        [
            Clause(
                id=f"A/{test}",
                kind="permit",
                summary="",
                when=(parse_atom(f"aggregate.customers {test} 15", where=""),),
            )
            for test in ("at least", "below")
        ],
        number=lambda name: 0,
        holds=lambda ruling: True,
    )
    assert diagram(program).essential({}) == ("permit", frozenset())
    assert diagram(program).essential({"aggregate.customers": 10**40}) == ("permit", frozenset())

"""Random clauses in the grammar of the packs, for tests that compare one way to an outcome with another."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from meterkeep.policy.language.clauses import Clause, parse_atom

OTHERS = (
    "message.kind is service",
    "data.kind is not covered",
    "data.kind is one of covered, customer",
    "aggregate.customers at least 15",
    "aggregate.customers below 15",
    "aggregate.customers at least 100",
)


def lists_of_clauses(facts: Sequence[str], *, most: int) -> st.SearchStrategy[list[Clause]]:
    """facts: the yes/no facts that conditions read, besides the others. Permits and prohibitions of two documents."""
    texts = (*facts, *(f"not {name}" for name in facts), *OTHERS)
    atoms = st.lists(st.sampled_from(texts), max_size=3).map(
        lambda drawn: tuple(parse_atom(text, where="") for text in drawn)
    )
    return st.lists(_clauses(atoms), min_size=1, max_size=most)


@st.composite
def _clauses(draw: st.DrawFn, atoms: st.SearchStrategy[tuple[object, ...]]) -> Clause:
    kind = draw(st.sampled_from(("permit", "permit", "forbid")))
    return Clause(
        id=f"{draw(st.sampled_from('AB'))}/{draw(st.integers(1, 9))}",
        kind=kind,
        summary="synthetic",
        closing=kind == "forbid" and draw(st.booleans()),
        when=draw(atoms),
        unless=draw(atoms),
    )

"""Facts, conditions and requests in the vocabulary's own sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meterkeep.policy.assurance.proving.space import FAR, Axis, Cube, Space, ValueClass
from meterkeep.policy.language.clauses import Atom
from meterkeep.policy.language.vocabulary import Fact, FactValue, fact

DOING = {
    "collect": "collecting information",
    "access": "looking at information",
    "use": "using information",
    "disclose": "a disclosure",
    "release_aggregate": "a release of totals",
    "contact": "a message to a customer",
    "retain": "keeping a record",
    "destroy": "destroying a record",
}
BECOMES = {"permit": "permitted", "refuse": "refused", "undetermined": "not decided by any clause"}


def says(known: Fact, value: FactValue) -> str:
    """The sentence that a fact with this value states."""
    if known.type == "bool":
        return known.says if value is True else f"not so: {known.says}"
    return f"{known.says}: {value}" if known.type == "int" else known.says.format(v=_plain([value]))


def sentences(space: Space, cube: Cube, only: Iterable[str] | None = None) -> list[str]:
    """One sentence for each fact that the cube limits, in the space's order. only: these facts alone."""
    wanted = set(cube) if only is None else set(only) & set(cube)
    return [_sentence(axis, cube[axis.fact.name]) for axis in space.axes if axis.fact.name in wanted]


def atom_says(atom: Atom, *, negated: bool = False) -> str:
    """A clause's condition as a sentence; numbers by the name they have in the clause."""
    known = fact(atom.fact)
    if not isinstance(atom.operand, frozenset):
        side = "at least" if (atom.test == "at least") != negated else "below"
        return f"{known.says}: {side} {atom.operand}"
    met = known.domain - atom.operand if negated else atom.operand
    if known.type == "bool":
        return says(known, True in met)
    return _one_of(known, met, known.domain - met)


def _sentence(axis: Axis, places: frozenset[int]) -> str:
    classes = [axis.classes[place] for place in sorted(places)]
    if axis.fact.type == "int":
        return f"{axis.fact.says}: " + " or ".join(_stretches(classes))
    met = _values(classes)
    if axis.fact.type == "bool":
        return says(axis.fact, True in met)
    return _one_of(axis.fact, met, axis.fact.domain - met)


def _values(classes: list[ValueClass]) -> frozenset[FactValue]:
    return frozenset(value for one in classes for value in one)


def _one_of(known: Fact, met: frozenset[FactValue], others: frozenset[FactValue]) -> str:
    """Whichever is shorter: the values it has, or those it does not have."""
    if len(met) <= len(others) or len(others) > 3:  # more than a reader keeps in mind
        return known.says.format(v=_plain(value for value in known.values if value in met))
    return known.says.format(v="other than " + _plain(value for value in known.values if value in others))


def _plain(values: Iterable[FactValue]) -> str:
    words = [str(value).replace("_", " ") for value in values]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _stretches(classes: list[ValueClass]) -> Iterator[str]:
    """Neighbouring classes of numbers as one stretch."""
    ranges = [one for one in classes if isinstance(one, range)]
    start = ranges[0].start
    for one, following in zip(ranges, [*ranges[1:], None], strict=True):
        if following is None or following.start != one.stop:
            yield _stretch(start, one.stop - 1)
            start = following.start if following else start


def _stretch(first: int, last: int) -> str:
    if first <= -FAR:
        return f"at most {last}"
    if last >= FAR - 1:
        return f"at least {first}"
    return f"{first}" if first == last else f"{first} to {last}"

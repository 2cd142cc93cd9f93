"""From missing facts to a short list: condition → outcome, clauses. Every line of it is a decision that was really made.

Lines that permit are the ways through the documents: a permit for each closing clause in play. Lines that refuse are the
prohibitions still open. The last line is what holds where none of them does.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from meterkeep.policy.deciding.engine import NO_FACTS, Decision, decide
from meterkeep.policy.deciding.program import Program, Rule, Truth, program_for
from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, FactValue, vocabulary
from meterkeep.policy.questions.wording import condition

Conditions = Mapping[str, Container[FactValue]]
OTHERWISE_FREE = "nothing below forbids it"
OTHERWISE = "in every other case"
MOST_WAYS = 400  # combinations of permits that are tried
MOST_SHOWN = 8  # lines of one kind; beyond it nobody reads them


@dataclass(frozen=True)
class Branch:
    """One line of an answer. clauses: ids, in the order in which the decision cites them."""

    condition: str
    outcome: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class _Way:
    conditions: Conditions
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class _Open:
    """A question that is not settled: the pack, the act, the known facts, and the rules that are not ruled out."""

    pack: Pack
    action: str
    on: date
    known: Facts
    program: Program
    values: Sequence[Truth]

    def decide(self, more: Facts) -> Decision:
        return decide(self.pack, action=self.action, facts={**self.known, **more}, on=self.on)

    def live(self) -> Iterator[tuple[int, Rule]]:
        own = ((place, rule) for place, rule in enumerate(self.program.rules))
        return ((place, rule) for place, rule in own if rule.value(self.known) is not False)


def branches(pack: Pack, *, action: str, facts: Facts, on: date) -> list[Branch]:
    """The lines of an undetermined question; [] where no line can be drawn."""
    known = {**pack.provider, **pack.implied.get(action, NO_FACTS), **facts}
    program = program_for(pack, action, on, known)
    if isinstance(program, str):
        return []
    folded = program.folded(known)
    case = _Open(pack, action, on, known, folded, folded.values(known))
    return [*_permitted(case), *_refused(case), *_otherwise(case)]


def _permitted(case: _Open) -> list[Branch]:
    found: list[Branch] = []
    shown: list[Conditions] = []
    for way in sorted(islice(_ways(case), MOST_WAYS), key=lambda one: len(one.conditions)):
        if any(_weaker(other, way.conditions) for other in shown):
            continue
        decision = case.decide(_kept_clear(case, way.conditions))
        clauses = tuple(one for one in _ids(decision) if one in way.clauses)
        if decision.outcome == "permit" and clauses:
            shown.append(way.conditions)
            found.append(Branch(condition(way.conditions.items()) or OTHERWISE_FREE, "permit", clauses))
    return found[:MOST_SHOWN]


def _ways(case: _Open) -> Iterator[_Way]:
    """One permit for each closing clause in play, the same one where it serves several; without any, each permit."""
    live = dict(case.live())
    closing = [rule for rule in live.values() if rule.clause.closing]
    if not closing:
        start = (_joined(_Way({}, ()), rule, case.known) for rule in live.values() if rule.permits)
        yield from (way for way in start if way)
        return
    yield from _through(case, live, closing, (), _Way({}, ()))


def _through(
    case: _Open, live: Mapping[int, Rule], closing: Sequence[Rule], chosen: tuple[int, ...], way: _Way
) -> Iterator[_Way]:
    if not closing:
        yield way
        return
    first, *others = closing
    if any(place in first.exceptions for place in chosen):
        yield from _through(case, live, others, chosen, way)
        return
    for place in first.exceptions:
        if place in live and (more := _joined(way, live[place], case.known)):
            yield from _through(case, live, others, (*chosen, place), more)


def _joined(way: _Way, rule: Rule, known: Facts) -> _Way | None:
    """The way with this permit's conditions too, or None where they cannot all hold."""
    both = dict(way.conditions)
    for literal in rule.literals:
        if literal.fact in known:
            continue
        ok = _common(both[literal.fact], literal.ok) if literal.fact in both else literal.ok
        if ok is None:
            return None
        both[literal.fact] = ok
    return _Way(both, (*way.clauses, rule.clause.id))


def _common(one: Container[FactValue], other: Container[FactValue]) -> Container[FactValue] | None:
    if isinstance(one, range) and isinstance(other, range):
        both = range(max(one.start, other.start), min(one.stop, other.stop))
        return both or None
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other or None
    return None


def _weaker(other: Conditions, way: Conditions) -> bool:
    """Whether the other asks for nothing that this way does not ask for too."""
    return all(name in way and way[name] == ok for name, ok in other.items())


def _kept_clear(case: _Open, way: Conditions) -> Facts:
    """Facts that meet the way's conditions and keep it clear of every prohibition that can be kept away from."""
    prohibitions = [rule for _, rule in case.live() if not rule.permits and not rule.clause.closing]
    return _broken(case, {name: _example(name, ok) for name, ok in way.items()}, prohibitions)


def _unlikely(literal: Literal) -> tuple[bool, bool]:
    """A prohibition is best kept away from by a yes or no of its own, not by another kind of request."""
    return len(vocabulary().facts[literal.fact].values) > 0, literal.fact.startswith("circumstance.")


def _example(name: str, ok: Container[FactValue]) -> FactValue:
    if isinstance(ok, range):
        return Literal(name, ok).bound[1]
    known = vocabulary().facts[name]
    return next(value for value in known.values or (False, True) if value in ok)


def _refused(case: _Open) -> list[Branch]:
    """Each prohibition that may still hold; those of one clause in one line, and clauses that say the same in one."""
    held: dict[str, list[Conditions]] = {}
    for _, rule in case.live():
        if rule.permits or rule.clause.closing:
            continue
        unknown = {one.fact: one.ok for one in rule.literals if one.fact not in case.known}
        decision = case.decide({name: _example(name, ok) for name, ok in unknown.items()})
        if decision.outcome == "refuse" and rule.clause.id in _ids(decision):
            held.setdefault(rule.clause.id, []).append(unknown)
    lines: dict[str, list[str]] = {}
    for clause, several in held.items():
        lines.setdefault(_either(several), []).append(clause)
    return [Branch(text, "refuse", tuple(clauses)) for text, clauses in lines.items()][:MOST_SHOWN]


def _either(several: Sequence[Conditions]) -> str:
    """Joined by `or`, without those that another one covers."""
    kept: list[Conditions] = []
    for one in sorted(several, key=len):
        if not any(_weaker(other, one) for other in kept):
            kept.append(one)
    return ", or ".join(condition(one.items()) for one in kept)


def _otherwise(case: _Open) -> list[Branch]:
    """What the closing clauses say where no permit is met."""
    live = [rule for _, rule in case.live()]
    closing = {rule.clause.id for rule in live if rule.clause.closing}
    facts = _broken(case, {}, sorted((r for r in live if not r.clause.closing), key=lambda r: not r.permits))
    decision = case.decide(facts)
    cited = tuple(one for one in _ids(decision) if one in closing)
    return [Branch(OTHERWISE, "refuse", cited)] if decision.outcome == "refuse" and cited else []


def _broken(case: _Open, facts: Mapping[str, FactValue], rules: Iterable[Rule]) -> Facts:
    """The facts with one more for each rule that they do not rule out yet, where there is one to choose."""
    chosen = dict(facts)
    for rule in rules:
        if rule.value({**case.known, **chosen}) is False:
            continue
        for literal in sorted(rule.literals, key=_unlikely):
            if literal.fact not in case.known and literal.fact not in chosen:
                chosen[literal.fact] = _example(literal.fact, literal.opposite.ok)
                break
    return chosen


def _ids(decision: Decision) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.id for one in decision.clauses))

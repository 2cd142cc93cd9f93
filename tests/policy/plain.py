"""The second interpreter: every condition of every clause looked at in three values, the decision diagram drawn state by state.

Plain and slow, sharing with the product only the compiled rules and the shapes of the answer. What
`meterkeep.policy.decide` does with tables and masks must come out exactly as here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice, product

from meterkeep.policy.deciding.advice import MOST_WAYS, Advice, Unmet
from meterkeep.policy.deciding.answers import CitedClause
from meterkeep.policy.deciding.duties import duties_of
from meterkeep.policy.deciding.engine import Decision
from meterkeep.policy.deciding.program import Program, program_for
from meterkeep.policy.language.clauses import _MANY
from meterkeep.policy.language.vocabulary import REMEDIES, vocabulary

DEAD = -1
NEVER_SUGGESTED = ("data.kind",)
REFUSE, PERMIT, SILENT = ("refuse",), ("permit",), ("silent",)


def plain_decide(pack, *, action, facts, on):
    known = {**pack.provider, **pack.implied.get(action, {}), **facts}
    whole = program_for(pack, action, on, known)
    if isinstance(whole, str):
        return Decision(outcome="undetermined", why=whole, provider=pack.id, pack_digest=pack.digest, on=on)
    program = folded(whole, known)
    values = values_of(program, known)
    outcome, missing = settle(program, values, known)
    cited = cited_rules(program, values, known, outcome, missing)
    return Decision(
        outcome=outcome if outcome in ("permit", "refuse") else "undetermined",
        why="not_applicable" if outcome == "silent" else "facts",
        clauses=citations(cited),
        missing=tuple(name for name in vocabulary().facts if name in missing),
        duties=duties_of(cited, on, jurisdiction=known["provider.jurisdiction"], closures=pack.closures)
        if outcome in ("permit", "refuse")
        else (),
        advice=advise(whole, known) if outcome == "refuse" else (),
        interpretations=interpretations(pack, program, cited),
        provider=pack.id,
        pack_digest=pack.digest,
        on=on,
    )


# --- three values


def value_of(rule, facts):
    result = True
    for literal in rule.literals:
        given = facts.get(literal.fact)
        if given is None:
            result = None
        elif given not in literal.ok:
            return False
    return result


def values_of(program, facts):
    values = [value_of(rule, facts) for rule in program.rules]
    for place, rule in enumerate(program.rules):
        if rule.exceptions and values[place] is not False:
            met = [values[other] for other in rule.exceptions]
            values[place] = False if True in met else None if None in met else values[place]
    return values


def outcome_of(program, values):
    permits = [value for rule, value in zip(program.rules, values, strict=True) if rule.permits]
    refuses = [value for rule, value in zip(program.rules, values, strict=True) if not rule.permits]
    for held, outcome in ((refuses, "refuse"), (permits, "permit")):
        if True in held:
            return outcome
        if None in held:
            return "unknown"
    return "silent"


def folded(program, facts):
    """Without the clauses that the known kinds (of data, recipient …) rule out, and without their conditions on these."""
    known = vocabulary().facts
    kinds = {name: value for name, value in facts.items() if known[name].type == "enum"}
    kept = [place for place, rule in enumerate(program.rules) if value_of(rule, kinds) is not False]
    return Program(
        tuple(
            replace(rule, literals=tuple(one for one in rule.literals if one.fact not in kinds))
            for rule in only(program, kept).rules
        )
    )


def only(program, kept):
    places = {old: new for new, old in enumerate(kept)}
    return Program(
        tuple(
            replace(rule, exceptions=tuple(places[other] for other in rule.exceptions if other in places))
            for rule in (program.rules[place] for place in kept)
        )
    )


def settle(program, values, known):
    outcome = outcome_of(program, values)
    return essential(program, known) if outcome == "unknown" else (outcome, frozenset())


# --- what is cited


def cited_rules(program, values, known, outcome, missing):
    if outcome == "unknown":
        return open_rules(program, values, known, missing)
    side = [place for place, rule in enumerate(program.rules) if rule.permits == (outcome == "permit")]
    true = [program.rules[place] for place in side if values[place]]
    return true or together(program, [place for place in side if values[place] is None], known, outcome)


def together(program, unknown, known, outcome):
    carrying = list(unknown)
    for place in sorted(unknown, key=lambda one: -len(program.rules[one].literals)):
        fewer = [one for one in carrying if one != place]
        rest = [one for one in range(len(program.rules)) if one in fewer or one not in unknown]
        if essential(only(program, rest), known)[0] == outcome:
            carrying = fewer
    return [program.rules[place] for place in carrying]


def open_rules(program, values, known, missing):
    closing = [rule for rule in program.rules if rule.clause.closing and value_of(rule, known) is not False]
    awaited = {place for rule in closing for place in rule.exceptions}
    return [
        rule
        for place, (rule, value) in enumerate(zip(program.rules, values, strict=True))
        if value is None
        and (not rule.permits or not awaited or place in awaited)
        and any(literal.fact in missing for literal in rule.literals)
    ]


def citations(cited):
    unique = {(rule.clause.id, rule.clause.kind): rule.clause for rule in cited}
    return tuple(CitedClause(clause.id, clause.kind, clause.full_summary) for clause in unique.values())


def interpretations(pack, program, cited):
    names = {name: None for rule in cited for name in rule.clause.interpretations}
    permitted = {rule.clause.id for rule in cited if rule.permits}
    for rule in program.rules:
        names |= {name: None for to, name in rule.rests_on if to in permitted}
    return tuple(pack.interpretations[name] for name in names)


# --- the decision diagram: a state is, for each rule, the set of its conditions still open


def essential(program, facts):
    diagram = diagram_of(program)
    root = diagram.draw(diagram.start(facts))
    return (root[0], frozenset()) if len(root) == 1 else ("unknown", support(root))


@lru_cache(maxsize=64)
def diagram_of(program):
    return Diagram(program)


class Diagram:
    def __init__(self, program):
        self.rules = program.rules
        self.literals = [literal for rule in program.rules for literal in rule.literals]
        self.nodes, self.drawn = {}, {}
        kinds = vocabulary().facts  # those of many values first: they rule out most clauses at once
        self.facts = sorted(
            {literal.fact: 0 for literal in self.literals}, key=lambda one: -len(kinds[one].values)
        )
        self.branches = {fact: list(self.classes(fact)) for fact in self.facts}

    def start(self, facts):
        state, bit = [], 0
        for rule in self.rules:
            own = range(bit, bit + len(rule.literals))
            bit += len(rule.literals)
            if any(
                facts.get(self.literals[one].fact) not in self.literals[one].ok
                for one in own
                if self.literals[one].fact in facts
            ):
                state.append(DEAD)
            else:
                state.append(sum(1 << one for one in own if self.literals[one].fact not in facts))
        return tuple(state)

    def draw(self, state):
        state = self.settled(state)
        if state not in self.drawn:
            self.drawn[state] = self.end(state) or self.split(state)
        return self.drawn[state]

    def settled(self, state):
        """Without what can no longer matter: closing clauses with an exception met, permits that open nothing."""
        state = [
            DEAD if any(state[other] == 0 for other in rule.exceptions) else own
            for own, rule in zip(state, self.rules, strict=True)
        ]
        if any(own == 0 and rule.permits for own, rule in zip(state, self.rules, strict=True)):
            needed = {
                other
                for own, rule in zip(state, self.rules, strict=True)
                if own != DEAD
                for other in rule.exceptions
            }
            state = [
                DEAD if rule.permits and own > 0 and place not in needed else own
                for place, (own, rule) in enumerate(zip(state, self.rules, strict=True))
            ]
        return tuple(state)

    def end(self, state):
        live = [(own, rule) for own, rule in zip(state, self.rules, strict=True) if own != DEAD]
        for own, rule in live:
            if own == 0 and not rule.permits and all(state[other] == DEAD for other in rule.exceptions):
                return REFUSE
        if any(not rule.permits for _, rule in live):
            return None
        if any(own == 0 for own, _ in live):
            return PERMIT
        return None if live else SILENT

    def split(self, state):
        still = {
            self.literals[bit].fact
            for own in state
            if own > 0
            for bit in range(own.bit_length())
            if own >> bit & 1
        }
        fact = next(fact for fact in self.facts if fact in still)
        children = tuple(self.draw(taken(state, meets, breaks)) for meets, breaks in self.branches[fact])
        if all(child is children[0] for child in children):
            return children[0]
        return self.nodes.setdefault((fact, *map(id, children)), (fact, *children))

    def classes(self, fact):
        own = [(1 << bit, literal) for bit, literal in enumerate(self.literals) if literal.fact == fact]
        seen = {}
        for value in samples(fact, [literal for _, literal in own]):
            meets = sum(bit for bit, literal in own if value in literal.ok)
            seen[meets] = sum(bit for bit, literal in own) & ~meets
        return seen.items()


def samples(fact, literals):
    """Values that stand for all: the whole domain, or both sides of every bound that a clause draws."""
    domain = vocabulary().facts[fact].domain
    if domain:
        return sorted(domain, key=str)
    edges = {
        edge for literal in literals for edge in (literal.ok.start, literal.ok.stop) if abs(edge) < _MANY
    }
    return sorted({edge + step for edge in edges for step in (-1, 0)})


def taken(state, meets, breaks):
    return tuple(DEAD if own == DEAD or own & breaks else own & ~meets for own in state)


def support(root):
    found, waiting, seen = set(), [root], {id(root)}
    while waiting:
        fact, *children = waiting.pop()
        if children:
            found.add(fact)
            fresh = {id(child): child for child in children if id(child) not in seen}
            seen |= fresh.keys()
            waiting.extend(fresh.values())
    return frozenset(found)


# --- advice


def advise(program, facts):
    values = values_of(program, facts)
    against = [rule for rule, value in zip(program.rules, values, strict=True) if value and not rule.permits]
    if any(rule.clause.never for rule in against):
        return ()
    kept = []
    for route in sorted(routes(program, against, facts), key=dearness):
        if not any({one.fact for one in other.unmet} <= {one.fact for one in route.unmet} for other in kept):
            kept.append(route)
    return tuple(kept)


def routes(program, against, facts):
    forbidding = [rule for rule in against if not rule.clause.closing]
    ways = list(islice(product(*(cures(rule) for rule in forbidding)), MOST_WAYS))
    awaited = {place for rule in against for place in rule.exceptions}
    for rule in [program.rules[place] for place in sorted(awaited)] or forbidding[:1]:
        own = to_meet(rule, facts) if rule.permits else []
        for way in ways if own is not None else ():
            needed = {literal.fact: literal for literal in [*own, *way]}
            if needed and ends_refusal(program, facts, needed.values()):
                yield Advice(rule.clause.id, tuple(map(unmet, needed.values())))


def dearness(route):
    return sum(REMEDIES.index(one.remedy) + 1 for one in route.unmet), len(route.unmet), route.clause


def to_meet(rule, facts):
    failing = [one for one in rule.literals if one.fact in facts and facts[one.fact] not in one.ok]
    return failing if all(changeable(one.fact) for one in failing) else None


def cures(rule):
    return [literal.opposite for literal in rule.literals if changeable(literal.fact)]


def changeable(name):
    return name not in NEVER_SUGGESTED and vocabulary().facts[name].remedy in REMEDIES


def ends_refusal(program, facts, met):
    changed = {**facts, **{literal.fact: example(literal) for literal in met}}
    return essential(program, changed)[0] in ("permit", "unknown")


def example(literal):
    if isinstance(literal.ok, range):
        return literal.bound[1]
    known = vocabulary().facts[literal.fact]
    return next(value for value in known.values or (True, False) if value in literal.ok)


def unmet(literal):
    known = vocabulary().facts[literal.fact]
    if isinstance(literal.ok, range):
        says = f"{known.says}: {literal.bound[0]} {literal.bound[1]}"
    elif known.type == "bool":
        says = known.says if example(literal) else f"not so: {known.says}"
    else:
        says = known.says.format(v=example(literal))
    return Unmet(known.name, says, known.remedy)

"""A question as the decisions it asks for: one for each combination of what its words leave open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from meterkeep.policy.deciding.engine import Decision, decide
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, FactValue, vocabulary
from meterkeep.policy.questions.branches import Branch, branches
from meterkeep.policy.questions.glossary import Choices
from meterkeep.policy.questions.reading import ENOUGH, Reading
from meterkeep.policy.questions.wording import condition, said

MOST_CASES = 16
VAGUE = 4  # words beside the act, such as `may we … data`
ANY_CUSTOMER_DATA: tuple[FactValue, ...] = ("covered", "customer")
INSIDE = ("staff", "customer")
SUBJECTS = (
    "data.",
    "recipient.kind",
    "purpose.",
    "use.",
    "message.",
    "channel",
    "customer.",
    "aggregate.",
    "record.",
)


@dataclass(frozen=True)
class Case:
    """told: what the question says. open: what only this case assumes. further: shown, but not part of the outcome."""

    action: str
    facts: Facts
    told: Facts
    open: Facts
    further: bool = False


@dataclass(frozen=True)
class Decided:
    """Of all cases together: outcome, lines, facts missing. silent: whether no document speaks of any case."""

    outcome: str
    branches: tuple[Branch, ...]
    missing: tuple[str, ...]
    why: str


def decidable(reading: Reading, *, mentions_data: bool, plain_leave: bool = False) -> bool:
    """Whether the words name an act and something that it is done with; `may we share data` names no more than that."""
    if plain_leave and mentions_data and reading.actions and not reading.facts:
        return len(reading.left.split()) <= VAGUE
    told = {name for name in reading.facts if name.startswith(SUBJECTS)}
    if "contact" in reading.actions:
        return bool(told)
    return bool(reading.actions and told and ("data.kind" in told or mentions_data or told & {"use.sale"}))


def decide_reading(reading: Reading, pack: Pack, *, provider: Facts, on: date) -> Decided:
    """Decides every case and puts the answers together: one outcome where all agree, else undetermined."""
    cases = list(_cases(_fitted(reading), pack, provider))
    decisions = [(case, decide(pack, action=case.action, facts=case.facts, on=on)) for case in cases]
    spoken = [(case, one) for case, one in decisions if one.why == "facts"]
    if not spoken:
        return Decided("undetermined", (), (), decisions[0][1].why)
    outcomes = {decision.outcome for case, decision in spoken if not case.further}
    if not outcomes:
        return Decided("undetermined", (), (), "not_applicable")
    lines = [line for case, decision in spoken for line in _lines(case, decision, pack, on, len(spoken) > 1)]
    missing = {name for case, decision in spoken if not case.further for name in decision.missing}
    if len(outcomes) > 1:
        missing |= {name for case, _ in spoken if not case.further for name in case.open}
    return Decided(
        outcomes.pop() if len(outcomes) == 1 else "undetermined",
        tuple(_merged(lines)),
        tuple(name for name in vocabulary().facts if name in missing),
        "facts",
    )


def _fitted(reading: Reading) -> Reading:
    """The reading as the vocabulary has it: totals are released, outsiders are disclosed to, colleagues have access."""
    facts = dict(reading.facts)
    if "customer.under_13" in facts and set(facts.get("data.kind", ANY_CUSTOMER_DATA)) == set(
        ANY_CUSTOMER_DATA
    ):
        facts["data.kind"] = ("customer",)
    if "data.kind" not in facts and not any(name.startswith("message.") for name in facts):
        facts["data.kind"] = ANY_CUSTOMER_DATA
    if facts.get("data.kind") == ("covered",):
        facts.setdefault("data.credit_or_usage", (True,))
    recipients = facts.get("recipient.kind", ())
    if not recipients and "website" in facts.get("channel", ()):
        recipients = facts["recipient.kind"] = ("public",)
    actions = tuple(
        dict.fromkeys(_act(one, facts.get("data.kind", ()), recipients) for one in reading.actions)
    )
    return replace(reading, actions=actions, facts=facts)


def _act(action: str, kinds: Sequence[FactValue], recipients: Sequence[FactValue]) -> str:
    outside = bool(recipients) and not all(one in INSIDE for one in recipients)
    if action == "access" and ("customer" in recipients or outside):
        action = "disclose"
    if action == "use" and outside and "staff" not in recipients:
        action = "disclose"
    if action == "disclose" and recipients == ("staff",):
        return "access"
    return "release_aggregate" if action == "disclose" and tuple(kinds) == ("aggregate",) else action


def _cases(reading: Reading, pack: Pack, provider: Facts) -> Iterator[Case]:
    choices = _few(reading.facts)
    open_names = [name for name, values in choices.items() if len(values) > 1]
    for action in reading.actions:
        for values in product(*choices.values()):
            facts = dict(zip(choices, values, strict=True))
            assumed = {name: facts[name] for name in open_names}
            yield Case(action, {**_purpose_states(pack, facts), **provider, **facts}, facts, assumed)
    if reading.actions == ("use",) and choices.get("data.kind") == ANY_CUSTOMER_DATA:
        facts = {name: values[0] for name, values in choices.items() if len(values) == 1}
        yield from (
            _of_totals(pack, action, {**facts, **provider}) for action in ("use", "release_aggregate")
        )


def _of_totals(pack: Pack, action: str, facts: Facts) -> Case:
    """Whoever asks what customer data may be used for wants to know of totals, too: used, and given out."""
    kind: Facts = {"data.kind": "aggregate"}
    return Case(action, {**_purpose_states(pack, facts), **facts, **kind}, {}, kind, further=True)


def _few(choices: Choices) -> Choices:
    """Facts that would make too many cases are left unknown."""
    kept = dict(choices)
    while _size(kept) > MOST_CASES:
        widest = max(kept, key=lambda name: (name != "data.kind", len(kept[name])))
        del kept[widest]
    return kept


def _size(choices: Choices) -> int:
    size = 1
    for values in choices.values():
        size *= len(values)
    return size


def _purpose_states(pack: Pack, facts: Mapping[str, FactValue]) -> Facts:
    """What the register says of the purpose; one that is not registered is as the register says of others."""
    name = facts.get("purpose.name")
    if not isinstance(name, str):
        return {}
    registered = pack.purposes.get(name) or pack.purposes.get("other")
    return {**registered.states, "purpose.name": name} if registered else {}


def _lines(
    case: Case, decision: Decision, pack: Pack, on: date, several: bool
) -> Iterator[tuple[Case, Branch]]:
    if decision.outcome == "undetermined":
        drawn = branches(pack, action=case.action, facts=case.facts, on=on)
        yield from ((case, line) for line in drawn)
        return
    ids = tuple(dict.fromkeys(one.id for one in decision.clauses))
    as_asked = (
        "" if several else "; ".join(said(name, case.told[name]) for name in case.told if _telling(name))
    )
    yield case, Branch(as_asked, decision.outcome, ids)


def _telling(name: str) -> bool:
    return name not in ("aggregate.largest_share_ppm_up", "customer.consent")


def _merged(lines: Sequence[tuple[Case, Branch]]) -> Iterator[Branch]:
    """Lines that say the same of several cases are one line, which names these cases unless they are all there are."""
    groups: dict[Branch, list[Case]] = {}
    for case, line in lines:
        groups.setdefault(line, []).append(case)
    every = {_key(case) for case, _ in lines}
    for line, cases in groups.items():
        label = "" if {_key(case) for case in cases} == every else _label(cases)
        joined = "; ".join(part for part in (label, line.condition) if part)
        yield replace(line, condition=joined or "as the question has it")


def _key(case: Case) -> tuple[str, tuple[tuple[str, FactValue], ...]]:
    return case.action, tuple(case.open.items())


def _label(cases: Sequence[Case]) -> str:
    """What these cases assume, in words."""
    names = dict.fromkeys(name for case in cases for name in case.open)
    assumed = {name: frozenset(case.open[name] for case in cases if name in case.open) for name in names}
    acts = dict.fromkeys(vocabulary().actions[case.action] for case in cases if case.further)
    finite = condition((name, ok) for name, ok in assumed.items() if vocabulary().facts[name].type != "int")
    counts = [
        "or a much larger number" if n == ENOUGH else said(name, n)
        for name, ok in assumed.items()
        if vocabulary().facts[name].type == "int" and _telling(name)
        for n in sorted(ok)
    ]
    return "; ".join(part for part in (*acts, finite, *counts) if part)

"""Conditions in the facts' own sentences: `the contract is in force on the date`, and how each of them is denied."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from meterkeep.policy.language.clauses import Literal
from meterkeep.policy.language.vocabulary import Fact, FactValue, vocabulary

_AUXILIARY = re.compile(r"\b(is|are|was|were|has been|has|have|had|would|could|can|may)\b")
_VERBS = {
    "gave": "did not give",
    "names": "does not name",
    "covers": "does not cover",
    "makes": "does not make",
    "requires": "does not require",
    "limits": "does not limit",
    "passes": "does not pass",
    "acts": "does not act",
    "attests": "does not attest",
    "consented": "did not consent",
    "expressed": "did not express",
    "signed": "did not sign",
    "chose": "did not choose",
    "opted": "did not opt",
    "accepted": "did not accept",
    "depends": "does not depend",
    "contests": "does not contest",
    "forbids": "does not forbid",
    "reveals": "does not reveal",
    "authorises": "does not authorise",
    "ordered": "did not order",
    "recorded": "did not record",
    "used": "did not use",
    "meets": "does not meet",
}
_VERB = re.compile(r"\b(" + "|".join(_VERBS) + r")\b")
_WHOLE = re.compile(r"^(every|all|only)\b")
_ANY = re.compile(r"^(a|an) (law|order|requirement|warrant)")
_OF_THE_AUTHORIZATION = (
    (re.compile(r"^it\b"), "the authorization"),
    (re.compile(r"\bits period\b"), "the authorization's period"),
)
_ODD = {
    "necessity.stated": "the reason it is necessary is not on record",
    "person.need_to_know": "the person has no authorised need to know",
    "access.detail_parity": "the detail is less than third parties receive",
    "circumstance.imminent_threat": "there is no imminent threat to life or property",
    "order.explicit": "the Commission did not explicitly order this disclosure",
    "order.names_customers": "no warrant or court order names the customers with specificity",
    "order.notice_forbidden": "no law or order forbids telling the customer",
    "law.requires": "no law, regulation or court order requires it",
    "record.law_requires_keeping": "no law requires it to be kept",
    "record.hold": "no legal hold covers it",
    "aggregate.traceable": "no figure, alone or with everything released before, can be traced to a customer",
    "authorization.incentive": "no incentive was offered without prior consent",
    "contract.in_force": "no contract is in force on the date",
    "data.contact_only": "more than names and contact information is asked for",
}
_KINDS = {
    "covered": "covered (usage tied to a customer)",
    "customer": "customer (confidential, but not usage)",
    "site_visitor": "site visitors'",
    "deidentified": "de-identified",
}
_TOTAL = re.compile(r" ?\(parts per million.*\)")
_PERCENT = 10_000  # parts per million


def said(name: str, value: FactValue) -> str:
    """One fact as a sentence: `it would travel by email`."""
    known = vocabulary().facts[name]
    if known.type == "bool":
        return _sentence(known) if value else _ODD.get(name) or denied(_sentence(known))
    if known.type == "int":
        return f"{_TOTAL.sub('', known.says)}: {_amount(known, int(value))}"
    return known.says.format(v=_value(name, str(value)))


def wondered(name: str) -> str:
    """A fact whose value is not known, as it would be said: `the purpose is …`."""
    known = vocabulary().facts[name]
    return _TOTAL.sub("", _sentence(known)).replace("{v}", "…")


def condition(literals: Iterable[tuple[str, Container[FactValue]]]) -> str:
    """Conditions joined by `and`, as short as they can be said."""
    return "; ".join(_literal(name, ok) for name, ok in literals)


def denied(sentence: str) -> str:
    """The sentence that says it is not so."""
    if _WHOLE.match(sentence):
        return f"not {sentence}"
    first, verb = _AUXILIARY.search(sentence), _VERB.search(sentence)
    if verb and not (first and first.start() < verb.start()):
        return sentence[: verb.start()] + _VERBS[verb[0]] + sentence[verb.end() :]
    if first is None:
        return f"it is not so that {sentence}"
    return f"{sentence[: first.start()]}{_negated(first[0])}{sentence[first.end() :]}"


def _negated(auxiliary: str) -> str:
    return "has not been" if auxiliary == "has been" else f"{auxiliary} not"


def _sentence(known: Fact) -> str:
    sentence = known.says
    if known.name.startswith("authorization."):
        for pattern, by in _OF_THE_AUTHORIZATION:
            sentence = pattern.sub(by, sentence)
    return sentence


def _literal(name: str, ok: Container[FactValue]) -> str:
    known = vocabulary().facts[name]
    if isinstance(ok, range):
        bound, value = Literal(name, ok).bound
        return f"{_TOTAL.sub('', known.says)}: {bound} {_amount(known, value)}"
    if known.type == "bool":
        return said(name, True in ok)
    values = [value for value in known.values if value in ok]
    others = [value for value in known.values if value not in ok]
    if len(values) > len(others):
        return denied(known.says.format(v=_list(name, others))) if others else "whatever it is"
    return known.says.format(v=_list(name, values))


def _amount(known: Fact, value: int) -> str:
    if "_ppm" not in known.name:
        return str(value)
    whole, part = divmod(value, _PERCENT)
    return f"{whole}.{f'{part:04d}'.rstrip('0')} %" if part else f"{whole} %"


def _value(name: str, value: str) -> str:
    if name == "data.kind":
        return _KINDS.get(value, value)
    return value.replace("_", " ")


def _list(name: str, values: Sequence[str]) -> str:
    shown = [_value(name, value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"

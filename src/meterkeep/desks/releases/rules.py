"""The rule that the adopted documents set for groups; a specification may ask for a stricter one, never for a laxer."""

from __future__ import annotations

from datetime import date

from meterkeep.aggregates import Rule
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput, Undetermined
from meterkeep.policy import Pack

MINIMUM, SHARE = "aggregate.minimum_customers", "aggregate.share_ppm"
READING = "11.2"  # the interpretation: less than, or not more than


def rule_of(spec: Spec, pack: Pack | None, *, on: date) -> Rule:
    """Raises Undetermined where neither the documents nor the specification set any numbers."""
    adopted = _adopted(pack, on=on)
    asked = (
        Rule.parse(spec.rule, cite=adopted.cite if adopted else "the specification") if spec.rule else None
    )
    if adopted and asked and _laxer(asked, adopted):
        raise BadInput(
            f"{asked} is laxer than {adopted}, which {adopted.cite} asks for.",
            where="rule",
            next="Leave the rule out.",
        )
    if not (rule := asked or adopted):
        raise Undetermined(
            "The adopted documents set no numbers for aggregates.",
            next='Give the specification a rule = "15/15".',
        )
    return rule


def _adopted(pack: Pack | None, *, on: date) -> Rule | None:
    """Below the share, or not above it, as interpretation 11.2 is ruled; below, the stricter, where a pack does not ask."""
    if pack is None or not {MINIMUM, SHARE} <= set(pack.parameters):
        return None
    minimum, share = pack.figure(MINIMUM, on), pack.figure(SHARE, on)
    strict = READING not in pack.interpretations or pack.holds(f"{READING} is strict")
    return Rule(minimum.value, share.value, strict=strict, cite=minimum.cite)


def _laxer(asked: Rule, adopted: Rule) -> bool:
    if asked.minimum_customers < adopted.minimum_customers or asked.share_ppm > adopted.share_ppm:
        return True
    return asked.share_ppm == adopted.share_ppm and adopted.strict and not asked.strict

"""What may be done, and why: clause packs, facts, decide, explain. Pure: reads its packs, nothing else."""

from importlib import import_module
from types import ModuleType

from meterkeep.policy.deciding.advice import Advice, Unmet
from meterkeep.policy.deciding.answers import CitedClause
from meterkeep.policy.deciding.duties import Duty
from meterkeep.policy.deciding.engine import Decision, check_request, decide
from meterkeep.policy.deciding.inputs import DecideItem, parse_decide_input
from meterkeep.policy.language.loading import elsewhere, load_pack, pack_ids
from meterkeep.policy.language.pack import Document, Element, Figure, Interpretation, Pack, Parameter, Purpose

__all__ = [
    "Advice",
    "CitedClause",
    "DecideItem",
    "Decision",
    "Document",
    "Duty",
    "Element",
    "Figure",
    "Interpretation",
    "Pack",
    "Parameter",
    "Purpose",
    "Unmet",
    "bulk",
    "check_request",
    "decide",
    "elsewhere",
    "load_pack",
    "pack_ids",
    "parse_decide_input",
]


def __getattr__(name: str) -> ModuleType:
    """`bulk` is loaded when it is asked for: it stands on Arrow and NumPy, which a single decision does not need."""
    if name != "bulk":
        raise AttributeError(name)
    return import_module(f"{__name__}.deciding.bulk")

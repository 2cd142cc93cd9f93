"""JSON that people hand in: read strictly, because a decision or an amount rests on it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, TextIO

from meterkeep.errors import BadInput
from meterkeep.policy.language.vocabulary import shortened


def read_json(source: TextIO, *, next: str, number: Callable[[str], Any] = float) -> Any:
    """number: what a number with a point or an exponent becomes. Raises BadInput, with `next`, where it is no JSON."""
    try:
        return json.loads(
            source.read(), object_pairs_hook=_members, parse_float=number, parse_constant=_no_number
        )
    except RecursionError:
        problem = "it is nested too deep"
    except ValueError as error:
        problem = str(error)
    raise BadInput(f"The input is not JSON: {problem}.", where=source.name, next=next)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON leaves open which of two values counts, so a decision must not rest on either."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"{shortened(twice)!r} stands twice in one object")
    return members


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")

"""JSON that can be read in one way only: no member twice, no NaN, no number that a double would round."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from meterkeep.errors import BadInput

MOST_BYTES = 1 << 20
MOST_ITEMS = 1_000
_MOST_DIGITS = 15  # every whole number of so many digits is exact in a double


class TooLarge(BadInput):
    """More than is taken at once."""

    code = "too_large"


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        """Raises BadInput where the body is not one JSON object, TooLarge where it is longer than is read."""
        if request.content_type != "application/json":
            raise BadInput("The body is not declared as JSON.", next="Send Content-Type: application/json.")
        if len(request.body) > MOST_BYTES:
            raise too_large()
        given = read_json(request.body)
        if not isinstance(given, dict):
            raise BadInput("The body is not a JSON object.", next="Send one object, as docs/api.md shows.")
        return given


def too_large() -> TooLarge:
    return TooLarge(f"The body has more than {MOST_BYTES:,} bytes.", next="Ask in several requests.")


def read_json(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_number, parse_int=_exact
        )
    except RecursionError:
        problem = "it is nested too deep"
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
    except json.JSONDecodeError as error:
        problem = f"{error.msg}, line {error.lineno} column {error.colno}"
    raise BadInput(f"The body is not JSON: {problem}.", next="Send one JSON object.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise BadInput(f"{shown(twice)} stands twice in one object.", next="Say it once.")
    return members


def _no_number(text: str) -> Any:
    raise BadInput(f"{text} is no number of JSON.")


def _exact(text: str) -> int:
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise BadInput(f"A whole number has more than {_MOST_DIGITS} digits, which not every program keeps.")
    return int(text)


def shown(name: str) -> str:
    """A member's name as it may stand in an answer: short, and on one line."""
    return repr(name if len(name) <= 60 else f"{name[:60]}…")

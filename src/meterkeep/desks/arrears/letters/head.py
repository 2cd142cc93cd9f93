"""The letterhead of a home: who writes, and the ways to pay, from a file that the provider keeps."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meterkeep.desks.arrears.letters.letter import LANGUAGES, Letterhead, Office
from meterkeep.errors import BadInput

NAME = "letterhead.toml"
_LONGEST, _LINES = 200, 8


def read_letterhead(path: Path) -> Letterhead:
    """Raises BadInput where it is not there, or lacks what a letter has to say."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(
            "The home has no letterhead.", where=NAME, next="Write one: docs/arrears.md, “Letters”, shows it."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"It is no TOML: {error}.", where=NAME) from None
    _check_names(given, ("utility", "office", "ways", "agencies"), "")
    ways, agencies = _table(given, "ways"), _table(given, "agencies", needed=False)
    _check_names(ways, LANGUAGES, "ways.")
    return Letterhead(
        office=_office(_table(given, "office"), "office"),
        utility=_text(given, "utility", ""),
        ways={language: _lines(ways, language, "ways.") for language in LANGUAGES},
        agencies={id: _office(_table(agencies, id), f"agencies.{id}") for id in agencies},
    )


def _office(given: Mapping[str, Any], where: str) -> Office:
    _check_names(given, ("name", "address", "phone", "website"), f"{where}.")
    return Office(
        name=_text(given, "name", f"{where}."),
        address=_lines(given, "address", f"{where}."),
        phone=_text(given, "phone", f"{where}."),
        website=_text(given, "website", f"{where}.") if "website" in given else "",
    )


def _table(given: Mapping[str, Any], name: str, *, needed: bool = True) -> Mapping[str, Any]:
    found = given.get(name, None if needed else {})
    if not isinstance(found, dict):
        raise _lacking(name, f"a table [{name}]")
    return found


def _text(given: Mapping[str, Any], name: str, before: str) -> str:
    found = given.get(name)
    if not isinstance(found, str) or not 0 < len(found.strip()) <= _LONGEST:
        raise _lacking(before + name, f"a text of at most {_LONGEST} signs")
    return " ".join(found.split())


def _lines(given: Mapping[str, Any], name: str, before: str) -> tuple[str, ...]:
    found = given.get(name)
    if not isinstance(found, list) or not 0 < len(found) <= _LINES:
        raise _lacking(before + name, f"a list of one to {_LINES} texts")
    return tuple(_text({name: one}, name, before) for one in found)


def _check_names(given: Mapping[str, Any], known: tuple[str, ...], before: str) -> None:
    if strange := sorted(set(given) - set(known)):
        raise BadInput(
            f"{before}{strange[0]} is nothing that a letterhead has.",
            where=NAME,
            next=f"It has {', '.join(known)}.",
        )


def _lacking(name: str, what: str) -> BadInput:
    return BadInput(f"The letterhead needs {name}: {what}.", where=NAME, next="Add it.")

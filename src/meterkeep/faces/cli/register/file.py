"""What a register file may say. Whoever changes this changes docs/registers.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from meterkeep.errors import BadInput

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")]
"""Of small letters, digits and dashes: it stands in every entry of the log, so it is a role's name and nobody's own."""
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A name that is not known is an error: a misspelt term would be taken for one that nobody has looked up."""


class Training(_Part):
    """valid_until: the first day on which it no longer counts."""

    module: Text
    on: date
    valid_until: date


class Person(_Part):
    """start: since when, by default the day of the recording. end: the first day on which the person no longer belongs
    to the workforce. acknowledged: document → the day of the signature."""

    id: Id
    display: Text
    role: Short
    start: date | None = None
    end: date | None = None
    purposes: tuple[str, ...] = ()
    training: tuple[Training, ...] = ()
    acknowledged: dict[str, date] = {}
    sign_in: bool = False


class Contract(_Part):
    """A term that nobody has looked up is left out: unknown is not no."""

    number: Short
    purposes: tuple[str, ...]
    start: date
    end: date | None = None
    on_behalf: bool | None = None
    program_use_only: bool | None = None
    no_less_protective: bool | None = None
    breach_term: bool | None = None
    flow_down: bool | None = None


class Party(_Part):
    id: Id
    name: Text
    kind: str
    identity_verified: bool | None = None
    training_attested: bool | None = None
    contract: tuple[Contract, ...] = ()


class Source(_Part):
    """Who sends meter files. id: the sub-folder of the watched folder. every_days: the rhythm that was agreed on."""

    id: Id
    name: Text
    every_days: int | None = None


class RegisterFile(_Part):
    person: tuple[Person, ...] = ()
    party: tuple[Party, ...] = ()
    source: tuple[Source, ...] = ()


def read(path: Path) -> RegisterFile:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=RegisterFile)
    except FileNotFoundError:
        raise BadInput("There is no such file.", where=path.name, next="Check the path.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"This is no register file: {problem}.",
            where=path.name,
            next="docs/registers.md has an example, and every name that it may hold.",
        ) from problem

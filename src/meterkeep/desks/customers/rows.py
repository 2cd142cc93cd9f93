"""The customers file, line by line: what a good line says, and in a sentence why a bad one says nothing. No value is quoted."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput

USAGE_POINT = ("usage_point_source_id", "meter_number", "service_account", "account_number")
"""What names a usage point, the most persistent first. An account may hold several, so its number names one only at need."""
IDENTITY = (
    "name", "account_number", "service_account", "usage_point_source_id", "meter_number", "phone", "email",
    "service_address", "billing_address", "ssn",
)  # fmt: skip
ATTRIBUTES = ("zip", "city", "census_tract", "customer_class", "rate_class")
COLUMNS = ("customer_id", *IDENTITY, *ATTRIBUTES, "solar", "start", "end")

Cells = Mapping[str, str]
_YES_NO = {
    "": None,
    "yes": True,
    "true": True,
    "1": True,
    "y": True,
    "no": False,
    "false": False,
    "0": False,
    "n": False,
}
_ZIP = re.compile(r"(\d{5})(-?\d{4})?")
_TRACT = re.compile(r"\d{11}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """reference: the provider's own customer id. identity goes to the vault and nowhere else."""

    line: int
    reference: str
    identity: Cells
    attributes: Mapping[str, str | bool | None]
    start: date | None
    end: date | None

    @property
    def usage_point(self) -> str:
        """The best identifier that the line has, and no other: two homes may share a lesser one. "" where it has none."""
        return next((self.identity[name] for name in USAGE_POINT if name in self.identity), "")

    @property
    def meter(self) -> str:
        """The meter at a usage point that is known by something better."""
        return self.identity.get("meter_number", "") if "usage_point_source_id" in self.identity else ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Of a file: those that it may have, and those that it must."""

    all: tuple[str, ...]
    needed: tuple[str, ...]


CUSTOMERS = Columns(COLUMNS, ("customer_id",))


def read_lines(path: Path, columns: Columns = CUSTOMERS) -> Iterator[tuple[int, Cells]]:
    """(line, cells) of a CSV file, or (number, members) of a JSON list. Raises BadInput where the file as a whole is no such file."""
    try:
        yield from _read_json(path, columns) if path.suffix.lower() == ".json" else _read_csv(path, columns)
    except FileNotFoundError:
        raise BadInput("There is no such file.", where=path.name, next="Check the path.") from None
    except (UnicodeDecodeError, csv.Error, json.JSONDecodeError, RecursionError) as problem:
        raise BadInput(
            "This is neither CSV nor JSON in UTF-8.",
            where=path.name,
            next="Save it as CSV UTF-8 and try again.",
        ) from problem


def row_of(line: int, cells: Cells) -> Row:
    """Raises ValueError with the reason where the line breaks a rule."""
    if None in cells:
        raise ValueError("the line has more cells than the first line has names")
    values = {name: (value or "").strip() for name, value in cells.items()}
    if not all(map(_is_text, values.values())):
        raise ValueError("a cell holds what is no text in any language")
    if not re.search(r"\w", values.get("customer_id", "")):
        raise ValueError("customer_id is empty")
    start, end = _date("start", values), _date("end", values)
    if start and end and end <= start:
        raise ValueError("end is not after start; it is the first day that is no longer the customer's")
    return Row(
        line=line,
        reference=values["customer_id"],
        identity={name: values[name] for name in IDENTITY if values.get(name)},
        attributes=_attributes(values),
        start=start,
        end=end,
    )


def _attributes(values: Cells) -> dict[str, str | bool | None]:
    for name in ("city", "customer_class", "rate_class"):
        if len(values.get(name, "")) > 40:
            raise ValueError(f"{name} is longer than 40 characters")
    solar = values.get("solar", "").lower()
    if solar not in _YES_NO:
        raise ValueError("solar is neither yes nor no")
    return {
        "zip": _zip(values.get("zip", "")),
        "city": values.get("city", ""),
        "census_tract": _tract(values.get("census_tract", "")),
        "customer_class": values.get("customer_class", "").lower(),
        "rate_class": values.get("rate_class", ""),
        "solar": _YES_NO[solar],
    }


def _zip(value: str) -> str:
    """Five digits: the other four would point at a block of houses."""
    match = _ZIP.fullmatch(value)
    if value and not match:
        raise ValueError("zip is not five digits")
    return match.group(1) if match else ""


def _tract(value: str) -> str:
    """The Census Bureau's eleven digits: state, county, tract. More of them would name a block, which is a few houses."""
    if value and not _TRACT.fullmatch(value):
        raise ValueError("census_tract is not the eleven digits of state, county and tract")
    return value


def _is_text(value: str) -> bool:
    """JSON can write halves of characters, which no file can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _date(name: str, values: Cells) -> date | None:
    try:
        return date.fromisoformat(values[name]) if values.get(name) else None
    except ValueError:
        raise ValueError(f"{name} is no date; write it as YYYY-MM-DD") from None


def _read_csv(path: Path, columns: Columns) -> Iterator[tuple[int, Cells]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
        _check_columns(reader.fieldnames, columns, path)
        for cells in reader:
            yield reader.line_num, cells


def _read_json(path: Path, columns: Columns) -> Iterator[tuple[int, Cells]]:
    items = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadInput(
            "This JSON is no list of objects.",
            where=path.name,
            next=f'Write [{{"{columns.needed[0]}": …}}, …].',
        )
    _check_columns(list(dict.fromkeys(name for item in items for name in item)), columns, path)
    for number, item in enumerate(items, start=1):
        yield number, {name: _text(value) for name, value in item.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _check_columns(names: list[str], columns: Columns, path: Path) -> None:
    if missing := [name for name in columns.needed if name not in names]:
        raise BadInput(
            f"The file has no column {missing[0]}.",
            where=path.name,
            next=f"Its columns may be {', '.join(columns.all)}.",
        )
    unknown = [name for name in names if name not in columns.all]
    if unknown or len(set(names)) < len(names):
        raise BadInput(
            f"The file has columns that are not known: {', '.join(unknown)}."
            if unknown
            else "A column stands twice.",
            where=path.name,
            next=f"Leave them out, or rename them; its columns may be {', '.join(columns.all)}.",
        )

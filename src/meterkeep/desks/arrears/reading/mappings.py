"""A saved mapping: which column of a utility's CSV says what. One TOML for each layout, in the home's `mappings/collections`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meterkeep.desks.arrears.kinds import FileKind
from meterkeep.errors import BadInput

FOLDER = Path("mappings") / "collections"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
ISO = "%Y-%m-%d"
NEEDED: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.OVERDUE: ("account_number", "amount", "due_date"),
    FileKind.RETURNED: ("account_number", "amount", "due_date", "returned_on"),
    FileKind.PAYMENTS: ("account_number", "amount", "paid_on"),
    FileKind.BILLS: ("account_number", "amount", "due_date", "billed_on"),
}
"""What a file of each kind has to say; an overdue report's amount may be headed `balance` where there is no mapping."""
_MAY = ("interest",)
_KEYS = {"kind", "delimiter", "encoding", "dates", "skip_rows", "columns", "decimal"}
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "cp1252": "cp1252",
    "latin-1": "latin-1",
}
"""As a mapping names it → as it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """columns: what it says → the column's header. dates: a pattern of strptime. decimal: the sign before the cents."""

    name: str = ""
    kind: FileKind
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    dates: str = ISO
    skip_rows: int = 0
    decimal: str = "."


def plain_layout(kind: FileKind) -> Layout:
    """Columns that are headed by their own names."""
    return Layout(kind=kind, columns={name: name for name in (*NEEDED[kind], *_MAY)})


def load_layout(path: Path) -> Layout:
    """Raises BadInput that names the key and what it may be."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(
            f"The mapping cannot be read ({error.strerror}).", where=str(path), next="Check the path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping is no TOML: {error}.", where=str(path), next="Mend the line.") from error
    return _layout_of(path.stem, told, where=str(path))


def saved_layout(home: Path, named: str) -> Path:
    """The file of a mapping: a path, or the name of one that is saved in the home."""
    saved = home / FOLDER / f"{named}.toml"
    return saved if _NAME.fullmatch(named) and saved.is_file() else Path(named)


def _layout_of(name: str, told: dict[str, Any], *, where: str) -> Layout:
    def check(ok: bool, key: str, may: str) -> None:
        if not ok:
            raise BadInput(f"The mapping's `{key}` is not right.", where=where, next=f"It is {may}.")

    check(bool(_NAME.fullmatch(name)), "name", "small letters, digits and hyphens, as sdge-overdue.toml")
    check(told.keys() <= _KEYS, "keys", f"among {', '.join(sorted(_KEYS))}")
    check(told.get("kind") in FileKind.values, "kind", f"one of {', '.join(FileKind.values)}")
    kind, columns = FileKind(told["kind"]), told.get("columns", {})
    needed, allowed = set(NEEDED[kind]), {*NEEDED[kind], *_MAY}
    check(
        isinstance(columns, dict)
        and needed <= columns.keys() <= allowed
        and all(isinstance(one, str) and one for one in columns.values()),
        "columns",
        f"a table with {', '.join(sorted(needed))}, and may have {', '.join(_MAY)}",
    )
    check(len(str(told.get("delimiter", ","))) == 1, "delimiter", "one character")
    check(
        isinstance(told.get("skip_rows", 0), int) and told.get("skip_rows", 0) >= 0,
        "skip_rows",
        "a number of lines",
    )
    check(told.get("encoding", "utf-8") in ENCODINGS, "encoding", f"one of {', '.join(ENCODINGS)}")
    check(told.get("decimal", ".") in {".", ","}, "decimal", "a point or a comma")
    dates = told.get("dates", ISO)
    check(
        isinstance(dates, str) and all(part in dates for part in ("%d", "%m")) and ("%Y" in dates),
        "dates",
        "a pattern with %Y, %m and %d",
    )
    return Layout(
        name=name, kind=kind, columns=columns, delimiter=told.get("delimiter", ","),
        encoding=ENCODINGS[told.get("encoding", "utf-8")], dates=dates, skip_rows=told.get("skip_rows", 0),
        decimal=told.get("decimal", "."),
    )  # fmt: skip

"""A saved mapping: what the columns of a provider's long CSV mean, in TOML. docs/formats.md describes each key."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from meterkeep.errors import BadInput
from meterkeep.readings.formats.columns.localtime import named_zone
from meterkeep.readings.formats.columns.units import named_unit
from meterkeep.readings.formats.mapped_csv.plain import EPOCH, EPOCH_MS, ISO
from meterkeep.readings.model import Channel, QualityClass

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600}
_COLUMNS = {
    "usage_point", "meter", "start", "end", "duration", "value", "delivered", "received", "net", "unit", "channel", "quality",
}  # fmt: skip
_KEYS = {
    "header", "has_header", "encoding", "delimiter", "decimal", "decimals", "skip_rows", "stamps", "zone", "seconds", "duration_in",
    "unit", "channel", "columns", "channels", "qualities",
}  # fmt: skip
_DIRECTIONS = ("delivered", "received", "net")
UTF8 = "utf-8"
ENCODINGS = (UTF8, "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvMapping:
    """name: what `--format` calls it. header: the names of all columns, () where not declared. stamps: "epoch",
    "epoch_ms", "iso" or a pattern of strptime. offset: seconds east of UTC of all stamps, None for the clock of `zone`
    (None: the provider's). values: the columns that hold values, each with its channel, None where a column tells it.
    seconds: of each interval, None where `duration` or both stamps tell. decimals: None where the file is to be searched.
    encoding: one of ENCODINGS; a byte order mark may stand there or not, but with "utf-16" it tells the order.
    """

    name: str
    usage_point: tuple[str, ...]
    values: tuple[tuple[str, Channel | None], ...]
    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    has_header: bool = True
    encoding: str = UTF8
    delimiter: str = ","
    decimal: str = "."
    decimals: int | None = None
    skip_rows: int = 0
    stamps: str = ISO
    zone: str | None = None
    offset: int | None = None
    seconds: int | None = None
    duration: str | None = None
    duration_in: int = 60
    meter: str | None = None
    unit: str = "kWh"
    unit_column: str | None = None
    channel_column: str | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    quality: str | None = None
    qualities: Mapping[str, QualityClass] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        single = (self.meter, self.duration, self.unit_column, self.channel_column, self.quality)
        several = (*self.usage_point, *self.start, *self.end, *(column for column, _ in self.values))
        return tuple(dict.fromkeys([*several, *filter(None, single)]))

    def knows(self, head: bytes) -> bool:
        """Whether a file that begins so has the declared header."""
        if not self.header or not self.has_header:
            return False
        text = head.decode(self.encoding, errors="replace").removeprefix("\ufeff")
        lines = text.splitlines()[self.skip_rows :]
        return bool(lines) and header_names(lines[0], self.delimiter) == list(self.header)


def header_names(line: str, delimiter: str) -> list[str]:
    return [name.strip().strip('"').strip() for name in next(csv.reader([line], delimiter=delimiter), [])]


def saved_mappings(folder: Path) -> list[CsvMapping]:
    """The mappings `NAME.toml` of a folder; none where there is no folder."""
    return [load_mapping(path) for path in sorted(folder.glob("*.toml"))]


def load_mapping(path: Path) -> CsvMapping:
    """Reads a mapping; its name is the file's. Raises BadInput that names the key and what it may be."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(
            f"The mapping cannot be read ({error.strerror}).", where=str(path), next="Check the path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping is no TOML: {error}.", where=str(path), next="Mend the line.") from error
    return mapping_of(path.stem, told, where=str(path))


def mapping_of(name: str, told: dict[str, Any], *, where: str = "") -> CsvMapping:
    """A mapping from what its TOML says."""
    check = _Check(where or name)
    check.that(bool(_NAME.fullmatch(name)), "name", "small letters, digits and hyphens, as peco-hourly.toml")
    check.keys(told, _KEYS, "")
    columns = told.get("columns", {})
    check.that(isinstance(columns, dict), "columns", "a table of column names")
    check.keys(columns, _COLUMNS, "columns.")
    several = {key: check.names(columns, key) for key in ("usage_point", "start", "end")}
    single = {key: check.text(columns, key) for key in sorted(_COLUMNS - several.keys())}
    check.that(bool(several["usage_point"]), "columns.usage_point", "the column that names the usage point")
    check.that(
        bool(several["start"] or several["end"]), "columns.start", "the column of the interval's start or end"
    )
    header = told.get("header", "")
    delimiter = check.one_of(told, "delimiter", (",", ";", "|", "\t"), ",")
    mapping = CsvMapping(
        name=name,
        usage_point=several["usage_point"],
        start=several["start"],
        end=several["end"],
        values=_values(check, told, single),
        header=tuple(header_names(header, delimiter)) if isinstance(header, str) and header else (),
        has_header=told.get("has_header", True) is True,
        encoding=check.one_of(told, "encoding", ENCODINGS, UTF8),
        delimiter=delimiter,
        decimal=check.one_of(told, "decimal", (".", ","), "."),
        decimals=check.whole(told, "decimals", 0, 9),
        skip_rows=check.whole(told, "skip_rows", 0, 1000) or 0,
        stamps=_stamps(check, told),
        **_clock(check, told),
        seconds=check.whole(told, "seconds", 1, 366 * 86_400),
        duration=single["duration"],
        duration_in=_SECONDS[check.one_of(told, "duration_in", tuple(_SECONDS), "minutes")],
        meter=single["meter"],
        unit=_unit(check, told),
        unit_column=single["unit"],
        channel_column=single["channel"],
        channels={
            code: Channel(word) for code, word in check.words(told, "channels", tuple(Channel)).items()
        },
        quality=single["quality"],
        qualities=check.words(told, "qualities", get_args(QualityClass)),  # type: ignore[arg-type]
    )
    _check_whole(check, mapping)
    return mapping


def _check_whole(check: _Check, mapping: CsvMapping) -> None:
    timed = mapping.seconds or mapping.duration or (mapping.start and mapping.end)
    check.that(
        bool(timed),
        "seconds",
        "the length of an interval, or columns.duration, or both columns.start and columns.end",
    )
    check.that(
        bool(mapping.header) or mapping.has_header,
        "header",
        "the names of all columns, as the file has no header",
    )
    check.that(mapping.decimal != mapping.delimiter, "decimal", "another mark than the delimiter")
    for column in mapping.columns:
        known = not mapping.header or column in mapping.header
        check.that(known, "columns", f"names of the declared header, which has no {column!r}")


def _values(
    check: _Check, told: dict[str, Any], single: dict[str, str | None]
) -> tuple[tuple[str, Channel | None], ...]:
    directed = tuple((column, Channel(key)) for key in _DIRECTIONS if (column := single[key]))
    value = single["value"]
    check.that(
        bool(value) != bool(directed),
        "columns.value",
        "one column of values, or delivered, received and net instead",
    )
    if directed or value is None:
        return directed
    check.that(
        bool(single["channel"]) != ("channel" in told),
        "channel",
        "the channel of all values, or columns.channel with a table [channels]",
    )
    if single["channel"]:
        check.that(bool(told.get("channels")), "channels", "a table from the file's codes to channels")
        return ((value, None),)
    return ((value, Channel(check.one_of(told, "channel", tuple(Channel), ""))),)


def _stamps(check: _Check, told: dict[str, Any]) -> str:
    form = told.get("stamps", ISO)
    known = isinstance(form, str) and (form in (EPOCH, EPOCH_MS, ISO) or "%" in form)
    check.that(known, "stamps", "epoch, epoch_ms, iso, or a pattern as %m/%d/%Y %H:%M")
    return str(form)


def _clock(check: _Check, told: dict[str, Any]) -> dict[str, Any]:
    zone = told.get("zone")
    if zone is None:
        return {}
    check.that(isinstance(zone, str), "zone", "a zone as America/Chicago, UTC, or an offset as -05:00")
    if found := _OFFSET.fullmatch(zone):
        east = int(found[2]) * 3600 + int(found[3]) * 60
        return {"offset": -east if found[1] == "-" else east}
    named_zone(zone)
    return {"zone": zone}


def _unit(check: _Check, told: dict[str, Any]) -> str:
    unit = told.get("unit", "kWh")
    check.that(
        isinstance(unit, str) and named_unit(unit) is not None,
        "unit",
        "a unit that is known, as kWh, Wh, kW, therms, CCF",
    )
    return str(unit)


class _Check:
    """Refuses a mapping with the key that is wrong."""

    def __init__(self, where: str) -> None:
        self._where = where

    def that(self, holds: bool, key: str, wanted: str) -> None:
        if not holds:
            raise BadInput(
                f"The mapping's {key!r} should be {wanted}.",
                where=self._where,
                next="docs/formats.md describes mappings, with examples.",
            )

    def keys(self, told: dict[str, Any], known: set[str], before: str) -> None:
        for key in told:
            self.that(
                key in known,
                f"{before}{key}",
                f"left out, as it is unknown; known are {', '.join(sorted(known))}",
            )

    def text(self, told: dict[str, Any], key: str) -> str | None:
        value = told.get(key)
        self.that(
            value is None or (isinstance(value, str) and value != ""),
            f"columns.{key}",
            "the name of a column",
        )
        return value

    def names(self, told: dict[str, Any], key: str) -> tuple[str, ...]:
        value = told.get(key, [])
        names = [value] if isinstance(value, str) else value
        good = isinstance(names, list) and all(isinstance(name, str) and name for name in names)
        self.that(good, f"columns.{key}", "the name of a column, or a list of them")
        return tuple(names)

    def one_of(self, told: dict[str, Any], key: str, choices: Sequence[str], default: str) -> str:
        value = told.get(key, default)
        self.that(value in choices, key, f"one of {' '.join(map(repr, map(str, choices)))}")
        return str(value)

    def whole(self, told: dict[str, Any], key: str, least: int, most: int) -> int | None:
        value = told.get(key)
        good = value is None or (type(value) is int and least <= value <= most)
        self.that(good, key, f"a whole number from {least} to {most}")
        return value

    def words(self, told: dict[str, Any], key: str, choices: Sequence[str]) -> dict[str, str]:
        table = told.get(key, {})
        good = isinstance(table, dict) and all(word in choices for word in table.values())
        self.that(good, key, f"a table from codes to {', '.join(map(str, choices))}")
        return dict(table)

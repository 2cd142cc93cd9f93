"""Every slip that keeps a pack from loading, not the first one only: each block and each entry is read by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.language import markdown
from meterkeep.policy.language.clauses import Clause, Place, parse_atom, parse_clause
from meterkeep.policy.language.loading import folder_of, load_pack
from meterkeep.policy.language.pack import Element, Figure
from meterkeep.policy.language.vocabulary import check_facts

TABLES = ("parameters", "interpretations", "purposes", "elements")


def slips(pack: str | Path) -> list[BadInput]:
    """The errors of a pack that does not load; none for one that does."""
    try:
        load_pack(pack)
    except BadInput as first:
        found = Reading(folder_of(pack)).slips
        return found if any(one.message == first.message for one in found) else [first, *found]
    return []


class Reading:
    """A folder read as far as it can be. slips: what was wrong, in the order of the files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slips: list[BadInput] = []
        self.about = self._table("pack")
        self.tables = {name: self._table(name) for name in TABLES}
        blocks = [block for name in self.about.get("documents", ()) for block in self._blocks(f"{name}.md")]
        clauses = [clause for block in blocks if (clause := self._clause(block))]
        self._check_names(clauses, {block.table.get("id", "") for block in blocks})
        self._check_entries()

    def _noting(self, where: str, read: Callable[[], Any], otherwise: Any = None) -> Any:
        """What `read` gives; where it fails, the slip is kept and the reading goes on."""
        try:
            return read()
        except BadInput as error:
            self.slips.append(error)
        except KeyError as error:
            self.slips.append(BadInput(f"The key {error.args[0]!r} is missing.", where=where))
        except RecursionError:
            self.slips.append(BadInput("The file is nested too deep.", where=where, next="Write it plainly."))
        except (TypeError, AttributeError, ValueError) as error:
            self.slips.append(BadInput(f"This cannot be understood: {error}.", where=where))
        return otherwise

    def _table(self, name: str) -> dict[str, Any]:
        path = self.folder / f"{name}.toml"
        if not path.is_file():
            return {}
        found: dict[str, Any] = self._noting(
            path.name, lambda: tomllib.loads(path.read_text(encoding="utf-8")), {}
        )
        return found

    def _blocks(self, name: str) -> list[markdown.Block]:
        """The blocks of a document up to the first that is no TOML."""
        path, found = self.folder / name, list[markdown.Block]()
        if not path.is_file():
            self.slips.append(BadInput("The document's file is not there.", where=name))
            return found
        self._noting(name, lambda: _append_each(markdown.blocks(path), found))
        return found

    def _clause(self, block: markdown.Block) -> Clause | None:
        """Each condition is tried by itself, so that two slips of one clause are both told."""
        keys = ("scope",) if block.kind == "document" else ("when", "unless")
        before = len(self.slips)
        for text in (text for key in keys for text in block.table.get(key, ())):
            self._noting(block.where, partial(parse_atom, text, where=block.where))
        if block.kind == "document":
            self._noting(block.where, lambda: [block.table[key] for key in ("id", "title", "effective")])
            return None
        if len(self.slips) > before:
            return None
        place = Place(block.heading, block.text, block.where, date.min, date.max, "")
        clause: Clause | None = self._noting(block.where, lambda: parse_clause(block.table, place))
        return clause

    def _check_names(self, clauses: list[Clause], ids: set[str]) -> None:
        """Everything that a clause names is there, in the pack or in the law beneath it."""
        bases = [
            self._noting("pack.toml", partial(load_pack, base)) for base in self.about.get("inherits", ())
        ]
        laws = [base for base in bases if base]
        ids |= {clause.id for law in laws for clause in law.clauses}
        numbers = set(self.tables["parameters"]).union(*(law.parameters for law in laws))
        choices = {name: set(one.choices) for law in laws for name, one in law.interpretations.items()}
        choices |= {name: set(one.get("choices", ())) for name, one in self.tables["interpretations"].items()}
        for clause in clauses:
            for what in _strays(clause, ids, numbers, choices):
                self.slips.append(
                    BadInput(f"{clause.id} names {what}, which the pack does not have.", where=clause.where)
                )

    def _check_entries(self) -> None:
        readers = {"parameters": _figures, "interpretations": _ruling, "elements": _element}
        for table, read in readers.items():
            for name, entry in self.tables[table].items():
                where = f"{table}.toml [{name}]"
                self._noting(where, partial(read, name, entry))
        for name, entry in self.tables["purposes"].items():
            where = f"purposes.toml [{name}]"
            self._noting(where, partial(self._purpose, name, entry, where))

    def _purpose(self, name: str, entry: Mapping[str, Any], where: str) -> None:
        if name == "defaults":
            return check_facts(entry, where=where)
        check_facts({"purpose.name": name, **entry.get("states", {})}, where=where)
        if stray := sorted(set(entry["elements"]) - set(self.tables["elements"])):
            raise BadInput(f"The purpose {name} needs {stray[0]!r}, which is no element.", where=where)
        return None


def _append_each(blocks: Iterator[markdown.Block], found: list[markdown.Block]) -> None:
    """One by one, so that what stands before a broken block is kept."""
    for block in blocks:
        found.append(block)


def _strays(
    clause: Clause, ids: set[str], numbers: set[str], choices: Mapping[str, set[str]]
) -> Iterator[str]:
    rulings = clause.under + tuple(entry.under for entry in clause.yields if entry.under)
    for ruling in rulings:
        name, _, choice = ruling.partition(" is ")
        if name in choices and choice not in choices[name]:
            yield f"the ruling {ruling!r}"
    named = [*clause.interpretations, *(ruling.partition(" is ")[0] for ruling in rulings)]
    yield from (f"the interpretation {name!r}" for name in dict.fromkeys(named) if name not in choices)
    yield from (f"the clause {entry.to!r}" for entry in clause.yields if entry.to not in ids)
    parameters = [atom.parameter for atom in clause.when + clause.unless if atom.parameter]
    yield from (f"the parameter {name!r}" for name in parameters if name not in numbers)


def _figures(name: str, entry: Mapping[str, Any]) -> None:
    _ = entry["says"], [Figure(**one) for one in entry["figures"]]


def _ruling(name: str, entry: Mapping[str, Any]) -> None:
    if entry["ruling"] not in entry["choices"]:
        raise BadInput(
            f"{name} is ruled {entry['ruling']!r}, which is none of its choices.",
            where="interpretations.toml",
        )


def _element(name: str, entry: Mapping[str, Any]) -> None:
    Element(name=name, **entry)

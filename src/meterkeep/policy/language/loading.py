"""Reads a pack from its folder: pack.toml, the documents, parameters, interpretations, purposes and elements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from meterkeep.clocks.closures import Closure
from meterkeep.errors import BadInput
from meterkeep.policy.language import markdown, vocabulary
from meterkeep.policy.language.boundaries import (
    LAWS,
    check_about,
    check_bases,
    check_boundaries,
    check_over,
)
from meterkeep.policy.language.clauses import Clause, Place, parse_atom, parse_clause
from meterkeep.policy.language.folder import check_name, read_folder
from meterkeep.policy.language.pack import Document, Element, Figure, Interpretation, Pack, Parameter, Purpose
from meterkeep.policy.language.replacing import PRACTICE, Replacement, replacements
from meterkeep.policy.language.retaining import RetentionRule, retention_rules
from meterkeep.policy.language.shapes import (
    DocumentShape,
    ElementShape,
    InterpretationShape,
    PackShape,
    ParameterShape,
    PurposeShape,
    Shape,
    check_shape,
)
from meterkeep.policy.language.tables import read_table

MILLION = 1_000_000
SHIPPED = Path(__file__).parents[1] / "packs"


UNDECIDING = ("adoption.toml", "invariants.toml", "replacement.toml", "retention.toml", "spec.toml")
"""Files beside a pack that change no decision, so its digest leaves them out."""

_shelves: list[Path] = []


def pack_ids() -> list[str]:
    """The packs that come with Meterkeep."""
    return _ids_in(SHIPPED)


def look_in(*shelves: Path) -> None:
    """From now on a provider's own packs, folders of these shelves, are known by their ids like the shipped ones."""
    _shelves[:] = shelves


def own_pack_ids() -> list[str]:
    """The provider's own packs. None of them can stand in for a shipped pack: what the law says is not theirs to edit."""
    found = {name for shelf in _shelves if shelf.is_dir() for name in _ids_in(shelf)}
    return sorted(found - set(pack_ids()))


def _ids_in(shelf: Path) -> list[str]:
    return sorted(folder.name for folder in shelf.iterdir() if (folder / "pack.toml").is_file())


def load_pack(pack: str | Path) -> Pack:
    """A pack by its id, or a provider's own by its folder. Raises BadInput naming the file and line at fault."""
    if isinstance(pack, str) and pack in pack_ids():
        return _shipped(pack)
    folder = folder_of(pack)
    written = [*_texts(folder), *folder.glob("tests"), *folder.glob("tests/*.toml")]
    return _own(folder, tuple((str(path), *_stamp(path)) for path in written))


def load_stored(files: Mapping[str, bytes], pack_id: str) -> Pack:
    """A pack from the copy that was kept when it was adopted, the law beneath it included. files: `ID/NAME` → bytes."""
    with TemporaryDirectory() as name:
        shelf = Path(name)
        for path, content in files.items():
            (shelf / path).parent.mkdir(parents=True, exist_ok=True)
            (shelf / path).write_bytes(content)
        return _load(shelf / pack_id, shelf)


def files_to_keep(pack: str | Path) -> dict[str, bytes]:
    """Every file that the pack is made of, and those of the law beneath it: `ID/NAME` → bytes."""
    folder = folder_of(pack)
    about = _table(folder / "pack.toml", required=True)
    kept = {f"{folder.name}/{name}": content for name, content in read_folder(folder).items()}
    for base in about.get("inherits", ()):
        kept |= files_to_keep(base)
    return kept


def folder_of(pack: str | Path) -> Path:
    """Where the pack's files are."""
    if isinstance(pack, Path):
        return pack.resolve()
    for shelf in (SHIPPED, *_shelves):
        if pack in (pack_ids() if shelf == SHIPPED else own_pack_ids()) and (shelf / pack).is_dir():
            return shelf / pack
    known = ", ".join([*pack_ids(), *own_pack_ids()])
    raise BadInput(f"There is no pack named {pack!r}.", next=f"The packs are {known}.")


def _texts(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*.md")) + sorted(folder.glob("[!.]*.toml"))


@lru_cache(maxsize=64)
def _shipped(pack: str) -> Pack:
    return _load(SHIPPED / pack)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=16)
def _own(folder: Path, _written: tuple[tuple[str, int, int], ...]) -> Pack:
    """Read anew after each edit of one of its files."""
    read_folder(folder)
    with _understood(folder):
        return _load(folder)


@contextmanager
def _understood(folder: Path) -> Iterator[None]:
    """What people write by hand may lack a key, or have a text where a table belongs."""
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"The pack cannot be understood: {error}.",
            where=folder.name,
            next="Compare its files with those of a shipped pack, and with docs/policy.md.",
        ) from error


def _load(folder: Path, shelf: Path | None = None) -> Pack:
    """shelf: where the law beneath lies, if not among the shipped packs."""
    about, where = _table(folder / "pack.toml", required=True), f"{folder.name}/pack.toml"
    check_shape(about, PackShape, where=where)
    check_about(about, where=where)
    is_law = folder.name in LAWS and folder.parent in (SHIPPED, shelf)
    bases = [_load(shelf / base, shelf) if shelf else load_pack(base) for base in about.get("inherits", ())]
    check_bases(bases, where=where)
    for name in about.get("documents", ()):
        check_name(name, where=where)
    documents = tuple(_document(folder / f"{name}.md") for name in about.get("documents", ()))
    if not any(document.decides for document in documents):
        raise BadInput(
            "The pack has no clause that decides anything.",
            where=str(folder.name),
            next="List its documents in pack.toml.",
        )
    rulings = [base.interpretations for base in bases]
    own_rulings = _interpretations(folder)
    for name, entry in own_rulings.items():
        check_over(name, entry, rulings, where=f"{folder.name}/interpretations.toml")
    pack = Pack(
        id=folder.name,
        name=about["name"],
        kind=about["provider"]["kind"],
        jurisdiction=about["provider"]["jurisdiction"],
        documents=documents,
        law=tuple(document for base in bases for document in base.layers),
        parameters=_merged([base.parameters for base in bases], _parameters(folder)),
        interpretations=_merged(rulings, own_rulings),
        purposes=_purposes(folder),
        elements=_elements(folder),
        implied=MappingProxyType({key: dict(value) for key, value in about.get("implied", {}).items()}),
        source_digest=_digest(folder, bases),
        closures=_closures(folder),
        replacements=_replacements(folder, bases),
        retention=_retention(folder, bases),
    )
    check_boundaries(pack, bases, is_law=is_law)
    _check_references(pack)
    return pack


def _merged(bases: list[Mapping[str, Any]], own: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType({**{name: entry for base in bases for name, entry in base.items()}, **own})


def _table(path: Path, *, required: bool = False) -> dict[str, Any]:
    return read_table(path) if required or path.is_file() else {}


def _digest(folder: Path, bases: list[Pack]) -> str:
    """Over what decides, not over the tests beside it."""
    digest = hashlib.sha256(vocabulary.FILE.read_bytes())
    for base in bases:
        digest.update(base.source_digest.encode())
    for path in _texts(folder):
        if path.name in UNDECIDING:
            continue
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _document(path: Path) -> Document:
    if not path.is_file():
        raise BadInput(
            "The document's file is not there.", where=path.name, next="pack.toml lists the files to read."
        )
    blocks = list(markdown.blocks(path))
    if not blocks or blocks[0].kind != "document":
        raise BadInput("A document begins with its ```document block.", where=path.name)
    head = blocks[0].table
    check_shape(head, DocumentShape, where=blocks[0].where)
    effective, until = head["effective"], head.get("until", date.max)
    law = head["title"] if head.get("law") else ""
    return Document(
        id=head["id"],
        title=head["title"],
        law=bool(law),
        adopted=head.get("adopted", ""),
        effective=effective,
        until=until,
        source=head.get("source", ""),
        scope=tuple(parse_atom(text, where=blocks[0].where) for text in head.get("scope", ())),
        clauses=tuple(_clause(block, effective, until, law, head.get("source", "")) for block in blocks[1:]),
    )


def _clause(block: markdown.Block, effective: date, until: date, law: str, source: str) -> Clause:
    place = Place(block.heading, block.text, block.where, effective, until, law, source)
    return parse_clause(block.table, place)


@lru_cache(maxsize=1)
def elsewhere() -> Mapping[str, Parameter]:
    """Figures of rules for totals of other places, which a release may be planned under by name; none is in force by itself."""
    return MappingProxyType(_parameters(SHIPPED, "elsewhere.toml"))


def _parameters(folder: Path, file: str = "parameters.toml") -> dict[str, Parameter]:
    table = _shaped(folder, file, ParameterShape)
    return {name: _parameter(name, entry, folder) for name, entry in table.items()}


def _parameter(name: str, entry: dict[str, Any], folder: Path) -> Parameter:
    figures = sorted((Figure(**one) for one in entry["figures"]), key=lambda one: one.effective)
    for figure in figures:
        if figure.value < 0 or (name.endswith("_ppm") and figure.value > MILLION):
            raise BadInput(
                f"{name} cannot be {figure.value}.",
                where=f"{folder.name}/parameters.toml",
                next="A figure is not negative; a share is in parts per million, so 15 % is 150_000.",
            )
    return Parameter(name, entry["says"], tuple(figures))


def _shaped(folder: Path, name: str, shape: type[Shape]) -> dict[str, Any]:
    """A file of named tables, each of that shape."""
    table = _table(folder / name)
    for key, entry in table.items():
        check_shape(entry, shape, where=f"{folder.name}/{name} [{key}]")
    return table


def _interpretations(folder: Path) -> dict[str, Interpretation]:
    table = _shaped(folder, "interpretations.toml", InterpretationShape)
    for name, entry in table.items():
        if entry["ruling"] not in entry["choices"]:
            raise BadInput(
                f"{name} is ruled {entry['ruling']!r}, which is none of its choices.",
                where=f"{folder.name}/interpretations.toml",
            )
    return {name: Interpretation(id=name, **entry) for name, entry in table.items()}


def _purposes(folder: Path) -> Mapping[str, Purpose]:
    """`[defaults]` holds facts that every purpose states unless it says otherwise."""
    table = _table(folder / "purposes.toml")
    defaults = table.pop("defaults", {})
    for name, entry in table.items():
        check_shape(entry, PurposeShape, where=f"{folder.name}/purposes.toml [{name}]")
    return MappingProxyType({name: _purpose(name, entry, defaults, folder) for name, entry in table.items()})


def _purpose(name: str, entry: dict[str, Any], defaults: dict[str, Any], folder: Path) -> Purpose:
    cls = entry.get("class", "")
    states = {
        "purpose.name": name,
        **({"purpose.class": cls} if cls else {}),
        **defaults,
        **entry.get("states", {}),
    }
    vocabulary.check_facts(states, where=f"{folder.name}/purposes.toml [{name}]")
    return Purpose(name, cls, entry["title"], frozenset(entry["elements"]), MappingProxyType(states))


def _elements(folder: Path) -> Mapping[str, Element]:
    table = _shaped(folder, "elements.toml", ElementShape)
    return MappingProxyType({name: Element(name=name, **entry) for name, entry in table.items()})


def _closures(folder: Path) -> tuple[Closure, ...]:
    """`[[closure]]` entries: the dated days on which the provider's office is shut."""
    closures = tuple(Closure(**entry) for entry in _table(folder / "closures.toml").get("closure", ()))
    for closure in closures:
        if type(closure.on) is not date or not closure.name or not closure.cite:
            raise BadInput(
                "A closure has its day, its name, and the clause that says so.",
                where=f"{folder.name}/closures.toml",
                next="Write on = 2025-03-31 without quotes, name and cite.",
            )
    return closures


def _replacements(folder: Path, bases: list[Pack]) -> tuple[Replacement, ...]:
    own = replacements(_table(folder / "replacement.toml"), where=f"{folder.name}/replacement.toml")
    return own or next((base.replacements for base in bases if base.replacements), ())


def _retention(folder: Path, bases: list[Pack]) -> tuple[RetentionRule, ...]:
    """Its own and those of the law beneath it: the shortest ceiling and the longest floor bind."""
    own = retention_rules(_table(folder / "retention.toml"), where=f"{folder.name}/retention.toml")
    return own + tuple(rule for base in bases for rule in base.retention)


def _check_retention(pack: Pack, ids: set[str]) -> None:
    for rule in pack.retention:
        name, _, choice = rule.under.partition(" is ")
        ruled = not rule.under or choice in getattr(pack.interpretations.get(name), "choices", ())
        if rule.cite not in ids or rule.figure not in pack.parameters or not ruled:
            raise BadInput(
                f"The rule of retention on {rule.record} names what the pack does not have: {rule.cite}, {rule.figure} {rule.under}".rstrip(),
                where=f"{pack.id}/retention.toml",
                next="Cite a clause, a parameter, and a ruling that the pack has.",
            )


def _check_references(pack: Pack) -> None:
    """Every interpretation, parameter and clause that a clause names exists."""
    ids = {clause.id for clause in pack.clauses}
    for clause in pack.clauses:
        rulings = clause.under + tuple(entry.under for entry in clause.yields if entry.under)
        for name in clause.interpretations + tuple(ruling.partition(" is ")[0] for ruling in rulings):
            _need(name in pack.interpretations, f"the interpretation {name!r}", clause)
        for ruling in rulings:
            name, _, choice = ruling.partition(" is ")
            _need(choice in pack.interpretations[name].choices, f"the ruling {ruling!r}", clause)
        for entry in clause.yields:
            _need(entry.to in ids, f"the clause {entry.to!r}", clause)
        for atom in clause.when + clause.unless:
            _need(
                atom.parameter is None or atom.parameter in pack.parameters,
                f"the parameter {atom.parameter!r}",
                clause,
            )
    for closure in pack.closures:
        if closure.cite not in ids:
            raise BadInput(
                f"The closure of {closure.on} cites {closure.cite!r}, which is no clause of the pack.",
                where=f"{pack.id}/closures.toml",
            )
    for order in pack.replacements:
        if order.cite not in (*ids, PRACTICE):
            raise BadInput(
                f"The order of replacement of {order.effective} cites {order.cite!r}, which is no clause of the pack.",
                where=f"{pack.id}/replacement.toml",
                next=f"Cite a clause, or {PRACTICE!r} where no document says it.",
            )
    _check_retention(pack, ids)
    for purpose in pack.purposes.values():
        if stray := purpose.elements - set(pack.elements):
            raise BadInput(
                f"The purpose {purpose.name} needs {sorted(stray)[0]!r}, which is no element.",
                where="purposes.toml",
            )


def _need(there: bool, what: str, clause: Clause) -> None:
    if not there:
        raise BadInput(
            f"{clause.id} names {what}, which the pack does not have.",
            where=clause.where,
            next="Correct the name, or add it to the pack.",
        )

"""A clause's own words and where they stand. A citation is made of these alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.pack import Document, Pack


class Words(Protocol):
    """The text of a clause as it was adopted; `policy import` keeps it by clause id."""

    @property
    def text(self) -> str: ...
    @property
    def source(self) -> str: ...


Texts = Mapping[str, Words]


@dataclass(frozen=True)
class Citation:
    """text: the clause's words as they were adopted, if they were imported, else our paraphrase with its figures.

    summaries, figures and section: the same paraphrase in its parts; none beside adopted words.
    """

    id: str
    text: str
    source: str
    adopted: bool = False
    summaries: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    section: str = ""

    def as_json(self) -> dict[str, str]:
        words = "adopted" if self.adopted else "our paraphrase"
        return {"id": self.id, "text": self.text, "source": self.source, "words": words}


@dataclass(frozen=True)
class Entry:
    """A clause of the ledger on a date: all blocks of one id taken together.

    said: each block with what it does (permit, refuse; permit too where it only says something), its main content first.
    """

    id: str
    document: Document
    heading: str
    summaries: tuple[str, ...]
    paraphrase: str
    figures: tuple[str, ...]
    rulings: tuple[str, ...]
    cited_from: str
    kinds: frozenset[str]
    said: tuple[tuple[str, str], ...] = ()

    @property
    def own(self) -> str:
        """What is said by this clause alone, not by its whole section."""
        return " ".join((*self.summaries, *self.figures))

    @property
    def line(self) -> str:
        """The clause in one line: what it says, with its figures."""
        figures = f"({'; '.join(self.figures)})" if self.figures else ""
        return " ".join(part for part in (*self.summaries, figures) if part)

    @property
    def text(self) -> str:
        """Our paraphrase: the clause's summary, its section, and the figures in force."""
        figures = f"({'; '.join(self.figures)})" if self.figures else ""
        paraphrase = "" if self.paraphrase in self.summaries else self.paraphrase
        return " ".join(part for part in (*self.summaries, paraphrase, figures) if part)

    @property
    def source(self) -> str:
        adopted = f"{self.document.title}, {self.document.adopted}".rstrip(", ")
        adopted = adopted[:1].upper() + adopted[1:]
        return f"{self.cited_from} ({adopted})" if self.cited_from else adopted


def ledger(pack: Pack, on: date) -> dict[str, Entry]:
    """Clause id → the clause, of every document and law in force on the date, in the order of the documents."""
    figures = _figures(pack, on)
    entries: dict[str, Entry] = {}
    for document in pack.layers:
        if not document.in_force(on):
            continue
        for id, blocks in _by_id(pack, document, on).items():
            entries[id] = _entry(pack, id, document, blocks, figures.get(id, ()))
    return entries


def _by_id(pack: Pack, document: Document, on: date) -> dict[str, list[Clause]]:
    blocks: dict[str, list[Clause]] = {}
    for clause in document.clauses:
        if clause.in_force(on) and all(map(pack.holds, clause.under)):
            blocks.setdefault(clause.id, []).append(clause)
    return blocks


def _entry(pack: Pack, id: str, document: Document, blocks: list[Clause], figures: Iterable[str]) -> Entry:
    names = dict.fromkeys(name for block in blocks for name in block.interpretations)
    rulings = (pack.interpretations[name] for name in names if name in pack.interpretations)
    return Entry(
        id=id,
        document=document,
        heading=blocks[0].heading,
        summaries=tuple(dict.fromkeys(_marked(block) for block in blocks)),
        paraphrase=blocks[0].text,
        figures=tuple(figures),
        rulings=tuple(f"{one.question} {one.choices[one.ruling]}" for one in rulings),
        cited_from=blocks[0].cited_from,
        kinds=frozenset(block.kind for block in blocks),
        said=_said(blocks, figures),
    )


def _said(blocks: Iterable[Clause], figures: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What holds unless something else permits it comes first, then the other prohibitions."""
    ordered = sorted(blocks, key=lambda one: (not one.closing, one.kind != "forbid"))
    numbers = f" ({'; '.join(figures)})" if figures else ""
    told = (("refuse" if one.kind == "forbid" else "permit", _marked(one)) for one in ordered)
    return tuple(dict.fromkeys((effect, f"{words}{numbers}") for effect, words in told))


def _marked(block: Clause) -> str:
    return (
        block.summary
        if block.verified
        else f"{block.summary} (Recalled, not yet checked against the source.)"
    )


def _figures(pack: Pack, on: date) -> dict[str, list[str]]:
    """Clause id → `the first letter is sent after this many days past due: 90 days`."""
    found: dict[str, list[str]] = {}
    for parameter in pack.parameters.values():
        figure = parameter.at(on)
        if figure and in_use(pack, parameter.name):
            words = f"{parameter.says}: {amount(parameter.name, figure.value)}"
            found.setdefault(figure.cite, []).append(words)
    return found


def in_use(pack: Pack, name: str) -> bool:
    """Whether a figure is in use: one that only clauses under another ruling read is nobody's rule."""
    readers = [
        clause
        for clause in pack.clauses
        if any(atom.parameter == name for atom in clause.when + clause.unless)
    ]
    return not readers or any(all(map(pack.holds, clause.under)) for clause in readers)


def amount(name: str, value: int) -> str:
    """The figure with the unit that its parameter's name says: `$250.00`, `15 %`, `90 days`."""
    unit = name.rpartition("_")[2]
    if unit == "cents":
        return f"${value // 100}.{value % 100:02d}" if value % 100 else f"${value // 100}"
    if unit == "ppm":
        return f"{value / 10_000:g} %"
    return f"{value} {unit}" if unit in ("days", "hours", "months", "years") else str(value)


def cite(ids: Iterable[str], entries: Mapping[str, Entry], texts: Texts) -> tuple[Citation, ...]:
    """One citation for each clause, each once; a clause that has no words of its own is none."""
    made = (_citation(entries[id], texts) for id in dict.fromkeys(ids) if id in entries)
    return tuple(one for one in made if one.text)


def _citation(entry: Entry, texts: Texts) -> Citation:
    kept = texts.get(entry.id)
    if kept and kept.text.strip():
        return Citation(entry.id, kept.text.strip(), kept.source, adopted=True)
    return Citation(
        entry.id,
        entry.text,
        entry.source,
        summaries=entry.summaries,
        figures=entry.figures,
        section=entry.paraphrase,
    )

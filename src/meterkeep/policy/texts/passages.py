"""The pieces of a text that carry a clause each."""

from __future__ import annotations

from dataclasses import dataclass, field

from meterkeep.policy.texts.headers import Header
from meterkeep.policy.texts.votes import Signature


@dataclass(frozen=True, slots=True)
class Passage:
    """One clause as it was filed.

    document: the policy's number, such as CEA-04; number: of the clause, such as `6.5`, with `-a` for a lettered item and
    `-1` for an item of a plain list; "" where the text numbers nothing. lines: first and last line; page: of the first.
    """

    document: str
    number: str
    heading: str
    text: str
    lines: tuple[int, int]
    page: int
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.document}/{self.number}" if self.number else f"{self.document} L{self.lines[0]}"

    @property
    def anchor(self) -> str:
        first, last = self.lines
        return f"L{first}" if first == last else f"L{first}-{last}"

    @property
    def words(self) -> str:
        """Heading and text, as a reader takes them together."""
        return f"{self.heading}. {self.text}" if self.heading and self.text else self.heading + self.text


FULL_LINE = 60  # characters


@dataclass
class Draft:
    """A passage while its lines are still coming in."""

    document: str
    number: str
    heading: str = ""
    parts: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0
    page: int = 0
    notes: list[str] = field(default_factory=list)

    def take(self, text: str, number: int, page: int) -> None:
        if not self.first:
            self.first, self.page = number, page
        self.last = number
        if text:
            self.parts.append(text)

    @property
    def is_open_heading(self) -> bool:
        """A heading that announces a text which has not come yet."""
        return bool(self.heading) and not self.parts

    @property
    def is_unfinished_heading(self) -> bool:
        """A section's heading so long that its line was full."""
        return self.is_open_heading and self.number.endswith(".0") and len(self.heading) > FULL_LINE

    def done(self) -> Passage:
        return Passage(
            self.document,
            self.number,
            self.heading.rstrip(" :-–—"),
            joined(self.parts),
            (self.first, self.last),
            self.page,
            tuple(self.notes),
        )


def joined(parts: list[str]) -> str:
    """Lines as one text; a word that was cut at a line's end by a hyphen keeps it, since nobody can tell whose it is."""
    text = ""
    for part in parts:
        text += part if not text or text.endswith("-") else f" {part}"
    return " ".join(text.split())


@dataclass(frozen=True)
class ImportedDocument:
    """One document of the file. number: its policy number, or `resolution`, `report`, `text` where it has none."""

    number: str
    aliases: tuple[str, ...]
    header: Header | None
    lines: tuple[int, int]
    pages: tuple[int, int]
    passages: tuple[Passage, ...]
    signatures: tuple[Signature, ...]
    notes: tuple[str, ...]

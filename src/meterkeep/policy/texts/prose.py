"""Cuts a document that numbers nothing, such as a notice on a web page: headings, sentences and their lettered lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from meterkeep.policy.texts.passages import Passage
from meterkeep.policy.texts.source import Line

_SENTENCE = re.compile(r"(?<=[a-z0-9)”\"][.!?])\s+(?=[A-Z“\"(])")
_ABBREVIATED = re.compile(
    r"(?:\b|^)(?:No|Nos|Ste|St|Mr|Ms|Dr|Inc|Sec|Art|et al|e\.g|i\.e|[A-Z]|(?:^|\s)\d{1,2})\.$"
)
_LIST_ITEM = re.compile(r"\(([a-z])\)\s*")
_LABEL = re.compile(r"^(?:#{1,6}\s|[A-Z][A-Z &]{2,}:|\d{1,2}\.\s)")
_HEADING = re.compile(r"^(?:#{1,6}\s+(?P<marked>.*)|(?P<announced>[A-Z][^.:]{2,40}):)$")
LONG_LINE = 150  # a file with such lines has a paragraph on each
SHORT = 0.8  # a line shorter than this share of the longest ends a paragraph, if it ends a sentence


def cut_prose(document: str, lines: Sequence[Line]) -> list[Passage]:
    """One passage for each sentence; a sentence with a lettered list gives one for each item, headed by what comes before."""
    heading = ""
    passages: list[Passage] = []
    placed: Counter[int] = Counter()
    for paragraph in _paragraphs(lines):
        text = " ".join(line.text.strip().lstrip("> ") for line in paragraph)
        if match := _HEADING.match(text):
            heading = match["marked"] or match["announced"].title()
            continue
        for item, text_heading, piece in _pieces(text):
            first = paragraph[0].number
            placed[first] += 1
            name = f"L{first}.{placed[first]}{item}"
            passages.append(_passage(document, name, text_heading or heading, piece, paragraph))
    return passages


def _passage(document: str, name: str, heading: str, text: str, paragraph: Sequence[Line]) -> Passage:
    first, last = paragraph[0].number, paragraph[-1].number
    return Passage(document, name, heading, text, (first, last), paragraph[0].page)


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Parted by empty lines, labels and list numbers, and where a sentence ends before its line does."""
    width = max((len(line.text) for line in lines), default=0)
    current: list[Line] = []
    for line in lines:
        if current and (not line.text.strip() or _begins(line.text, after=current[-1].text, width=width)):
            yield current
            current = []
        if line.text.strip():
            current.append(line)
    if current:
        yield current


def _begins(text: str, *, after: str, width: int) -> bool:
    short = width > LONG_LINE or len(after) < SHORT * width
    return bool(_LABEL.match(text)) or (short and after.rstrip()[-1:] in ".:!?" and text[:1].isupper())


def _pieces(text: str) -> Iterator[tuple[str, str, str]]:
    """(letter, heading, text) of each sentence or list item: `-a` and what introduces the list, "" outside lists."""
    for sentence in _sentences(text):
        items = list(_LIST_ITEM.finditer(sentence))
        if len(items) < 2 or items[0][1] != "a":
            yield "", "", sentence
            continue
        intro = sentence[: items[0].start()].strip(" :,;")
        yield "", "", intro
        stops = [item.start() for item in items[1:]] + [len(sentence)]
        for item, stop in zip(items, stops, strict=True):
            yield f"-{item[1]}", intro, sentence[item.end() : stop].strip(" ,;")


def _sentences(text: str) -> Iterator[str]:
    held = ""
    for part in _SENTENCE.split(text):
        held = f"{held} {part}".strip()
        if not _ABBREVIATED.search(held):
            yield held
            held = ""
    if held:
        yield held

"""What customers and the public read is in plain words: school grade 8 at most, template by template."""

import re
from pathlib import Path

import pyphen
import pytest

from meterkeep.faces import words

TEMPLATES = Path(__file__).resolve().parents[2] / "src" / "meterkeep" / "faces" / "templates"
SYLLABLES = pyphen.Pyphen(lang="en_US")
FOR_EXPERTS = "The seal is a signed checkpoint"
SENTENCE = re.compile(
    r'{% translate "(.*?)" %}|{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}',
    flags=re.S,
)


def grade(text):
    """Flesch-Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    said = re.findall(r"[A-Za-z']+", text)
    ends = len(re.findall(r"[.!?:](?=\s|$)", text))
    syllables = sum(len(SYLLABLES.positions(word)) + 1 for word in said)
    return 0.39 * len(said) / max(ends, 1) + 11.8 * syllables / len(said) - 15.59


def test_the_measure_tells_easy_from_hard():
    assert grade("The cat sat on the mat.") < 1
    assert (
        grade("Notwithstanding applicable provisions, disclosure necessitates documented authorization.") > 16
    )


def sentences(path):
    found = ["".join(pair) for pair in SENTENCE.findall(path.read_text())]
    plain = [
        re.sub(r"{{.*?}}", "this", re.sub(r"<.*?>", "", one))
        for one in found
        if not one.startswith(FOR_EXPERTS)
    ]
    return [one.rstrip(".:") + "." for one in plain if len(one.split()) > 3]


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("portal", "public", "account", ".")
        for path in sorted((TEMPLATES / folder).glob("*.html"))
    ],
    ids=lambda path: path.name,
)
def test_a_page_reads_at_grade_eight_or_below(path):
    text = sentences(path)
    if text:
        assert grade(" ".join(text)) <= 8, text


def test_purposes_read_at_grade_eight_or_below():
    text = " ".join(f"{phrase}." for phrase in words.PURPOSES.values())
    assert grade(text) <= 8


def test_no_single_sentence_is_far_above_it():
    hard = [
        one
        for folder in ("portal", "public")
        for path in (TEMPLATES / folder).glob("*.html")
        for one in sentences(path)
        if len(one.split()) > 7 and grade(one) > 12
    ]
    assert hard == []

"""Questions that the clauses themselves answer: what a clause says, a number, a definition, a duty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from meterkeep.policy.language.pack import Pack
from meterkeep.policy.questions.answers import Answer, clauses_of
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import Entry, Texts, cite, ledger
from meterkeep.policy.questions.finding import ClauseIndex, Found, retold, supported, synonyms
from meterkeep.policy.questions.plain import plain
from meterkeep.policy.questions.scope import rules, state_name

_DENIES = re.compile(
    r"(?:^|[;:,] )(?:no|nobody|nothing|neither)\b|\bnever\b|\b(?:is|are|has|have|do|does|may|must|can|will) not\b|\b(?:has|have|bears?) no\b|\b(?:with|by) nobody\b|\bcannot un"
)
_RELATIVE = re.compile(
    r"\b(?:that|which|who|what|from which) [^,;:]*"
)  # says which is meant, and denies nothing
_HEDGES = re.compile(
    r"\b(?:unless|until|except|only|without|before|if|where|some|as far as|but|beyond|above|up to|at or below)\b"
)
_GRANTS = re.compile(r"\b(?:may|can|is allowed|are allowed|is paid|are paid|is reimbursed|are reimbursed)\b")
_TIME = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|annual\w*|yearly|each|every|next|promptly|delay|immediately|as long as|until)\b"
)
_COUNT = re.compile(r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten)\b")
_SPAN = re.compile(
    r"\d|\b(?:delay|promptly|immediately|at once|as long as|until|years?|months?|days|hours)\b"
)
_FIGURE = re.compile(r"\d|^[$%&.]+$")
_HOW_MANY = re.compile(r"\bhow many (?:\w+ (?=employees|customers|days|years))?(\w+)")
_RULING = re.compile(r"\(?interpretations? [\w. and-]*\)?|\b[A-Z]+-?\d[\d.-]*|(?<![$\d])\b\d+\.\d+\b(?! ?%)")
_PRESCRIBED = re.compile(r"\b(?:word for word|prescribed|fixed label)\b")
_CONTENT = re.compile(
    r"\b(?:says?|states?|names?|describes?|lists?|carr(?:y|ies)|bears?|contains?|gives?|includes?)\b"
)
_COUNTED = re.compile(r"\d+(?:\.\d+)?")


_ACTS = {"disclose", "shared", "sharing", "use", "using"}  # what is done, without what it is done with
_LIMITS = ("limit", "limits", "cap", "ceiling")  # of an amount, where a number is asked for
STEM = 6  # letters that make two words the same in a heading
SPECIFIC = 12  # where more clauses hold the single content word than these, the weak words count too


def content_words(text: str) -> list[str]:
    """Words of a question that carry content, in its order; where there are none, those that carry a little."""
    known, words = rules(), [word for word in dict.fromkeys(text.split()) if not _FIGURE.search(word)]
    content = [word for word in words if word not in known.stop]
    return content or [word for word in words if word in known.weak]


def look_up(text: str, pack: Pack, *, by: str = "", on: date, texts: Texts) -> Answer | None:
    """The clauses that support every content word of the question, or None where there are none.

    text: plain. by: the text whose words count, where it is another.
    """
    words = content_words(retold(by or text))
    if rules().ask["number"].search(text):
        words = ["maximum" if word in _LIMITS else word for word in words]
    if not words or set(words) <= _ACTS:
        return None
    weak = [word for word in retold(text).split() if word in rules().weak]
    entries = entries_of(pack, on)
    found = [one for one in _index(pack, on, texts).find(words, weak) if not one.missing]
    if rules().ask["define"].match(text):
        found = _defining(words, weak, found, entries) or found
    contents = bool(rules().ask["contents"].search(text))
    if contents:
        found = [one for one in found if _tells_contents(entries[one.id])]
    elif len(words) == 1 and len(found) > SPECIFIC:
        found = [one for one in _index(pack, on, texts).find([*words, *weak]) if weak and not one.missing]
    ids = _telling(text, [one.id for one in supported(found, all_alike=contents)], entries, texts)
    if not ids:
        able = [one for one in found if _gives_what_is_asked(text, entries[one.id], texts)]
        ids = _telling(text, [one.id for one in supported(able)], entries, texts)
    return _answer(text, ids, pack, entries, on, texts) if ids else None


def _tells_contents(entry: Entry) -> bool:
    """Whether a clause says what something has to say; what only tells of the documents does not."""
    return entry.kinds != {"info"} and _CONTENT.search(entry.own) is not None


def _defining(
    words: Sequence[str], weak: Sequence[str], found: Sequence[Found], entries: Mapping[str, Entry]
) -> list[Found]:
    """Clauses whose heading is what is asked for (`What is covered information?`), else the definitions that say it."""
    whole, content = {_stem(word) for word in (*words, *weak)}, {_stem(word) for word in words}
    definitions = [one for one in found if "definition" in entries[one.id].kinds]
    tries = (
        [
            one
            for one in found
            if whole == _title(entries[one.id]) or (one in definitions and whole <= _title(entries[one.id]))
        ],
        [one for one in definitions if content <= _stems(entries[one.id].own)],
        [one for one in found if whole <= _stems(entries[one.id].heading)],
        [one for one in found if content <= _stems(entries[one.id].heading)],
        definitions,
    )
    return next((one for one in tries if one), [])


def _title(entry: Entry) -> set[str]:
    """The words of the heading without its number."""
    return {word for word in _stems(entry.heading) if not _FIGURE.search(word)}


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in plain(text).split()}


def _stem(word: str) -> str:
    return word[:STEM]


def _telling(text: str, ids: Sequence[str], entries: Mapping[str, Entry], texts: Texts) -> list[str]:
    """Who asks for a number gets clauses that have one, who asks for a time those that tell it, of themselves if they do."""
    able = [id for id in ids if _gives_what_is_asked(text, entries[id], texts)]
    if not rules().ask["number"].search(text):
        return able
    return [id for id in able if _TIME.search(plain(_RULING.sub("", entries[id].line)))] or able


def nearest(text: str, pack: Pack, *, on: date, texts: Texts) -> str:
    """What comes nearest to a question without an answer, in words; "" where nothing holds half of it."""
    words = content_words(retold(text))
    found = _index(pack, on, texts).find(words) if words else []
    if not found or 2 * len(found[0].missing) > len(words):
        return ""
    lacking = " and ".join(f"“{word}”" for word in found[0].missing[:4])
    says = entries_of(pack, on)[found[0].id].line
    told = f"Nearest, not an answer: {found[0].id}, “{says}”"
    return told + (f" It says nothing of {lacking}." if lacking else "")


def named(ids: Sequence[str], pack: Pack, *, on: date, texts: Texts) -> Answer | None:
    """The clauses that the question names; None where none of them is in force on the date."""
    entries = entries_of(pack, on)
    there = [id for id in ids if id in entries]
    lines = [Branch(words, said, (id,)) for id in there for said, words in entries[id].said]
    return of_lines(lines, "permit", pack, on, texts) if there else None


def _answer(
    text: str, ids: Sequence[str], pack: Pack, entries: Mapping[str, Entry], on: date, texts: Texts
) -> Answer:
    told = text if rules().ask["define"].match(text) else ""
    lines = tuple(Branch(_line(told, entries[id]), _verdict(text, entries[id]), (id,)) for id in ids)
    outcomes = {line.outcome for line in lines}
    outcome = lines[0].outcome if len(outcomes) == 1 else "undetermined"
    return of_lines(lines, outcome, pack, on, texts, reason=_elsewhere(text, ids, entries, texts))


def _line(defined: str, entry: Entry) -> str:
    """The clause in one line; where something is defined by its heading, what the section says of it comes first."""
    about = {_stem(word) for word in content_words(defined)} & _stems(entry.heading)
    return f"{entry.paraphrase} {entry.line}" if about and entry.paraphrase not in entry.line else entry.line


def _elsewhere(text: str, ids: Sequence[str], entries: Mapping[str, Entry], texts: Texts) -> str:
    """Words that a clause prescribes are not in a paraphrase; where they stand is said instead."""
    prescribed = [
        entries[id] for id in ids if id not in texts and _PRESCRIBED.search(entries[id].own.casefold())
    ]
    if not prescribed or not rules().ask["wording"].search(text):
        return ""
    return f"Which words, word for word, stands in {prescribed[0].source}; here is only our paraphrase of the clause."


def of_lines(
    lines: Sequence[Branch], outcome: str, pack: Pack, on: date, texts: Texts, *, reason: str = ""
) -> Answer:
    """An answer that clauses give by themselves."""
    return Answer(
        outcome=outcome,
        reason=reason,
        basis="clauses",
        branches=tuple(lines),
        citations=cite(clauses_of(lines), entries_of(pack, on), texts),
        jurisdiction=state_name(pack.jurisdiction),
        provider=pack.id,
        on=on,
    )


def _gives_what_is_asked(text: str, entry: Entry, texts: Texts) -> bool:
    """Who asks for a number gets a clause that has one, who asks for a time one that tells it."""
    known, kept = rules().ask, texts.get(entry.id)
    own = plain(_RULING.sub("", f"{entry.line} {kept.text if kept else ''}"))
    if known["yes_no"].match(text) and _COUNTED.search(text) and not (entry.figures or _COUNT.search(own)):
        return "parameter" in entry.kinds
    if "parameter" in entry.kinds and not _HOW_MANY.search(text):
        return True
    if known["count"].search(text):
        counted = _HOW_MANY.search(text)
        return bool(_COUNT.search(own)) and (
            not counted or _speaks_of(counted[1], " ".join(entry.figures) or own)
        )
    words = f"{own} {plain(_RULING.sub('', entry.paraphrase))}"
    if known["span"].search(text):
        return bool(_SPAN.search(own))
    return not known["number"].search(text) or bool(_TIME.search(words))


def _speaks_of(counted: str, words: str) -> bool:
    """Whether what is counted is counted there: `how many customers` needs a number of customers."""
    return any(one in plain(words).split() for one in (counted, counted.rstrip("s"), *synonyms(counted)))


def _verdict(text: str, entry: Entry) -> str:
    """Yes, no or it depends, for a question that is answered so; what a clause merely says is said: permit."""
    known = rules().ask
    if not known["yes_no"].match(text):
        return "permit"
    own = " ".join(entry.summaries).casefold()
    hedged = bool(_HEDGES.search(own))
    denied = [bool(_DENIES.search(_RELATIVE.sub("", summary.casefold()))) for summary in entry.summaries]
    if any(denied):
        return "refuse" if all(denied) and not hedged else "undetermined"
    if entry.kinds <= {"definition", "info"} and known["leave"].match(text):
        return "undetermined"
    if _COUNTED.search(text):
        return "undetermined"  # only figures.toml compares numbers
    if known["must"].match(text):
        return "permit"
    if entry.kinds == {"duty"} and not hedged and not known["leave"].match(text):
        return "permit"
    return "permit" if _GRANTS.search(own) and not hedged and not _COUNTED.search(text) else "undetermined"


def entries_of(pack: Pack, on: date) -> Mapping[str, Entry]:
    """Kept with the pack's compiled clauses, for each stretch of time without a change."""
    key = ("clause ledger", pack.stretch(on))
    if key not in pack.compiled:
        pack.compiled[key] = ledger(pack, on)
    return cast("Mapping[str, Entry]", pack.compiled[key])


def _index(pack: Pack, on: date, texts: Texts) -> ClauseIndex:
    if texts:
        return ClauseIndex(_binding(entries_of(pack, on)), texts)
    key = ("clause index", pack.stretch(on))
    if key not in pack.compiled:
        pack.compiled[key] = ClauseIndex(_binding(entries_of(pack, on)), {})
    return cast(ClauseIndex, pack.compiled[key])


def _binding(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """Without commentary, which a question by name may still see."""
    return {id: entry for id, entry in entries.items() if not id.startswith(rules().commentary)}

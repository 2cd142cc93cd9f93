"""From a letter's facts to what stands in it, in one language: the same blocks are printed, shown on a page and tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from meterkeep.desks.arrears.letters.letter import LANGUAGES, Kind, Letter, Letterhead, Office
from meterkeep.desks.arrears.letters.texts import Passage, Wording, fields_of, wording
from meterkeep.desks.saying import said_day, said_money, said_number
from meterkeep.errors import BadInput


@dataclass(frozen=True, slots=True)
class Block:
    """kind: text, heading, law (a statute's own words), list, table or form. rows: of a table, its first row is its head. items: of a list or form."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A letter in one language. sender: lines of the head; to: lines of the address."""

    language: str
    title: str
    on: str
    reference: str
    numbering: str
    sender: tuple[str, ...]
    to: tuple[str, ...]
    blocks: tuple[Block, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def written(letter: Letter, head: Letterhead, *, languages: Sequence[str]) -> tuple[Page, ...]:
    """The letter in each language, in this order. Raises BadInput where a fact is missing that it has to state."""
    return tuple(_page(letter, head, wording(language)) for language in languages)


def _page(letter: Letter, head: Letterhead, texts: Wording) -> Page:
    sender = _sender(letter, head)
    known = _known(letter, head, texts.language)
    blocks = [
        block
        for passage in texts.bodies[letter.kind]
        for block in _blocks(passage, letter, head, texts, known)
    ]
    return Page(
        language=texts.language,
        title=_filled(texts.titles[letter.kind], known, letter),
        on=said_day(letter.on, texts.language),
        reference=texts.words["reference"].format(reference=letter.reference),
        numbering=texts.words["page"],
        sender=(sender.name, *sender.address),
        to=(letter.to.name, *letter.to.address),
        blocks=tuple(blocks),
    )


def _sender(letter: Letter, head: Letterhead) -> Office:
    return _agency(letter, head) if letter.kind == Kind.VALIDATION else head.office


def _agency(letter: Letter, head: Letterhead) -> Office:
    if not (found := head.agencies.get(letter.agency)):
        raise BadInput(
            "The letterhead says nothing of the agency.",
            where=letter.agency or "agency",
            next=f"Add [agencies.{letter.agency or 'ID'}] with name, address and phone to the letterhead.",
        )
    return found


_DAYS = ("due_date", "on", "next_on", "dispute_by", "report_from", "disputed_on", "planned_on")


def names_agency(letter: Letter) -> bool:
    """Whether the letter names the agency, in its words or in a part."""
    return any(
        "agency" in fields_of(passage.text) or passage.name in ("agency", "form")
        for passage in wording(LANGUAGES[0]).bodies[letter.kind]
        if passage.sign != "?" or bool(getattr(letter, passage.name, False))
    )


def _known(letter: Letter, head: Letterhead, language: str) -> Mapping[str, str]:
    """What words in braces stand for. What is not known is not there, and asking for it stops the letter."""
    days = {name: getattr(letter, name) for name in _DAYS}
    if letter.itemised:
        days["itemised_on"] = letter.itemised.day
    named = {name: said_day(day, language) for name, day in days.items() if day}
    if letter.agency in head.agencies:
        named["agency"] = head.agencies[letter.agency].name
    return {
        **named,
        "name": letter.to.name,
        "provider": head.office.name,
        "utility": head.utility,
        "sender": _sender(letter, head).name,
        "balance": said_money(letter.balance),
        "days": said_number((letter.on - letter.due_date).days),
        **({"credit_days": said_number(letter.credit_days)} if letter.credit_days else {}),
    }


def _filled(text: str, known: Mapping[str, str], letter: Letter) -> str:
    if lacking := sorted(fields_of(text) - set(known)):
        raise BadInput(
            f"A {letter.kind} states {lacking[0]}, which is not on record.",
            where=letter.reference,
            next="Record it, then write the letter.",
        )
    return text.format_map(known)


def _blocks(
    passage: Passage, letter: Letter, head: Letterhead, texts: Wording, known: Mapping[str, str]
) -> Iterator[Block]:
    if passage.sign == "@":
        yield from _part(passage, letter, head, texts)
    elif passage.sign == "!":
        if _applies(passage.name, letter):
            yield Block("law", _filled(texts.fixed[passage.name], known, letter))
    elif passage.sign != "?" or _holds(passage.name, letter, head):
        yield Block("heading" if passage.sign == "#" else "text", _filled(passage.text, known, letter))


def _applies(name: str, letter: Letter) -> bool:
    """Of the law's wordings about an old debt one stands at most."""
    if name == "old":
        return letter.too_old_to_sue and not letter.too_old_to_report
    return letter.too_old_to_report if name == "very_old" else True


def _holds(name: str, letter: Letter, head: Letterhead) -> bool:
    if name == "website":
        return bool(_sender(letter, head).website)
    return letter.next_on is not None if name == "next" else bool(getattr(letter, name))


def _part(passage: Passage, letter: Letter, head: Letterhead, texts: Wording) -> Iterator[Block]:
    words = texts.words
    match passage.name:
        case "status":
            yield Block("table", rows=_status(letter, texts))
        case "which":
            yield Block("list", items=tuple(f"{name}: {said}" for name, said in _which(letter, words)))
        case "plan":
            yield Block("table", rows=_plan(letter, texts))
        case "bills" if letter.more_bills:
            yield Block("table", rows=_bills(letter, texts))
        case "ways":
            yield Block("list", items=tuple(head.ways[texts.language]))
        case "contact":
            yield Block("list", items=_contact(head.office, words))
        case "agency":
            yield Block("list", items=_contact(_agency(letter, head), words))
        case "itemised":
            yield Block("table", rows=_itemised(letter, texts))
        case "form":
            yield from _form(passage, letter, head, words)


def _status(letter: Letter, texts: Wording) -> tuple[tuple[str, str], ...]:
    words, language = texts.words, texts.language
    return (
        (words["what"], words["amount"]),
        *_which(letter, words),
        (words["balance"], said_money(letter.balance)),
        (words["due_date"], said_day(letter.due_date, language)),
        (words["days"], said_number((letter.on - letter.due_date).days)),
        (words["interest"], said_money(0)),
    )


def _which(letter: Letter, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Which account, without its whole number: a letter may be opened by somebody else."""
    yield words["account"], words["account_ending"].format(tail=tail_of(letter.to.account))
    if letter.to.service_address:
        yield words["service_address"], letter.to.service_address


def _plan(letter: Letter, texts: Wording) -> tuple[tuple[str, str], ...]:
    if not letter.instalments or sum(cents for _, cents in letter.instalments) != letter.balance:
        raise BadInput(
            "The parts of the payment plan are not on record, or do not come to what it is for.",
            where=letter.reference,
            next="Enter the plan with its parts, then write the letter.",
        )
    words = texts.words
    return (
        (words["what"], words["amount"]),
        *_which(letter, words),
        *(
            (words["instalment"].format(day=said_day(day, texts.language)), said_money(cents))
            for day, cents in letter.instalments
        ),
        (words["all_parts"], said_money(letter.balance)),
    )


def _bills(letter: Letter, texts: Wording) -> tuple[tuple[str, str], ...]:
    if sum(cents for _, cents in letter.bills) != letter.balance:
        raise BadInput(
            "The bills do not come to what is owed.",
            where=letter.reference,
            next="Correct the account, then write the letter.",
        )
    words = texts.words
    return (
        (words["what"], words["amount"]),
        *(
            (words["bill"].format(day=said_day(day, texts.language)), said_money(cents))
            for day, cents in letter.bills
        ),
        (words["all_bills"], said_money(letter.balance)),
    )


def _itemised(letter: Letter, texts: Wording) -> tuple[tuple[str, str], ...]:
    """Each line stands there where it is nothing, too: Regulation F asks for it."""
    if not (one := letter.itemised):
        raise BadInput(
            "A validation notice is itemised from a day on which the customer had a statement, and none is on record.",
            where=letter.reference,
            next="Send a letter with the amount first.",
        )
    if one.owed + one.interest + one.fees - one.paid != letter.balance:
        raise BadInput(
            "The items of the validation notice do not come to what is owed.",
            where=letter.reference,
            next="Correct the account, then write the letter.",
        )
    words = texts.words
    return (
        (words["what"], words["amount"]),
        *_which(letter, words),
        (words["billed"].format(itemised_on=said_day(one.day, texts.language)), said_money(one.owed)),
        (words["interest_since"], said_money(one.interest)),
        (words["fees_since"], said_money(one.fees)),
        (words["paid_since"], said_money(-one.paid)),
        (words["now"], said_money(letter.balance)),
    )


def _contact(office: Office, words: Mapping[str, str]) -> tuple[str, ...]:
    online = (f"{words['website']}: {office.website}",) if office.website else ()
    return (
        f"{words['phone']}: {office.phone}",
        *online,
        f"{words['post']}: {', '.join((office.name, *office.address))}",
    )


def _form(passage: Passage, letter: Letter, head: Letterhead, words: Mapping[str, str]) -> Iterator[Block]:
    agency = _agency(letter, head)
    yield Block("form", words["tick"], items=tuple(item.strip() for item in passage.text.split("|")))
    yield Block("text", f"{words['to']}: {', '.join((agency.name, *agency.address))}")
    yield Block("text", f"{words['from']}: {', '.join((letter.to.name, *letter.to.address))}")


def tail_of(account: str) -> str:
    """The last four signs of an account number; of a short one fewer, so that never more than half is told."""
    return account[-min(4, len(account) // 2) :] if len(account) > 1 else ""

"""What the policy pages show, as plain values: acts and versions, and a document as the officer reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.policies.models import Adoption, AdoptionAct
from meterkeep.faces.console.presenters import Named
from meterkeep.faces.dates import day
from meterkeep.faces.downloads import csv_text
from meterkeep.policy import Document, Pack
from meterkeep.policy.assurance.coverage import functions
from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.questions.citing import amount, in_use

KINDS = {
    "board_resolution": _("Resolution of the board"),
    "administrative": _("Administrative order"),
    "web_notice": _("Notice on the web"),
    "statute": _("Statute"),
    "archive": _("Archived text"),
}
CLAUSES = {
    "permit": _("permits"),
    "forbid": _("forbids"),
    "definition": _("defines"),
    "parameter": _("sets a figure"),
    "duty": _("asks for an act"),
    "test": _("sets a test"),
    "attest": _("asks for evidence"),
    "info": _("tells"),
}
ANSWERS = {"ayes": _("Ayes"), "noes": _("Noes"), "absent": _("Absent"), "abstain": _("Abstain")}
SIGNED = {
    "signed": (_("Signed"), "good"),
    "illegible": (_("Not legible"), "open"),
    "missing": (_("Missing"), "bad"),
}


@dataclass(frozen=True)
class VersionRow:
    """act: the key of the act's page. tone: good while in force."""

    act: int | None
    document: str
    title: str
    decided_in: str
    since: str
    since_sort: str
    until: str
    until_sort: str
    state: str
    tone: str
    aliases: str


@dataclass(frozen=True)
class ActRow:
    key: int
    kind: str
    number: str
    pack: str
    adopted: str
    adopted_sort: str
    since: str
    since_sort: str
    result: str
    by: str
    state: str
    tone: str


@dataclass(frozen=True)
class Register:
    acts: tuple[ActRow, ...]
    versions: tuple[VersionRow, ...]
    findings: tuple[str, ...]
    stamps: tuple[tuple[str, ...], ...]


def register(
    acts: Sequence[AdoptionAct],
    versions: Iterable[Adoption],
    *,
    findings: Sequence[str],
    stamps: Mapping[str, Mapping[str, int]],
    digests: Mapping[str, str],
    today: date,
) -> Register:
    """stamps: digest → what carries it, counted. digests: digest → the words for it, where it is known."""
    return Register(
        acts=tuple(_act_row(act, today) for act in acts),
        versions=tuple(_version_row(version, today) for version in versions),
        findings=tuple(findings),
        stamps=tuple(
            (digests.get(digest, digest[:16] or gettext("nothing was in force")), *map(str, counts.values()))
            for digest, counts in stamps.items()
        ),
    )


def state(since: date, until: date | None, today: date) -> tuple[str, str]:
    if since > today:
        return gettext("To come"), "open"
    return (gettext("Ended"), "plain") if until and until <= today else (gettext("In force"), "good")


def _act_row(act: AdoptionAct, today: date) -> ActRow:
    word, tone = state(act.effective_on, act.until, today)
    return ActRow(
        key=act.pk,
        kind=str(KINDS[act.kind]),
        number=act.number or gettext("without a number"),
        pack=act.pack,
        adopted=day(act.adopted_on),
        adopted_sort=act.adopted_on.isoformat(),
        since=day(act.effective_on),
        since_sort=act.effective_on.isoformat(),
        result=act.result,
        by=act.by,
        state=word,
        tone=tone,
    )


def _version_row(version: Adoption, today: date) -> VersionRow:
    word, tone = state(version.effective_on, version.until, today)
    return VersionRow(
        act=version.act_id,
        document=version.document,
        title=version.title or version.subject,
        decided_in=version.resolution,
        since=day(version.effective_on),
        since_sort=version.effective_on.isoformat(),
        until=day(version.until),
        until_sort=version.until.isoformat() if version.until else "9999",
        state=word,
        tone=tone,
        aliases=", ".join(version.aliases),
    )


def versions_csv(rows: Iterable[VersionRow]) -> str:
    head = ("document", "title", "decided_in", "from", "until", "state", "aliases")
    cells = (
        (row.document, row.title, row.decided_in, row.since_sort, row.until, row.state, row.aliases)
        for row in rows
    )
    return csv_text([head, *cells])


@dataclass(frozen=True)
class Signed:
    role: str
    document: str
    name: str
    on: str
    state: str
    tone: str


@dataclass(frozen=True)
class ActPage:
    """roll: answer → names. law: what stands beneath, readable like the documents."""

    key: int
    title: str
    state: str
    tone: str
    facts: tuple[Named, ...]
    roll: tuple[Named, ...]
    detached: bool
    recitals: tuple[Named, ...]
    sections: tuple[Named, ...]
    legal_basis: tuple[str, ...]
    signatures: tuple[Signed, ...]
    attachments: tuple[Named, ...]
    documents: tuple[Adoption, ...]
    law: tuple[Document, ...]


def act_page(act: AdoptionAct, pack: Pack, *, today: date) -> ActPage:
    word, tone = state(act.effective_on, act.until, today)
    roll = {answer: [one.name for one in act.ballots.all() if one.vote == answer] for answer in ANSWERS}
    return ActPage(
        key=act.pk,
        title=f"{KINDS[act.kind]} {act.number}".strip(),
        state=word,
        tone=tone,
        facts=tuple(fact for fact in _act_facts(act) if fact.value),
        roll=tuple(Named(str(ANSWERS[a]), ", ".join(n) or "–") for a, n in roll.items())
        if any(roll.values())
        else (),
        detached=act.detached,
        recitals=tuple(_passage(one) for one in act.recitals),
        sections=tuple(_passage(one) for one in act.sections),
        legal_basis=tuple(act.legal_basis),
        signatures=tuple(_signed(one) for one in act.signatures.all()),
        attachments=tuple(
            Named(one.title, one.sha256 or gettext("not kept"), mono=bool(one.sha256))
            for one in act.attachments.all()
        ),
        documents=tuple(act.documents.order_by("document")),
        law=pack.law,
    )


def _act_facts(act: AdoptionAct) -> list[Named]:
    source = " ".join((act.source_file, act.source_lines)).strip()
    return [
        Named(gettext("Title"), act.title),
        Named(gettext("Body"), act.body),
        Named(gettext("Adopted"), day(act.adopted_on)),
        Named(gettext("In force from"), day(act.effective_on)),
        Named(gettext("Until"), day(act.until)),
        Named(
            gettext("Meeting"),
            f"{day(act.meeting_on)} {gettext('item')} {act.item}" if act.meeting_on else "",
        ),
        Named(gettext("Pages of the item"), act.pages),
        Named(gettext("Report from"), act.from_whom),
        Named(gettext("Report to"), act.to_whom),
        Named(gettext("Result"), act.result),
        Named(gettext("Customers are served since"), day(act.operational_on)),
        Named(gettext("Read in"), source),
        Named(
            gettext("Authoritative"), "" if act.authoritative else gettext("No: compare it with the original")
        ),
        Named(gettext("Note"), act.note),
        Named(gettext("Entered by"), f"{act.by}, {day(act.on)}"),
        Named(gettext("Fingerprint of the pack"), act.pack_digest, mono=True),
        Named(gettext("Fingerprint of its files"), act.copy_id, mono=True),
        Named(gettext("Fingerprint of the record"), act.record_digest, mono=True),
    ]


def _passage(one: Mapping[str, str]) -> Named:
    return Named(one["id"], one["says"])


def _signed(one: Any) -> Signed:
    word, tone = SIGNED[one.state]
    return Signed(one.role, one.document, one.name, day(one.on), str(word), tone)


@dataclass(frozen=True)
class BlockRow:
    id: str
    kind: str
    effect: str
    summary: str
    anchor: str
    figures: tuple[str, ...]
    rulings: tuple[str, ...]
    function: str
    built: bool
    verified: bool


@dataclass(frozen=True)
class Section:
    heading: str
    text: str
    blocks: tuple[BlockRow, ...]


@dataclass(frozen=True)
class DocumentPage:
    id: str
    title: str
    facts: tuple[Named, ...]
    sections: tuple[Section, ...]


def document_page(document: Document, pack: Pack, header: Adoption | None, *, today: date) -> DocumentPage:
    """The document heading by heading: our paraphrase, then what each of its clauses does."""
    headings: dict[tuple[str, str], list[Clause]] = {}
    for clause in document.clauses:
        headings.setdefault((clause.heading, clause.text), []).append(clause)
    return DocumentPage(
        id=document.id,
        title=document.title,
        facts=tuple(fact for fact in _header(document, header) if fact.value),
        sections=tuple(
            Section(heading, text, tuple(_block(clause, pack, today) for clause in clauses))
            for (heading, text), clauses in headings.items()
        ),
    )


def _header(document: Document, header: Adoption | None) -> list[Named]:
    facts = [Named(gettext("Read in"), document.source)]
    if header is None:
        return [
            Named(gettext("Adopted"), document.adopted),
            Named(gettext("In force from"), day(document.effective)),
            *facts,
        ]
    pages = str(header.pages_said or "")
    if header.pages_run and header.pages_run != header.pages_said:
        pages = gettext("%(said)s as it says, %(run)s as it runs") % {"said": pages, "run": header.pages_run}
    return [
        Named(gettext("Subject"), header.subject),
        Named(gettext("Number"), header.number),
        Named(gettext("Also written"), ", ".join(header.aliases)),
        Named(gettext("In force from"), day(header.effective_on)),
        Named(gettext("Until"), day(header.until)),
        Named(gettext("Supersedes"), header.supersedes),
        Named(gettext("Staff contact"), header.staff_contact or gettext("none named")),
        Named(gettext("Pages"), pages),
        *facts,
    ]


def _block(clause: Clause, pack: Pack, today: date) -> BlockRow:
    function = functions()[clause.function]
    rulings = [pack.interpretations[name] for name in clause.interpretations]
    return BlockRow(
        id=clause.id,
        kind=str(CLAUSES[clause.kind]),
        effect={"permit": "permit", "forbid": "refuse"}.get(clause.kind, ""),
        summary=clause.summary,
        anchor=clause.cited_from,
        figures=tuple(_figure(pack, name, today) for name in _numbers(clause, pack, today)),
        rulings=tuple(f"{one.id}: {one.choices[one.ruling]}" for one in rulings),
        function=f"{function.title} ({function.code})",
        built=function.carries(clause.id),
        verified=clause.verified,
    )


def _numbers(clause: Clause, pack: Pack, today: date) -> list[str]:
    """Parameters that the clause's conditions read, and those whose figure in use stands in it."""
    read = [atom.parameter for atom in (*clause.when, *clause.unless) if atom.parameter]
    cited = [
        name
        for name, parameter in pack.parameters.items()
        if (figure := parameter.at(today)) and figure.cite == clause.id and in_use(pack, name)
    ]
    return list(dict.fromkeys([*read, *cited]))


def _figure(pack: Pack, name: str, today: date) -> str:
    parameter = pack.parameters[name]
    figure = parameter.at(today)
    return f"{parameter.says}: {amount(name, figure.value) if figure else '–'}"

"""A provider's own pack, begun as a copy of another: its name, its ids, its dates to come; every ruling still to be made.

Ids are those of the provider from the first day (CEA-04/6.5 becomes LE-04/6.5), in the documents, in what refers to them
and in the tests, so that the copy lints, tests and proves as its model does. What is the model's alone is left out: its
resolution and votes, the papers that tell of them, and the files and lines in which its text was read. `[from]` in the
copy's pack.toml says where it came from, so that the two can be compared under one set of ids.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from meterkeep.errors import BadInput, Refused
from meterkeep.policy.language.adoption import FILE, AdoptionRecord, adoption_of
from meterkeep.policy.language.folder import ID, read_folder
from meterkeep.policy.language.loading import folder_of, load_pack, own_pack_ids, pack_ids
from meterkeep.policy.language.pack import Pack

NOBODY = "nobody yet"
"""Begins `by` of a ruling that was taken over and that the adopter has not made."""

SHIPPED_DEFAULT = "default of the shipped pack"
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_STRING = r"\"(?:[^\"\\\n]|\\.)*\""
_ORIGIN = re.compile(
    r"^(?:# What this pack was begun from;[^\n]*\n)?\[from[^\n]*\]\n.*?(?=^[\[#]|\Z)", re.M | re.S
)
_DAY_OF_MODEL = "as in the model, for the cases; your act of adoption says from which day this decides"
_ADOPTION = """# The act by which you adopt these documents. Fill it in when it has happened; `meterkeep policy adopt` takes it over.
# What may stand here besides: [[recital]], [[section]], [[signature]], [[attachment]], [votes], [document.ID], [source].

kind = "board_resolution"   # or administrative, web_notice
number = ""
title = ""
body = ""
# adopted = 2026-03-02     # the day of the act
# effective = 2026-04-01   # the day from which these documents decide
legal_basis = []

[votes]
ayes = []
noes = []
absent = []
abstain = []
"""


@dataclass(frozen=True, slots=True)
class NewPack:
    """renamed: document of the model → its id in the new pack. rulings: those that are the adopter's to make."""

    id: str
    folder: Path
    made_from: str
    renamed: Mapping[str, str]
    rulings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a copy was begun from. digest: the model's on that day. renamed: document of the model → its id in the copy."""

    pack: str
    digest: str
    renamed: Mapping[str, str]


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-")


def prefix_of(name: str) -> str:
    """Initials; of a single word its first three letters."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    initials = "".join(word[0] for word in words) if len(words) > 1 else "".join(words)[:3]
    return initials.upper()[:10]


def origin_of(pack: str | Path) -> Origin | None:
    """Where a pack that loads was begun; None for one that was not begun with `policy new`."""
    about = tomllib.loads((folder_of(pack) / "pack.toml").read_text(encoding="utf-8"))
    return Origin(**about["from"]) if "from" in about else None


def unruled(pack: Pack) -> list[str]:
    """Questions on which nobody but the pack's makers has ruled."""
    return [
        name
        for name, ruling in pack.interpretations.items()
        if ruling.by.startswith((NOBODY, SHIPPED_DEFAULT))
    ]


def new_pack(model: str | Path, *, name: str, folder: Path, prefix: str = "") -> NewPack:
    """Writes the copy into the folder, whose name becomes the pack's id. Raises Refused where the folder is there already."""
    prefix = prefix or prefix_of(name)
    pack = load_pack(model)
    _check(pack, name=name, folder=folder, prefix=prefix)
    papers = _papers(pack, adoption_of(model))
    renamed = _renamed(pack, prefix, papers)
    files = _without(papers, read_folder(folder_of(model)), pack)
    files = {
        **_rewritten(files, pack, name=name, own_id=folder.name, renamed=renamed),
        FILE: _record(pack, renamed),
    }
    files["pack.toml"] += _origin(pack, renamed)
    _write(files, folder)
    made = load_pack(folder)
    return NewPack(folder.name, folder, pack.id, renamed, tuple(unruled(made)))


def _check(pack: Pack, *, name: str, folder: Path, prefix: str) -> None:
    if all(document.law for document in pack.documents):
        raise BadInput(
            f"{pack.id} is the law; a provider adopts documents of its own.",
            next="Begin from a provider's pack, such as cea.",
        )
    if not name.strip() or '"' in name or not name.isprintable() or len(name) > 100:
        raise BadInput("A provider's name is one line of up to 100 characters, without quotes.", where="name")
    if not ID.fullmatch(folder.name):
        raise BadInput(
            f"{folder.name!r} is no id of a pack.",
            where="folder",
            next="End the folder's name with lower-case letters, digits and -, up to 40.",
        )
    _check_free(folder)
    if not _PREFIX.fullmatch(prefix) or prefix in {document.id for document in pack.law}:
        raise BadInput(
            f"{prefix!r} cannot begin the ids of your clauses.",
            where="prefix",
            next="Give 2 to 10 capitals and digits that no part of the law uses: --prefix LE.",
        )


def _check_free(folder: Path) -> None:
    if folder.name in (*pack_ids(), *own_pack_ids()):
        raise Refused(
            f"There is a pack {folder.name} already.", next="Choose another name, or another folder."
        )
    if folder.exists() or folder.is_symlink():
        raise Refused(
            "There is something here already; nothing is overwritten.",
            where=str(folder),
            next="Name another folder with --to.",
        )


def _papers(pack: Pack, record: AdoptionRecord | None) -> frozenset[str]:
    """Staff report, resolution and the like: documents that decide nothing and that the model's act did not adopt."""
    if record is None or not record.document:
        return frozenset()
    return frozenset(
        document.id
        for document in pack.documents
        if document.id not in record.document and not any(clause.deciding for clause in document.clauses)
    )


def _without(papers: frozenset[str], files: Mapping[str, bytes], pack: Pack) -> dict[str, str]:
    """The model's texts without those papers, and without the cases about them."""
    texts = {name: content.decode("utf-8") for name, content in files.items() if name != FILE}
    if not papers:
        return texts
    names = tomllib.loads(texts["pack.toml"])["documents"]
    gone = [name for name, document in zip(names, pack.documents, strict=True) if document.id in papers]
    listed = ", ".join(f'"{name}"' for name in names if name not in gone)
    texts["pack.toml"] = re.sub(
        r"^documents = \[[^\]]*\]", f"documents = [{listed}]", texts["pack.toml"], flags=re.M
    )
    about = "|".join(map(re.escape, sorted(papers)))
    for name in [name for name in texts if name.startswith("tests/")]:
        head, *cases = re.split(r"(?m)^(?=\[\[case\]\])", texts[name])
        texts[name] = head + "".join(
            case for case in cases if not re.search(rf'(?m)^clause = "(?:{about})/', case)
        )
    if "spec.toml" in texts:
        texts["spec.toml"] = re.sub(rf'(?m)^"(?:{about})/[^\n]*\n', "", texts["spec.toml"])
    return {name: text for name, text in texts.items() if name.removesuffix(".md") not in gone}


def _record(pack: Pack, renamed: Mapping[str, str]) -> str:
    headers = [
        f"\n[document.{renamed[document.id]}]\nsubject = {json.dumps(document.title, ensure_ascii=False)}\n"
        f'number = "{renamed[document.id]}"\nstaff_contact = ""\n'
        for document in pack.documents
        if document.id in renamed
    ]
    return _ADOPTION + "".join(headers)


def _renamed(pack: Pack, prefix: str, papers: frozenset[str]) -> dict[str, str]:
    """CEA-04 → LE-04, CPA → LE: the letters at the beginning are the provider's."""
    own = {document.id for document in pack.documents} - papers
    own |= {clause.document for one in pack.documents if one.id in own for clause in one.clauses}
    renamed = {id: re.sub(r"^[A-Z]+", prefix, id) for id in sorted(own)}
    if len(set(renamed.values())) < len(renamed):
        renamed = {id: f"{prefix}-{id}" for id in sorted(own)}
    return renamed


def _rewritten(
    files: Mapping[str, str], pack: Pack, *, name: str, own_id: str, renamed: Mapping[str, str]
) -> dict[str, str]:
    say = renaming(renamed)
    written = {}
    for path, text in files.items():
        if path == "pack.toml":
            text = _provider(text, pack, name)
        elif path == "interpretations.toml":
            text = _unruled(text, pack.id)
        elif path.endswith(".md"):
            text = _without_sources(text)
        written[say(path)] = re.sub(rf"(meterkeep policy \w+) {pack.id}\b", rf"\g<1> {own_id}", say(text))
    return written


def renaming(ids: Mapping[str, str]) -> Callable[[str], str]:
    """Puts the new ids where the old ones stand alone: CEA-04 in `CEA-04/6.5` and "CEA-04 6.5", not in CEA-041 or us-ca-CEA-04."""
    longest_first = sorted(ids, key=len, reverse=True)
    alone = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9]|-[A-Z0-9])")
    return lambda text: alone.sub(lambda match: ids[match[0]], text)


def _provider(text: str, pack: Pack, name: str) -> str:
    """The name is the provider's; kind and jurisdiction stay, since the law beneath and the scope of the clauses hang on them."""
    about = f"# Begun from the pack {pack.id}. Edit the files of this folder; nothing is in force before it is adopted.\n"
    text = _ORIGIN.sub("", re.sub(r"^# Begun from [^\n]*\n", "", text))
    return about + re.sub(rf"^name = {_STRING}", lambda _: f'name = "{name}"', text, count=1, flags=re.M)


def _origin(pack: Pack, renamed: Mapping[str, str]) -> str:
    ids = "".join(f'"{old}" = "{new}"\n' for old, new in sorted(renamed.items()))
    return (
        "\n# What this pack was begun from; `meterkeep policy impact` compares the two by it. Leave it as it is.\n"
        f'[from]\npack = "{pack.id}"\ndigest = "{pack.digest}"\n\n[from.renamed]\n{ids}'
    )


def begun_ruling(model: str) -> str:
    """Who made a ruling that was taken over from the model."""
    return f"{NOBODY}; as in {model}"


def _unruled(text: str, model: str) -> str:
    return re.sub(rf"^by = {_STRING}", f'by = "{begun_ruling(model)}"', text, flags=re.M)


def _without_sources(text: str) -> str:
    """The model's text was read in its own files; whose act adopted it, and where its lines stand, is not ours."""
    text = re.sub(r"^(effective = [\d-]+)(?=\nadopted = )", rf"\1  # {_DAY_OF_MODEL}", text, flags=re.M)
    text = re.sub(rf"^adopted = {_STRING}", 'adopted = ""', text, flags=re.M)
    return re.sub(rf"^(?:source|anchor) = {_STRING}\n", "", text, flags=re.M)


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Whole or not at all: beside the folder first, then under its name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".new-") as beside:
        made = Path(beside) / folder.name
        for path, text in files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_text(text, encoding="utf-8")
        made.rename(folder)

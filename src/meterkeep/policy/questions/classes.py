"""Whether a purpose is primary or secondary: what the register says under the rulings, with the definition beside it."""

from __future__ import annotations

import re
from datetime import date

from meterkeep.policy.language.pack import Pack
from meterkeep.policy.questions.answers import Answer
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import Texts
from meterkeep.policy.questions.lookup import entries_of, look_up, of_lines
from meterkeep.policy.questions.reading import read

_ASKED = re.compile(
    r"^(?:is|are|does|do|would|can|could) (?P<what>.+?) (?:be |been |count as |counts as |considered |treated as |regarded as )*"
    r"(?:an? )?(?P<cls>primary|secondary)(?: (?:purposes?|uses?))?$"
)


def asked_class(text: str, pack: Pack, on: date, texts: Texts) -> Answer | None:
    """The answer to `is … a primary purpose`; None where that is not the question, or the purpose is not understood."""
    hit = _ASKED.match(text)
    purposes = read(hit["what"]).facts.get("purpose.name", ()) if hit else ()
    purpose = pack.purposes.get(str(purposes[0])) if len(purposes) == 1 else None
    if not hit or not purpose:
        return None
    defined = look_up(f"what is a {hit['cls']} purpose", pack, on=on, texts=texts)
    if defined is None:
        return None
    entries = entries_of(pack, on)
    cited = [one.id for one in defined.citations]
    ids = tuple(id for id in cited if "definition" in entries[id].kinds) or tuple(cited)
    rulings = dict.fromkeys(ruling for id in ids for ruling in entries[id].rulings)
    told = f"{purpose.title}: the register of purposes has it as {purpose.cls or 'neither; nobody has ruled on it'}."
    outcome = "undetermined" if not purpose.cls else "permit" if purpose.cls == hit["cls"] else "refuse"
    lines = (Branch(" ".join((told, *(f"Ruled: {one}" for one in rulings))), outcome, ids),)
    return of_lines(lines, outcome, pack, on, texts)

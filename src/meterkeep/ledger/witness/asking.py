"""The log asks its witnesses, and keeps what they cosigned: `cosigned`, and `witnessed` once the policy is met.

The gate does not wait for witnesses: a log that outsiders have not seen yet is still a log. What waits is what is shown as
witnessed, and, where the log has a policy, the checkpoint on the public pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.ledger.files import write_durably
from meterkeep.ledger.locks import exclusive
from meterkeep.ledger.merkle import consistency_path
from meterkeep.ledger.notes import Checkpoint, NoteError, read_checkpoint, read_signature
from meterkeep.ledger.tiles import Tree
from meterkeep.ledger.witness.exchange import Answer, Submission
from meterkeep.ledger.witness.kept import COSIGNED, POLICY, WITNESSED, kept_checkpoint, policy_of
from meterkeep.ledger.witness.policy import Eye, Policy

Post = Callable[[str, bytes], Answer]
"""(address, body) → answer. Raises OSError where nobody answers."""


@dataclass(frozen=True)
class Told:
    """What came of asking one witness. outcome: cosigned, not_reached, refused, or contradicts: it has seen another history."""

    name: str
    outcome: str
    says: str = ""


@dataclass(frozen=True)
class Witnessing:
    """met: whether the policy is, for the checkpoint of this size."""

    size: int
    needs: str
    met: bool
    witnesses: list[Told] = field(default_factory=list)

    @property
    def contradicted(self) -> bool:
        return any(told.outcome == "contradicts" for told in self.witnesses)


def ask(folder: Path, *, post: Post) -> Witnessing:
    """Asks every witness of the policy that has not cosigned the newest checkpoint. Raises BadInput without policy or log."""
    policy = policy_of(folder)
    if policy is None:
        raise BadInput(
            "This log has no policy.",
            where=POLICY,
            next="Write the file in C2SP tlog-policy form: docs/log.md says how.",
        )
    with exclusive(folder / "witness.lock"):
        note = _newest(folder)
        told = []
        for eye in policy.eyes.values():
            note, outcome = _ask(folder, eye, note, post)
            told.append(outcome)
        return _settled(folder, policy, note, told)


def _newest(folder: Path) -> Checkpoint:
    """The newest checkpoint, with the cosignatures that it has already."""
    try:
        checkpoint = read_checkpoint((folder / "checkpoint").read_text())
    except FileNotFoundError:
        raise BadInput("There is no log here.", where=folder.name, next="Name the folder of a log.") from None
    kept = kept_checkpoint(folder, COSIGNED)
    return kept if kept and kept.text == checkpoint.text else checkpoint


def _settled(folder: Path, policy: Policy, note: Checkpoint, told: list[Told]) -> Witnessing:
    met = policy.satisfied_by(policy.witnesses_of(note))
    write_durably(folder / COSIGNED, note.note.encode())
    if met:
        write_durably(folder / WITNESSED, note.note.encode())
    return Witnessing(note.size, policy.in_words(), met, told)


def _ask(folder: Path, eye: Eye, note: Checkpoint, post: Post) -> tuple[Checkpoint, Told]:
    """The checkpoint, with this witness's lines where it cosigned, and what came of it."""
    if eye.name in _eyes_on(note, eye):
        return note, Told(eye.name, "cosigned")
    if not eye.url:
        return note, Told(eye.name, "not_reached", "has no address in the policy")
    try:
        answer = _answered(folder, eye, note, post)
    except OSError as error:
        return note, Told(eye.name, "not_reached", f"did not answer ({_cause(error)})")
    if answer.status != 200:
        return note, _refusal(eye, note, answer)
    return _with_lines(eye, note, answer)


def _cause(error: OSError) -> str:
    inner = getattr(error, "reason", None)
    return str(getattr(inner, "strerror", None) or getattr(error, "strerror", None) or inner or error)


def _eyes_on(note: Checkpoint, eye: Eye) -> list[str]:
    return Policy(eyes={eye.name: eye}).witnesses_of(note)


def _answered(folder: Path, eye: Eye, note: Checkpoint, post: Post) -> Answer:
    """A witness that knows another size than we think says so, and is asked once more from there."""
    last = kept_checkpoint(folder, WITNESSED)
    old = last.size if last and last.size <= note.size and _eyes_on(last, eye) else 0
    answer = post(eye.url, _submission(folder, old, note))
    if answer.size is not None and answer.size != old and answer.size <= note.size:
        answer = post(eye.url, _submission(folder, answer.size, note))
    return answer


def _submission(folder: Path, old: int, note: Checkpoint) -> bytes:
    path = consistency_path(old, note.size, Tree(folder, note.size).subtree)
    return Submission(old, path, note).as_body()


def _refusal(eye: Eye, note: Checkpoint, answer: Answer) -> Told:
    if answer.size is not None and answer.size > note.size:
        return Told(
            eye.name,
            "contradicts",
            f"has cosigned {answer.size:,} entries; this log has {note.size:,}: it was set back",
        )
    if answer.size is not None and answer.size < note.size:
        return Told(eye.name, "refused", "was asked by somebody else meanwhile; ask again")
    if answer.status in (409, 422):
        return Told(eye.name, "contradicts", "has cosigned another history of this log")
    says = {403: "does not accept the log's key", 404: "does not know this log"}
    return Told(eye.name, "refused", says.get(answer.status, f"answered {answer.status}"))


def _with_lines(eye: Eye, note: Checkpoint, answer: Answer) -> tuple[Checkpoint, Told]:
    """Only the lines of the key that the policy names are taken, and only where they fit."""
    try:
        lines = [line for line in answer.body.decode().splitlines() if _is_of(eye, line)]
        cosigned = replace(note, note=note.note + "".join(f"{line}\n" for line in lines))
        if _eyes_on(cosigned, eye):
            return cosigned, Told(eye.name, "cosigned")
    except (NoteError, UnicodeDecodeError):
        pass
    return note, Told(eye.name, "refused", "answered with a cosignature that does not fit its key")


def _is_of(eye: Eye, line: str) -> bool:
    name, id, _ = read_signature(line)
    return (name, id) == (eye.key.name, eye.key.id)

"""Files that go out: to the agency what it is to collect or to stop, to the books what was written off."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput, Busy
from meterkeep.faces.cli.output import Day, aligned, as_of_option, by_option, json_option, say_json
from meterkeep.ledger.files import write_durably

out_option = click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; one that is there is not replaced.",
)
agency_option = click.option("--agency", required=True, help="Which agency: a party's id.")


@click.command()
@agency_option
@out_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def refer(composition: Any, agency: str, out: Path, by: str, as_of: date | None, as_json: bool) -> None:
    """Write the referral file of what is with an agency and not held: a disclosure, decided and recorded."""
    _send(composition, "refer", agency, out, by=by, as_of=as_of, as_json=as_json)


@click.command()
@agency_option
@out_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def recall(composition: Any, agency: str, out: Path, by: str, as_of: date | None, as_json: bool) -> None:
    """Write the recall file of what an agency is to give back: a disclosure, decided and recorded."""
    _send(composition, "recall", agency, out, by=by, as_of=as_of, as_json=as_json)


@click.command()
@agency_option
@out_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def correct(composition: Any, agency: str, out: Path, by: str, as_of: date | None, as_json: bool) -> None:
    """Write the file of what an agency is to set right with credit bureaus: a disclosure, decided and recorded."""
    _send(composition, "correct", agency, out, by=by, as_of=as_of, as_json=as_json)


@click.command()
@click.option("--since", type=Day(), required=True, help="The first day of write-offs.")
@out_option
@as_of_option
@json_option
@click.pass_obj
def journal(composition: Any, since: date, out: Path, as_of: date | None, as_json: bool) -> None:
    """Write the journal of what was written off up to --as-of, for the ledger of accounts. It names no customer."""
    custodian = composition.open()
    _check_new(out)
    from meterkeep.desks.arrears import disclosing, files

    found = disclosing.write_offs(since=since, on=as_of or custodian.today())
    made = files.journal(found)
    _write(out, made.content)
    told = {
        "file": str(out), "entries": made.entries, "debit": files.dollars(made.debit), "credit": files.dollars(made.credit),
        "sha256": hashlib.sha256(made.content).hexdigest(),
    }  # fmt: skip
    if as_json:
        say_json(told)
    else:
        click.echo(f"{out}: {made.entries:,} write-offs, debit ${told['debit']} = credit ${told['credit']}.")


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; one that is there is not replaced. Without it nothing is written or entered.",
)
@click.option(
    "--kind", "kinds", multiple=True, metavar="LETTER", help="Only this letter; repeat it for more."
)
@click.option(
    "--again",
    default="",
    metavar="SHA256",
    help="Write a file of letters once more that were entered before.",
)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def letters(
    composition: Any,
    out: Path | None,
    kinds: tuple[str, ...],
    again: str,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> int:
    """Say which letters are due; with --out, write them into one PDF and enter them as sent. Exit 1 where one that is due was left out."""
    custodian = composition.open()
    from meterkeep.desks.arrears import mailing
    from meterkeep.faces.cli.collections.acts import past

    wanted, on = _kinds(kinds), past(custodian, as_of)
    if out is None:
        if again:
            raise BadInput("The letters go into a file.", where="--out", next="Name one.")
        return _preview(mailing.due(on=on, kinds=wanted), mailing.batches(on=on), as_json)
    _check_new(out)
    return _write_letters(custodian, out, wanted, again, by, on, as_json)


def _write_letters(
    custodian: Any, out: Path, kinds: Any, again: str, by: str, on: date, as_json: bool
) -> int:
    from meterkeep.desks.arrears import mailing
    from meterkeep.desks.arrears.letters.head import NAME, read_letterhead

    head, gate = read_letterhead(custodian.home.folder / NAME), custodian.gate
    before = {} if again else mailing.batches(on=on)
    done = (
        mailing.again(sha256=again, out=out, head=head, gate=gate, by=by)
        if again
        else mailing.send(out=out, head=head, gate=gate, by=by, on=on, kinds=kinds)
    )
    told = {
        "file": str(out) if done.sent else None,
        "letters": [{"account": account, "letter": str(kind)} for account, kind in done.sent],
        "left_out": _left(done.left_out),
        "waiting": done.waiting,
        "sha256": done.sha256 or None,
        "before": _before(before),
    }
    say_json(told) if as_json else _tell_letters(told)
    return 1 if done.left_out else 0


def _kinds(names: tuple[str, ...]) -> Any:
    from meterkeep.desks.arrears.kinds import ActKind
    from meterkeep.desks.arrears.occasions import KINDS

    if strange := [name for name in names if name not in {str(kind) for kind in KINDS}]:
        raise BadInput(
            f"{strange[0][:40]!r} is no letter.", where="--kind", next=f"Use {', '.join(map(str, KINDS))}."
        )
    return tuple(ActKind(name) for name in names)


def _preview(pending: Any, before: Any, as_json: bool) -> int:
    """What would be written, as far as the ledger knows: who has no address, only the vault knows."""
    told = {
        "letters": [{"account": one.account.reference, "letter": str(kind)} for one, kind in pending.found],
        "left_out": _left(pending.stopped),
        "waiting": pending.waiting,
        "before": _before(before),
    }
    if as_json:
        say_json(told)
    else:
        counts = Counter(one["letter"] for one in told["letters"])
        rows = [("letter", "accounts"), *((name.replace("_", " "), f"{n:,}") for name, n in counts.items())]
        for line in aligned(rows, left={0}):
            click.echo(line)
        click.echo(f"{_letters(len(told['letters']))} due. Nothing was written or entered.")
        _tell_rest(told)
    return 1 if told["left_out"] else 0


def _left(left_out: Any) -> list[dict[str, str]]:
    return [{"account": one.account, "letter": str(one.kind), "why": one.why} for one in left_out]


def _before(batches: Any) -> list[dict[str, Any]]:
    return [{"sha256": digest, "letters": number} for digest, number in batches.items()]


def _letters(number: int) -> str:
    return f"{number:,} letter{'' if number == 1 else 's'}"


def _tell_letters(told: dict[str, Any]) -> None:
    if told["file"]:
        click.echo(
            f"{told['file']}: {_letters(len(told['letters']))}, entered as sent. SHA-256 {told['sha256']}"
        )
        click.echo("It holds identities: print and post it, then delete it.")
    else:
        click.echo("No letter was written.")
    _tell_rest(told)


def _tell_rest(told: dict[str, Any]) -> None:
    for one in told["left_out"]:
        click.echo(f"Left out, {one['account']}, {one['letter'].replace('_', ' ')}: {one['why']}")
    if told["waiting"]:
        click.echo(f"Letters that wait for another day, because nobody gets two on one: {told['waiting']:,}.")
    for one in told["before"]:
        click.echo(
            f"Entered for this day before: {_letters(one['letters'])}. If the file is lost: --again {one['sha256']}"
        )


def _send(
    composition: Any, what: str, agency: str, out: Path, *, by: str, as_of: date | None, as_json: bool
) -> None:
    custodian = composition.open()
    _check_new(out)
    from meterkeep.desks.arrears import disclosing, files
    from meterkeep.faces.cli.collections.acts import past

    acts = {"refer": disclosing.refer, "recall": disclosing.recall, "correct": disclosing.correct}
    sent = acts[what](party=agency, gate=custodian.gate, by=by, on=past(custodian, as_of))
    _write(out, sent.content)
    told = {
        "file": str(out), "accounts": list(sent.accounts), "left_out": list(sent.left_out),
        "amount": files.dollars(sent.cents), "sha256": hashlib.sha256(sent.content).hexdigest(),
    }  # fmt: skip
    if as_json:
        say_json(told)
        return
    click.echo(
        f"{out}: {len(sent.accounts):,} accounts, ${told['amount']}. It holds identities: send it by a secure way, then delete it."
    )
    if sent.left_out:
        click.echo(f"Left out, because the documents do not let them go: {', '.join(sent.left_out)}.")


def _write(out: Path, content: bytes) -> None:
    """Whole or not at all: half a file of identities is worse than none. Written again, it is the same file."""
    try:
        write_durably(out, content)
    except OSError as error:
        raise Busy(
            f"The file could not be written ({error.strerror}); there is none.",
            where=str(out),
            next="Make room, and run it again: it writes the same lines. The log has that it was decided.",
        ) from None


def _check_new(out: Path) -> None:
    """Before anything is decided, so that nothing is recorded as handed over that was not."""
    if out.exists():
        raise BadInput("There is such a file already.", where=str(out), next="Name another, or move it away.")
    if not out.parent.is_dir():
        raise BadInput("There is no such folder.", where=str(out.parent), next="Make it first.")


FILES = (refer, recall, correct, journal, letters)

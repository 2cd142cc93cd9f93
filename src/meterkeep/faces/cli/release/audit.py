"""`release audit`: what can be worked out from what is public, from our own register or from other people's tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import aligned, as_of_option, json_option, progress, say_json

SHOWN = 5
"""Findings of a kind, and rejected rows of a file, that people are shown; --json has all."""
MINIMUM, SHARE = "aggregate.minimum_customers", "aggregate.share_ppm"


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--tables", is_flag=True, help="Audit published tables: CSV files of one publisher, all periods together."
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    help="15/15 for all; residential=100 or commercial=6/40 for a class, beside it; or a pack, such as cea.",
)
@click.option("--by", "by", multiple=True, metavar="COLUMN", help="A dimension, or a column of the period.")
@click.option("--customers", default="", metavar="COLUMN", help="The column with the number of customers.")
@click.option("--value", default="", metavar="COLUMN", help="The column with the total.")
@click.option("--average", default="", metavar="COLUMN", help="The column with the average, if there is one.")
@click.option(
    "--total", "totals", multiple=True, metavar="NAME", help="A name that stands for all, beside Total."
)
@click.option(
    "--withheld", multiple=True, metavar="MARK", help="A mark of a withheld figure, beside the usual."
)
@as_of_option
@json_option
@click.pass_context
def audit(
    context: click.Context,
    files: tuple[Path, ...],
    tables: bool,
    rules: tuple[str, ...],
    as_of: date | None,
    as_json: bool,
    **said: Any,
) -> None:
    """Say what can be worked out from figures that are public. Exit 1 where anything was found.

    With --tables FILE… other people's published tables: the quarterly ZIP files of California's utilities as they are, or
    any CSV whose columns --by, --customers and --value name. Without, every figure in this home's register of releases.
    """
    if not tables:
        _of_register(context, files, rules, said, as_of=as_of, as_json=as_json)
        return
    if not files:
        raise click.UsageError("Name the files after --tables.")
    report = _of_tables(files, rules, said, on=as_of or datetime.now().astimezone().date())
    if as_json:
        say_json(report.as_json())
    else:
        _show(report)
    context.exit(0 if report.clean else 1)


def _of_tables(files: Sequence[Path], rules: Sequence[str], said: dict[str, Any], *, on: date) -> Any:
    from meterkeep.aggregates.published import ClassRules, Columns, audit_tables

    if not rules:
        raise BadInput(
            "No rule was given.",
            next="Add --rule 15/15, with --rule residential=100 for a class of its own, or --rule PACK.",
        )
    texts, cite = _of_packs(rules, on=on)
    columns = Columns(**{name: value for name, value in said.items() if value})
    with progress() as bar:
        task = bar.add_task("Reading rows", total=None)
        return audit_tables(
            files,
            rules=ClassRules.parse(texts, cite=cite),
            columns=columns,
            progress=lambda rows: bar.advance(task, rows),
        )


def _of_packs(rules: Sequence[str], *, on: date) -> tuple[list[str], str]:
    """The rules with packs replaced by the numbers they set, and the clause that sets them."""
    from meterkeep.policy import load_pack, pack_ids

    texts, cite = [], ""
    for text in rules:
        if text in pack_ids():
            rule = _of_pack(load_pack(text), on=on)
            if rule is None:
                raise BadInput(
                    f"The documents of {text} set no numbers for totals.",
                    where=text,
                    next="Give --rule 15/15.",
                )
            texts.append(str(rule))
            cite = rule.cite
        else:
            texts.append(text)
    return texts, cite


def _of_pack(pack: Any, *, on: date) -> Any:
    """The rule that a pack sets, or None. One that sets no share allows any: of a public table nobody knows it."""
    from meterkeep.aggregates.rule import MILLION, Rule

    if pack is None or MINIMUM not in pack.parameters:
        return None
    share = pack.figure(SHARE, on).value if SHARE in pack.parameters else MILLION
    minimum = pack.figure(MINIMUM, on)
    return Rule(minimum.value, share, strict=share < MILLION, cite=minimum.cite)


def _of_register(
    context: click.Context,
    files: Sequence[Path],
    rules: Sequence[str],
    said: dict[str, Any],
    *,
    as_of: date | None,
    as_json: bool,
) -> None:
    if files or any(said.values()):
        raise click.UsageError("Files and columns belong to --tables.")
    custodian = context.obj.open()
    from meterkeep.aggregates.published.register import audit_register
    from meterkeep.desks.releases import queries, scales

    rule = _of_home(rules, on=as_of or custodian.today())
    register = queries.register(custodian.gate)
    found = audit_register(scales.alike(register.rows), rule=rule)
    if as_json:
        say_json({**_register_json(found, rule), "unsealed": register.unsealed})
    else:
        _show_register(found, rule)
        _show_unsealed(register.unsealed)
    context.exit(0 if found.clean else 1)


def _of_home(rules: Sequence[str], *, on: date) -> Any:
    """The rule given, else the one that the adopted documents set."""
    from meterkeep.aggregates.published import ClassRules
    from meterkeep.desks.policies import queries
    from meterkeep.errors import Undetermined

    if rules:
        texts, cite = _of_packs(rules, on=on)
        given = ClassRules.parse(texts, cite=cite)
        if given.of_class:
            raise BadInput("The register keeps no classes.", next="Give one rule, such as --rule 15/15.")
        return given.default
    rule = _of_pack(queries.pack_in_force(on), on=on)
    if rule is None:
        raise Undetermined("The adopted documents set no numbers for totals.", next="Give --rule 15/15.")
    return rule


def _register_json(found: Any, rule: Any) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "rank": found.rank,
        "rule": str(rule),
        "cite": rule.cite,
        "unchecked": found.unchecked,
        "search": "exhaustive" if found.exhaustive else "bounded",
        "leaks": [
            {
                "kind": leak.kind,
                "family": leak.family,
                "from": str(leak.period[0]),
                "to": str(leak.period[1]),
                "releases": list(leak.releases),
                "customers": leak.customers,
                "arithmetic": leak.arithmetic,
            }
            for leak in found.leaks
        ],
    }


def _show_register(found: Any, rule: Any) -> None:
    if not found.rows:
        click.echo("Nothing has been released, so nothing can be worked out.")
        return
    click.echo(
        f"{found.rows:,} figure{' is' if found.rows == 1 else 's are'} public, {found.rank:,} of them independent. Rule: {rule} {rule.cite}".rstrip()
    )
    if found.clean:
        click.echo(
            "Nothing that follows from them is about fewer customers, or bounds one more closely, than it allows."
        )
    for leak in found.leaks[:SHOWN]:
        click.echo(f"\n{_whom(leak)}, {leak.period[0]} to {leak.period[1]}, from {', '.join(leak.releases)}:")
        click.echo(f"  {leak.arithmetic}")
    _more(len(found.leaks))
    if not found.exhaustive:
        click.echo("The search ended before it was through: there may be more.")
    if found.unchecked:
        click.echo(
            "Some rows tell about customers whose data was destroyed; their shares cannot be checked any more."
        )


def _show_unsealed(references: Sequence[str]) -> None:
    if not references:
        return
    click.echo(
        f"\nThe log has no digest of the figures of {', '.join(references)}, published by an older version: they are believed as they "
        "stand. The next publication gives them one."
    )


def _whom(leak: Any) -> str:
    if leak.customers is None:
        return "One customer, bounded too closely"
    return f"{leak.customers:,} customer{'' if leak.customers == 1 else 's'}"


def _show(report: Any) -> None:
    from meterkeep.aggregates.published.report import KINDS, LIMITS

    lines = [("File", "Rows", "Published", "Withheld", "Rejected", "Layout")]
    lines += [
        (
            each.path,
            f"{each.rows:,}",
            f"{each.published:,}",
            f"{each.withheld:,}",
            f"{each.rejected:,}",
            f"{each.layout}, {each.measure}",
        )
        for each in report.files
    ]
    for line in aligned(lines, left=(0, 5)):
        click.echo(line)
    if report.repeated:
        click.echo(
            f"{report.repeated:,} of the rows say{'s' if report.repeated == 1 else ''} the same as another."
        )
    _show_rejected(report)
    click.echo()
    click.echo(_in_one_line(report))
    for kind, count in report.counts().items():
        click.echo(f"\n{KINDS[kind]}: {count:,}")
        _show_kind([each for each in report.findings if each.kind == kind])
    if not report.exhaustive:
        click.echo(
            "\nThe search for sums of withheld figures ended before it was through: there may be more."
        )
    click.echo("\nWhat a table cannot tell:")
    for limit in LIMITS:
        click.echo(f"  {limit}")


def _in_one_line(report: Any) -> str:
    found = len(report.findings)
    if found:
        return f"{found:,} finding{'' if found == 1 else 's'} under {report.rule}."
    read = "the rows that could be read" if report.rejected else "these figures"
    return f"Nothing found under {report.rule} in {read}."


def _show_rejected(report: Any) -> None:
    """Rows that could not be read, with line and reason."""
    if not report.rejected:
        return
    rows = f"{len(report.rejected):,} row{'' if len(report.rejected) == 1 else 's'}"
    click.echo(f"\n{rows} could not be read, so nobody has looked at what they say:")
    for each in report.rejected[:SHOWN]:
        click.echo(f"  {each.file}:{each.line}: {each.why}")
    _more(len(report.rejected))


def _show_kind(findings: Sequence[Any]) -> None:
    for each in findings[:SHOWN]:
        places = ", ".join(f"{line['file']}:{line['line']}" for line in each.lines[:3])
        more = f" and {len(each.lines) - 3:,} more" if len(each.lines) > 3 else ""
        cell = ", ".join(filter(None, (" ".join(each.cell), each.period)))
        click.echo(f"  {cell}: {each.known}.")
        click.echo(f"    {each.arithmetic} [{each.rule}]")
        click.echo(f"    {places}{more}")
    _more(len(findings))


def _more(count: int) -> None:
    if count > SHOWN:
        click.echo(f"  … and {count - SHOWN:,} more: --json has all.")

"""`decide` and `policy`: what the adopted documents say, without a home, a database or any data."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, json_option, say_json
from meterkeep.policy import Decision, load_pack, pack_ids, parse_decide_input
from meterkeep.policy import decide as decide_request

EXITS = {"permit": 0, "refuse": 1, "undetermined": 3}
SAID = {"permit": "Permitted", "refuse": "Refused", "undetermined": "Undetermined"}
COLOURS = {"permit": "green", "refuse": "red", "undetermined": "yellow"}
WHY = {
    "not_in_force": "None of the provider's documents is in force on that date.",
    "not_applicable": "None of the documents speaks of this.",
}


@click.command()
@click.argument("source", metavar="[FILE|-]", type=click.File(encoding="utf-8-sig"), default="-")
@as_of_option
@json_option
@click.pass_context
def decide(context: click.Context, source: TextIO, as_of: date | None, as_json: bool) -> None:
    """Decide a request, or a list of requests, by the adopted documents.

    The input is JSON: {"provider", "action", "on", "facts": {…}}, or a list of these; without "on" it is decided as of
    today. Exit 0 permitted, 1 refused, 3 undetermined; a list exits 0.
    """
    given = _read_json(source)
    items = parse_decide_input(given, on=as_of or datetime.now().astimezone().date())
    decisions = [
        decide_request(load_pack(item.provider), action=item.action, facts=item.facts, on=item.on)
        for item in items
    ]
    several = isinstance(given, list)
    if as_json:
        documents = [decision.as_json() for decision in decisions]
        say_json(documents if several else documents[0])
    else:
        for decision in decisions:
            _tell(decision)
    context.exit(0 if several else EXITS[decisions[0].outcome])


def _read_json(source: TextIO) -> Any:
    try:
        return json.loads(source.read(), object_pairs_hook=_members)
    except RecursionError:
        problem = "it is nested too deep"
    except ValueError as error:
        problem = str(error)
    raise BadInput(
        f"The input is not JSON: {problem}.", where=source.name, next="Give one request or a list of them."
    )


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON leaves open which of two values counts, so a decision must not rest on either."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return members


def _tell(decision: Decision) -> None:
    click.secho(
        f"{SAID[decision.outcome]} · {decision.provider}, {decision.on}",
        fg=COLOURS[decision.outcome],
        bold=True,
    )
    if decision.why in WHY:
        click.echo(f"  {WHY[decision.why]}")
    for clause in decision.clauses:
        click.echo(f"  {clause.id}  {clause.summary}")
    _tell_list("Not known, and it matters", decision.missing)
    _tell_list(
        "Read as ruled", [f"{entry.id}: {entry.choices[entry.ruling]}" for entry in decision.interpretations]
    )
    _tell_list("To do", [f"{duty.do}{f' By {duty.due}.' if duty.due else ''}" for duty in decision.duties])
    routes = [
        f"{way.clause}: " + "; ".join(f"{one.says} ({one.remedy})" for one in way.unmet)
        for way in decision.advice
    ]
    _tell_list("What would lawfully change it", routes)
    click.echo()


def _tell_list(title: str, lines: Any) -> None:
    if lines:
        click.echo(f"  {title}:")
    for line in lines:
        click.echo(f"    - {line}")


class PackName(click.ParamType):
    """The id of a shipped pack, or the folder of a provider's own."""

    name = "pack"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | Path:
        if isinstance(value, Path) or value in pack_ids():
            return value  # type: ignore[no-any-return]
        if not Path(value, "pack.toml").is_file():
            self.fail(
                f"{value!r} is neither a pack ({', '.join(pack_ids())}) nor a folder with a pack.toml.",
                param,
                ctx,
            )
        return Path(value)


packs_argument = click.argument("packs", metavar="[PACK…]", type=PackName(), nargs=-1)


@click.group()
def policy() -> None:
    """The life of a clause pack: lint it, see its clause map, run its tests."""


@policy.command("lint")
@packs_argument
@json_option
@click.pass_context
def lint_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Find gaps, doubled versions and clauses that can never speak. Exit 1 with findings."""
    from meterkeep.policy.lint import lint

    found = [(str(pack), finding) for pack in packs or pack_ids() for finding in lint(pack)]
    if as_json:
        say_json([{"pack": pack, "where": one.where, "what": one.what} for pack, one in found])
    else:
        for pack, one in found:
            click.echo(f"{pack}: {one.where}: {one.what}")
        click.echo(f"{len(found)} findings." if found else "Nothing found.")
    context.exit(1 if found else 0)


@policy.command("coverage")
@packs_argument
@json_option
@click.pass_context
def coverage_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Print the clause map: clause, kind, function, tests. Exit 1 where a deciding clause lacks its tests."""
    from meterkeep.policy.coverage import coverage

    rows = [(str(pack), row) for pack in packs or pack_ids() for row in coverage(pack)]
    if as_json:
        say_json([{"pack": pack, **row.as_json()} for pack, row in rows])
    else:
        for pack, row in rows:
            lack = "" if row.covered else "  ← too few tests"
            click.echo(
                f"{pack:10} {row.clause:16} {'/'.join(row.kinds):14} {row.function:5} {row.cases:3}  {row.summary}{lack}"
            )
    context.exit(0 if all(row.covered for _, row in rows) else 1)


@policy.command("test")
@packs_argument
@json_option
@click.pass_context
def test_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Run the cases in the packs' tests folders. Exit 1 if one decides otherwise than it says."""
    from meterkeep.policy.cases import run_cases

    results = [(str(pack), result) for pack in packs or pack_ids() for result in run_cases(pack)]
    failed = [(pack, result) for pack, result in results if not result.passed]
    if as_json:
        told = [
            {
                "pack": pack,
                "where": one.case.where,
                "about": one.case.about,
                "differences": list(one.differences),
            }
            for pack, one in failed
        ]
        say_json({"cases": len(results), "failed": told})
    else:
        for pack, result in failed:
            click.echo(f"{pack} {result.case.where}: {result.case.about}")
            for difference in result.differences:
                click.echo(f"    {difference}")
        click.echo(f"{len(results)} cases, {len(failed)} failed.")
    context.exit(1 if failed else 0)

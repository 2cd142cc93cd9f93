"""Which pack decides a request on the command line, and what there is to say about that."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import click

from meterkeep.errors import BadInput, MeterkeepError
from meterkeep.policy import Pack, load_pack, pack_ids


def check_provider(composition: Any, provider: str) -> None:
    """Raises BadInput where there is no such pack. What a home adopted decides without the folder that it came from."""
    if provider not in pack_ids() and composition.has_home():
        composition.open()
        from meterkeep.desks.policies import queries

        if queries.ever_adopted(provider):
            return
    load_pack(provider)


def pack_for(composition: Any, provider: str, on: date) -> Pack:
    """A shipped pack as it is. Of a provider's own, whatever it had in force on the day; never adopted, its folder as it is."""
    if provider in pack_ids() or not composition.has_home():
        return load_pack(provider)
    composition.open()
    from meterkeep.desks.policies import queries

    adopted = queries.as_adopted(provider, on)
    if adopted is None:
        click.echo(f"{provider} is not adopted: decided by its folder as it is now.", err=True)
        return load_pack(provider)
    if adopted.id != provider:
        click.echo(f"On {on} {adopted.id} is in force here, not {provider}: it decides.", err=True)
    return adopted


def pack_with(composition: Any, document: str, *, provider: str | None, on: date) -> Pack:
    """The pack whose `document` is asked about what is arithmetic and needs no home: the named provider's, else the one
    that the home has in force, else the only shipped one that has the document, which is said on stderr.

    Raises BadInput where none has it.
    """
    if provider:
        check_provider(composition, provider)
        return pack_for(composition, provider, on)
    if composition.has_home():
        composition.open()
        from meterkeep.desks.policies import queries

        here = queries.pack_in_force(on)
        if here and _has(here, document):
            return here
    shipped = [pack for pack in map(load_pack, pack_ids()) if _has(pack, document)]
    if len(shipped) != 1:
        raise BadInput(
            f"{len(shipped)} packs have a document {document}.", next="Name one with --provider PACK."
        )
    click.echo(f"By {document} of {shipped[0].id}, as it comes with Meterkeep.", err=True)
    return shipped[0]


def _has(pack: Pack, document: str) -> bool:
    return any(one.id == document for one in pack.documents)


def remark_on(composition: Any, provider: str, on: date) -> str:
    """How a shipped pack, which decides as it is, differs from what the home has in force; "" where it does not."""
    if provider not in pack_ids() or not composition.has_home():
        return ""
    with suppress(
        MeterkeepError
    ):  # a decision by a shipped pack needs no home, so one that is broken does not stop it
        composition.open()
        from meterkeep.desks.policies import queries

        return _difference(load_pack(provider), queries.pack_in_force(on))
    return ""


def _difference(pack: Pack, here: Pack | None) -> str:
    if here is None or here.digest == pack.digest:
        return ""
    if here.id != pack.id:
        return f"Decided by {pack.id} as it comes with Meterkeep. This home has {here.id} in force on that day; ask by that name."
    others = [
        name for name, one in here.interpretations.items() if one.ruling != pack.interpretations[name].ruling
    ]
    differs = f"rules otherwise on {', '.join(others)}" if others else "adopted another edition of it"
    return f"Decided by {pack.id} as it comes with Meterkeep. This home {differs}."

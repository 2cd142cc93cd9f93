"""The pack that a command speaks of: a shipped one by its id, or a provider's own by its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.policy import pack_ids
from meterkeep.policy.language.loading import own_pack_ids


class PackName(click.ParamType):
    """The id of a shipped pack or of one in the home, or the folder of a provider's own."""

    name = "pack"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | Path:
        known = [*pack_ids(), *own_pack_ids()]
        if isinstance(value, Path) or value in known:
            return value  # type: ignore[no-any-return]
        if not Path(value, "pack.toml").is_file():
            self.fail(
                f"{value!r} is neither a pack ({', '.join(known)}) nor a folder with a pack.toml.",
                param,
                ctx,
            )
        return Path(value)


pack_argument = click.argument("pack", type=PackName())
packs_argument = click.argument("packs", metavar="[PACK…]", type=PackName(), nargs=-1)

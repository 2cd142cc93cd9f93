"""`meterkeep` and `python -m meterkeep`: the command line, joined to the composition of `site`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from meterkeep.faces.cli import run


class Composition:
    """Gives the command line its custodian, and Django only to the commands that need it."""

    def create(self, **settings: object) -> object:
        from meterkeep.site.composition import create_custodian

        return create_custodian(**settings)  # type: ignore[arg-type]

    def upgrade(self) -> int:
        from meterkeep.site.composition import upgrade

        return upgrade()

    def open_or_unnamed(self) -> object:
        from meterkeep.site.composition import open_or_unnamed

        return open_or_unnamed()

    def reader(self) -> list[str]:
        """How the process that reads for a watch is started."""
        return [sys.executable, "-m", "meterkeep.site.reader"]

    def has_home(self) -> bool:
        from meterkeep.site.home import Home

        return Home.exists()

    def home(self) -> object:
        from meterkeep.site.home import Home, named_by_environment

        return Home.open(named_by_environment())

    def open(self) -> object:
        from meterkeep.site.composition import open_custodian

        return open_custodian()

    def back_up(self, target: Path, *, by: str, told: Callable[[str, int, int], object]) -> object:
        from meterkeep.site.restoring import back_up

        return back_up(target, by=by, told=told)

    def restore(
        self, *, by: str, told: Callable[[str, int, int], object], check: bool, **sources: Any
    ) -> object:
        from meterkeep.site import restoring

        found = restoring.Sources(**sources)
        return restoring.check(found, told=told) if check else restoring.restore(found, by=by, told=told)

    def rotate_log_key(self, *, by: str, lost: bool) -> list[str]:
        from meterkeep.site.composition import rotate_log_key

        return rotate_log_key(by=by, lost=lost)


def know_own_packs() -> None:
    """A provider's own packs, in the folder `packs` of the home, go by their ids in every command."""
    from meterkeep.site.home import named_by_environment

    shelf = named_by_environment() / "packs"
    if shelf.is_dir():
        from meterkeep.policy.language.loading import look_in

        look_in(shelf)


def main() -> None:
    know_own_packs()
    sys.exit(run(sys.argv[1:], Composition()))


if __name__ == "__main__":
    main()

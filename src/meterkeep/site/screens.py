"""What looks at a release before it leaves, until screening is built."""

from __future__ import annotations

from collections.abc import Mapping


class SyntheticOnly:
    """For homes made with --synthetic: their customers are invented, so that there is nobody to be recognised, and nothing is looked
    for. Everything that it lets out says so under this name."""

    name = "none, because the data is synthetic"

    def check(self, files: Mapping[str, bytes]) -> None:
        """Lets everything pass."""

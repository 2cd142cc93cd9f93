"""The publish gate: what looks at every file of a release, byte for byte, before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from meterkeep.errors import Refused


class PublishScreen(Protocol):
    """`site` plugs one in. name: how the certificate calls it."""

    name: str

    def check(self, files: Mapping[str, bytes]) -> None:
        """Raises Refused where one of the files may hold what must not leave."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Through what releases go out. name: of the provider. pack: id of its documents. synthetic: whether everything is made up."""

    name: str
    pack: str
    synthetic: bool
    screen: PublishScreen


class NotBuilt:
    """Stands where nothing can look at the files yet: it lets nothing out."""

    name = "none"

    def check(self, files: Mapping[str, bytes]) -> None:
        raise Refused(
            "Nothing looks at outgoing files yet, so this home publishes nothing.",
            where=f"{len(files)} files",
            next="Screening is not built in this version. A home made with --synthetic can publish its invented figures.",
        )

"""Readings on their way out: what every writer takes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from meterkeep.errors import BadInput
from meterkeep.readings.model import Channel, Int64s


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One channel of one usage point, in order of time.

    usage_point: the name under which it leaves. seconds: length of each interval. start: UTC epoch seconds.
    value: integers times 10^power_of_ten of `unit`. quality: a code for each reading ("espi:8"), "" for none.
    """

    usage_point: str
    channel: Channel
    unit: str
    seconds: int
    start: Int64s
    value: Int64s
    power_of_ten: int = 0
    quality: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.start) != len(self.value) or (np.diff(self.start) < 0).any():
            raise BadInput(
                "Readings to be written must be as many as their starts, and in order of time.",
                next="Sort them by start before writing.",
            )


def decimal_texts(values: Int64s, power_of_ten: int) -> list[str]:
    """The values × 10^power_of_ten, exactly, without an exponent."""
    if power_of_ten >= 0:
        zeros = "0" * power_of_ten
        return [f"{value}{zeros}" if value else "0" for value in values.tolist()]
    return [f"{Decimal(value).scaleb(power_of_ten):f}" for value in values.tolist()]


def not_writable(what: str, format: str) -> BadInput:
    return BadInput(f"{format} has no way to write {what}.", next="Choose another format for this export.")

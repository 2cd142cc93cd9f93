"""The checks: what each looks for, the figures it goes by, and where they come from.

A figure with a source is what that source says. One without is our own choice and says so: it was tried on synthetic series
(docs/checks.md) and on nobody's real ones. A provider may go by others: `Limits(spike_ratio=4)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ORACLE: Final = "Oracle Utilities Meter Data Management, Validation VEE Rules, release 25.4 (read 2026-11)"
DASMMD: Final = (
    "Direct Access Standards for Metering and Meter Data in California, CPUC D.98-12-080, March 1999, Attachment VEE"
    " (its list of checks read 2026-11; its figures not)"
)
OWN: Final = "our own choice, not verified against a utility's practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The figures. Shares are parts per thousand, lengths of time are in the unit that their name says."""

    history_days: int = 35
    ends_early_days: int = 3
    spike_ratio: int = 4
    spike_rank: int = 10
    spike_floor_watts: int = 10_000
    spike_days: int = 7
    zero_hours: int = 168
    constant_hours: int = 72
    constant_steps: int = 10
    future_seconds: int = 300
    night_first_hour: int = 22
    night_end_hour: int = 4
    night_share: int = 20
    shift_likeness: int = 850
    shift_ratio: int = 25
    sum_share: int = 10
    sum_floor: int = 1_000
    sum_longest_days: int = 100
    demand_share: int = 20
    conflict_share: int = 10
    estimated_share: int = 200
    estimated_hours: int = 168


@dataclass(frozen=True, slots=True)
class Check:
    """name: as in a flag; label: the same for people. says: what is wrong where it raises one. figures: names of Limits. practice: who else checks it."""

    name: str
    says: str
    figures: tuple[str, ...]
    practice: str

    @property
    def label(self) -> str:
        return LABELS[self.name]


LABELS: Final = {
    "gap": "Missing readings",
    "ends_early": "Readings stop early",
    "spike": "Spike",
    "zero_run": "Long run of zeros",
    "constant_run": "Same amount again and again",
    "negative": "Below zero",
    "interval_size": "Other interval length",
    "overlap": "Overlapping readings",
    "future": "Reading from the future",
    "off_grid": "Off the clock's grid",
    "night_solar": "Solar at night",
    "clock_shift": "Clock moved by an hour",
    "register_back": "Register went down",
    "register_sum": "Intervals against register",
    "billing_sum": "Intervals against bill",
    "demand_energy": "Demand against energy",
    "conflict": "Contradictions",
    "estimated_share": "Many estimates",
    "estimated_run": "Long run of estimates",
}

CHECKS: Final = (
    Check(
        "gap", "Intervals are missing between readings.", (), f"“Raise Missing Quantity Exception”: {ORACLE}"
    ),
    Check(
        "ends_early",
        "No reading came for the last days of the period.",
        ("ends_early_days",),
        f"“Raise Missing Quantity Exception”: {ORACLE}",
    ),
    Check(
        "spike",
        "A reading is far above what this usage point mostly has.",
        ("spike_ratio", "spike_rank", "spike_floor_watts", "spike_days", "history_days"),
        f"“Interval Spike Check” compares the highest with the third-highest, another rule than ours: {ORACLE}",
    ),
    Check(
        "zero_run",
        "The channel says zero for a long time.",
        ("zero_hours",),
        f"“Zero Consumption Check”: {ORACLE}; zero consumption for active meters: {DASMMD}",
    ),
    Check(
        "constant_run",
        "The same amount comes again and again for a long time.",
        ("constant_hours", "constant_steps"),
        f"“Consecutive Interval Check”: {ORACLE}",
    ),
    Check(
        "negative",
        "An amount that goes one way only is below zero.",
        (),
        f"“Negative Consumption Check”: {ORACLE}",
    ),
    Check(
        "interval_size",
        "Readings are of another length than this channel mostly has.",
        (),
        f"“Interval Size Validation”: {ORACLE}",
    ),
    Check("overlap", "Readings of different lengths tell of the same time.", (), OWN),
    Check(
        "future",
        "A reading ends later than its file was received.",
        ("future_seconds",),
        f"Time check of the meter: {DASMMD}",
    ),
    Check(
        "off_grid",
        "Readings do not begin on the grid of their length.",
        (),
        f"Time check of the meter: {DASMMD}",
    ),
    Check(
        "night_solar",
        "A channel that gives energy to the grid does so in the dead of night.",
        ("night_first_hour", "night_end_hour", "night_share"),
        OWN,
    ),
    Check(
        "clock_shift",
        "Two weeks look like the weeks before, an hour earlier or later.",
        ("shift_likeness", "shift_ratio", "history_days"),
        f"Time tolerance check of the meter: {DASMMD}",
    ),
    Check(
        "register_back",
        "A register went down: rolled over, exchanged or wrong; it was not compared.",
        (),
        OWN,
    ),
    Check(
        "register_sum",
        "The intervals do not add up to what the register counted.",
        ("sum_share", "sum_floor", "sum_longest_days"),
        f"“Sum Check”: {ORACLE}",
    ),
    Check(
        "billing_sum",
        "The intervals do not add up to the amount of the billing period.",
        ("sum_share", "sum_floor", "sum_longest_days"),
        f"“Sum Check”: {ORACLE}",
    ),
    Check(
        "demand_energy",
        "The greatest demand is less than the mean power of an interval.",
        ("demand_share",),
        OWN,
    ),
    Check("conflict", "Too many readings contradict each other.", ("conflict_share",), OWN),
    Check("estimated_share", "Too many readings are estimates.", ("estimated_share",), OWN),
    Check(
        "estimated_run",
        "Estimates go on for a long time.",
        ("estimated_hours",),
        f"“Prolonged Estimation Check”: {ORACLE}",
    ),
)

FIGURES: Final = {
    "history_days": "days before the period that count as the usage point's own history",
    "ends_early_days": "days without a reading at the end of the period that are still no finding",
    "spike_ratio": "times the usage point's own high reading, above which a reading is a spike",
    "spike_rank": "the high reading is the one that this many of a thousand are above",
    "spike_floor_watts": "watts up to which nothing is a spike",
    "spike_days": "days of readings that are needed to know what is usual",
    "zero_hours": "hours of zero",
    "constant_hours": "hours of one amount",
    "constant_steps": "steps of the meter that an amount needs, for its staying the same to mean anything",
    "future_seconds": "seconds that a clock may be ahead",
    "night_first_hour": "the hour of standard time at which the dead of night begins",
    "night_end_hour": "the hour of standard time at which it ends",
    "night_share": "thousandths of the day's energy that may come by night",
    "shift_likeness": "thousandths of likeness (correlation) that two weeks need to the weeks before, moved by an hour",
    "shift_ratio": "tenths: so many times as much is left unexplained where they are not moved",
    "sum_share": "thousandths by which two sums may differ",
    "sum_floor": "units (Wh, therms …) by which two sums may differ anyway; a thousandth of that where the unit is no Wh",
    "sum_longest_days": "days between two register readings, above which they are not compared",
    "demand_share": "thousandths by which demand may be too small",
    "conflict_share": "thousandths of readings that may be contradicted",
    "estimated_share": "thousandths of readings that may be estimates",
    "estimated_hours": "hours of estimates",
}
"""What each of the Limits means. All their values are our own choice."""

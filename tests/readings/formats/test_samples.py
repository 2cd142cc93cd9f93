"""Files that other people made are read with exactly the counts and sums that two independent readers agree on."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from statistics import multimode

import pytest

from meterkeep.readings.formats.green_button.codes import unit_of
from meterkeep.readings.model import Channel

GREEN_BUTTON = [
    "ameren_2023-12-04_15min.xml",
    "puc_sault_ste_marie_electric.xml",
    "pge_opower_2012_home.xml",
    "ngma_gas_billing_2021-2024.xml",
    "gba_three_usage_points_three_customers.xml",
    "gba_gas.xml",
    "sce_bulk_interval_block.xml",
]


def truth(samples: Path, name: str) -> list[tuple[int, Decimal, str, int, datetime, datetime]]:
    rows = [
        re.split(r"\s*\|\s*", line.strip("| \n")) for line in (samples / "TRUTH.md").read_text().splitlines()
    ]
    return [
        (
            int(row[2]),
            Decimal(row[3]),
            unit_of(int(row[4])),
            int(row[5]),
            datetime.fromisoformat(row[6]),
            datetime.fromisoformat(row[7]),
        )
        for row in rows
        if row[0] == name
    ]


@pytest.mark.parametrize("name", GREEN_BUTTON)
def test_green_button_samples_are_read_as_the_truth_says(name, samples, read):
    whole = read(samples / "greenbutton" / name)
    found = [(s.records, s.total, s.series.unit, s.first, s.last) for s in whole.sums]
    assert found == [(n, total, unit, first, last) for n, total, unit, _, first, last in truth(samples, name)]
    assert {s.series.channel for s in whole.sums} == {Channel.DELIVERED}
    assert not whole.findings.rejected


@pytest.mark.parametrize("name", GREEN_BUTTON)
def test_the_commonest_duration_is_the_truths_interval(name, samples, read):
    whole = read(samples / "greenbutton" / name)
    for found, (_, _, _, seconds, _, _) in zip(whole.sums, truth(samples, name), strict=True):
        assert seconds in multimode(duration for _, duration, _ in found.rows)


def test_the_truth_has_no_file_that_is_not_tested(samples):
    named = set(re.findall(r"^\| (\S+\.xml) ", (samples / "TRUTH.md").read_text(), re.MULTILINE))
    assert named == set(GREEN_BUTTON)


def test_cmep_sample_has_five_registers_of_twenty_five_reads(samples, read):
    whole = read(samples / "cmep/sensus_mepmd01_water_electric_registers.dat", zone="America/New_York")
    assert [(s.records, s.series.channel, s.series.unit) for s in whole.sums] == [
        (25, Channel.REGISTER, "gal"),
        (25, Channel.REGISTER, "gal"),
        (25, Channel.REGISTER, "gal"),
        (25, Channel.REGISTER, "gal"),
        (25, Channel.REGISTER, "Wh"),
    ]
    assert [s.rows[0][2] for s in whole.sums] == [36318, 3330, 14455, 544, 698]
    assert whole.sums[0].first == datetime.fromisoformat("2011-09-20T04:02:00Z")
    assert whole.sums[4].series.power_of_ten == 3

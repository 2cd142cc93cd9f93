"""Mappings of long CSV that come with Meterkeep: layouts that many people have and whose header is their own."""

from __future__ import annotations

import tomllib

from meterkeep.readings.formats.mapped_csv.mapping import CsvMapping, mapping_of

_TEXAS = """
# Smart Meter Texas, the common portal of the Texan wires companies: a row for each quarter hour and direction.
header = "ESIID,USAGE_DATE,REVISION_DATE,USAGE_START_TIME,USAGE_END_TIME,USAGE_KWH,ESTIMATED_ACTUAL,CONSUMPTION_SURPLUSGENERATION"
zone = "America/Chicago"
stamps = "%m/%d/%Y %H:%M"
seconds = 900
unit = "kWh"
[columns]
usage_point = "ESIID"
start = ["USAGE_DATE", "USAGE_START_TIME"]
value = "USAGE_KWH"
channel = "CONSUMPTION_SURPLUSGENERATION"
quality = "ESTIMATED_ACTUAL"
[channels]
"Consumption" = "delivered"
"Surplus Generation" = "received"
[qualities]
A = "actual"
E = "estimated"
"""

SHIPPED: tuple[CsvMapping, ...] = (mapping_of("csv-smt", tomllib.loads(_TEXAS)),)

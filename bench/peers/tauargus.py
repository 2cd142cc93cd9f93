"""τ-ARGUS modular by `pytauargus`, in a process of its own: microdata CSV, two .hrc files and a rule in, statuses as JSON out."""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path


def main(folder: str) -> None:
    from pytauargus import protect

    with Path(folder, "micro.csv").open() as file:
        rows = list(csv.DictReader(file))
    micro = {
        "zip": [row["zip"] for row in rows],
        "rate": [row["rate"] for row in rows],
        "kwh": [float(row["kwh"]) for row in rows],
    }
    began = time.process_time()
    found = protect(
        micro,
        ["zip", "rate"],
        "kwh",
        safety_rules="FREQ(15,10)|NK(1,15)",
        suppress="MOD(1,5,1,1,1)",
        hrc={"zip": f"{folder}/zip.hrc", "rate": f"{folder}/rate.hrc"},
        totcode="Total",
        workdir=f"{folder}/work",
    )
    seconds = time.process_time() - began
    table = found.tables[0]
    frame = table.dataframe()
    records = frame.to_dict("records") if hasattr(frame, "to_dict") else frame
    json.dump({"seconds": seconds, "cells": records}, sys.stdout, default=str)


main(sys.argv[1])

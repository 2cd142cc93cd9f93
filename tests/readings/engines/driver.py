"""Asks a Spark Connect server every question about a store, in a process that has the client. Run by `cluster.driver`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from meterkeep.readings.engines.setting import EngineSetting
from meterkeep.readings.store import Store

from .asking import everything, reading_of, three_ways
from .town import KNOWN, MONTHS, holdings, whole_months


def main(remote: str, folder: str, numbers: str, *intervals: str) -> None:
    """intervals: of the totals that are asked for; P1D as they were known on a day that is past; or `quick`, the quick ways to
    the inputs of one month and of two.
    """
    setting = EngineSetting.of("spark", remote)
    store = Store.open(Path(folder), engine=setting)
    if intervals == ("quick",):
        answers = [quick(setting, store, int(numbers), months) for months in (1, 2)]
        sys.stdout.write(json.dumps(answers, default=str) + "\n")
        return
    everyone, answers = holdings(int(numbers)), {}
    for interval in intervals:
        known = KNOWN if interval == "P1D" else None
        with reading_of(store, everyone, known) as reading, setting.opened(reading.db) as engine:
            answers[interval] = everything(engine, reading, interval=interval)
    if "P1D" in intervals:
        answers["monthly"] = store.monthly(everyone, MONTHS).to_pylist()
    sys.stdout.write(json.dumps(answers, default=str) + "\n")


def quick(setting: EngineSetting, store: Store, usage_points: int, months: int) -> list[object]:
    everyone, cells = whole_months(usage_points, months)
    return three_ways(store, everyone, cells, "P1M", opened=lambda reading: setting.opened(reading.db))


if __name__ == "__main__":
    main(*sys.argv[1:])

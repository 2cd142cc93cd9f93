"""The NEM12 reader beside the csv module, which splits the lines and looks at nothing: the floor of reading them in Python."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from measure import cpu_seconds

from meterkeep.readings.formats import open_file

METERS, DAYS = 100, 90
MADE = datetime(2025, 1, 1, tzinfo=UTC)


def main() -> None:
    for minutes in (30, 5):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "big.csv"
            path.write_text(_file(minutes))
            readings = METERS * DAYS * 1440 // minutes
            floor = cpu_seconds(lambda path=path: _split(path))
            ours = cpu_seconds(lambda path=path, readings=readings: _read(path, readings))
            print(
                f"{minutes:>2} minutes, {readings / 1e6:.1f} M readings, {path.stat().st_size / 1e6:.0f} MB: "
                f"csv {readings / floor / 1e6:5.1f} M/CPU s, Meterkeep {readings / ours / 1e6:5.1f} M/CPU s, "
                f"{ours / floor:.2f} × csv"
            )


def _split(path: Path) -> int:
    with path.open(newline="") as file:
        return sum(len(row) for row in csv.reader(file))


def _read(path: Path, readings: int) -> None:
    assert sum(len(block) for block in open_file(path).blocks()) == readings


def _file(minutes: int) -> str:
    """Synthetic: each tenth day is told apart by events, as substituted data are."""
    count = 1440 // minutes
    lines = [f"100,NEM12,{MADE:%Y%m%d%H%M},SYNMDP,SYNRET"]
    for meter in range(METERS):
        lines.append(f"200,SYN{meter:07d},E1,1,E1,N1,SYNMET{meter},kWh,{minutes},")
        for day in range(DAYS):
            values = ",".join(
                f"{(meter * 7 + day * 3 + each * each) % 1997 / 1000:.3f}" for each in range(count)
            )
            split = day % 10 == 0
            on = date(2024, 7, 1) + timedelta(days=day)
            lines.append(f"300,{on:%Y%m%d},{values},{'V' if split else 'A'},,,{MADE:%Y%m%d%H%M%S},")
            if split:
                lines += [f"400,1,{count // 2},A,,", f"400,{count // 2 + 1},{count},S14,1,"]
    return "\n".join([*lines, "900", ""])


if __name__ == "__main__":
    main()

"""Long CSV read by a mapping, beside DuckDB's own read of the same file into the same columns."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
from measure import cpu_seconds

from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.mapped_csv.mapping import mapping_of

METERS, INTERVALS = 300, 10_000
COLUMNS = {"usage_point": "point", "start": "stamp", "value": "kwh"}
FORMS = {
    "epoch": ({"stamps": "epoch"}, "stamp BIGINT"),
    "ISO, UTC": ({"zone": "UTC"}, "stamp TIMESTAMP"),
    "ISO, local clock": ({"zone": "America/Los_Angeles"}, "stamp TIMESTAMP"),
    "ISO, by time": ({"zone": "UTC"}, "stamp TIMESTAMP"),
}


def main() -> None:
    readings = METERS * INTERVALS / 1e6
    with tempfile.TemporaryDirectory() as folder:
        for form, (told, stamp) in FORMS.items():
            path = _file(Path(folder) / "long.csv", form)
            mapping = mapping_of(
                "bench", {"seconds": 900, "channel": "delivered", "columns": COLUMNS, **told}
            )
            ours = cpu_seconds(
                lambda path=path, mapping=mapping: sum(
                    len(block) for block in open_file(path, "bench", mappings=[mapping]).blocks()
                )
            )
            query = f"SELECT * FROM read_csv('{path}', columns={_types(stamp)}, header=true)"
            db = duckdb.connect(config={"threads": 1})
            duck = cpu_seconds(lambda db=db, query=query: db.sql(query).to_arrow_table())
            print(
                f"{form:<18} {path.stat().st_size / 1e6:5.0f} MB  Meterkeep {readings / ours:5.1f} M readings/CPU s"
                f"   DuckDB {readings / duck:5.1f}   {ours / duck:4.2f} × DuckDB"
            )


def _types(stamp: str) -> str:
    return f"{{'point': 'VARCHAR', 'stamp': '{stamp.split()[1]}', 'kwh': 'DECIMAL(18,3)'}}"


def _file(path: Path, form: str) -> Path:
    """Quarter hours of 300 meters; meter by meter, or all meters of a quarter hour together."""
    point = np.repeat(np.arange(METERS), INTERVALS)
    stamp = np.tile(1_700_000_000 // 900 * 900 + 900 * np.arange(INTERVALS), METERS)
    if form == "ISO, by time":
        order = np.argsort(stamp, kind="stable")
        point, stamp = point[order], stamp[order]
    watts = np.random.default_rng(7).integers(0, 4000, len(point))
    stamps = pa.array(stamp) if form == "epoch" else pa.array(stamp).cast(pa.timestamp("s"))
    names = pa.array([f"SYN{number:09d}" for number in range(METERS)])
    kwh = pa.array([f"{each / 1000:.3f}" for each in range(4000)]).take(pa.array(watts))
    table = pa.table(
        {
            "point": names.take(pa.array(point)),
            "stamp": stamps,
            "kwh": kwh,
        }
    )
    pa.csv.write_csv(table, path, pa.csv.WriteOptions(quoting_style="none"))
    return path


if __name__ == "__main__":
    main()

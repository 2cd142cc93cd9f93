"""The Green Button reader beside expat without handlers (the floor of checked XML) and lxml's tree, on one file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from xml.parsers import expat

from lxml import etree
from measure import cpu_seconds

from meterkeep.readings.formats import open_file

READINGS = 500_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.xml"
        path.write_bytes(_feed())
        size = path.stat().st_size / 1e6
        floor = cpu_seconds(lambda: expat.ParserCreate(namespace_separator=" ").ParseFile(path.open("rb")))
        for name, work in (
            ("expat, no handlers", None),
            ("lxml tree", lambda: etree.parse(path)),
            ("Meterkeep", lambda: sum(len(block) for block in open_file(path).blocks())),
        ):
            seconds = cpu_seconds(work) if work else floor
            print(
                f"{name:<20} {seconds:6.2f} CPU s  {size / seconds:6.0f} MB/s  {seconds / floor:5.1f} × expat"
            )


def _feed() -> bytes:
    reading = (
        "<espi:IntervalReading><espi:timePeriod><espi:duration>900</espi:duration><espi:start>{}</espi:start>"
        "</espi:timePeriod><espi:value>{}</espi:value></espi:IntervalReading>"
    )
    blocks = [
        "<espi:IntervalBlock>"
        + "".join(reading.format(1_700_000_000 + 900 * (at + i), (at + i) % 997) for i in range(2_000))
        + "</espi:IntervalBlock>"
        for at in range(0, READINGS, 2_000)
    ]
    entries = "".join(
        f'<entry><link rel="self" href="U/1/UsagePoint/1/MeterReading/1/IntervalBlock/{n}"/>'
        f'<link rel="up" href="U/1/UsagePoint/1/MeterReading/1/IntervalBlock"/><content>{block}</content></entry>'
        for n, block in enumerate(blocks)
    )
    head = (
        '<entry><link rel="self" href="U/1/UsagePoint/1"/><link rel="related" href="U/1/UsagePoint/1/MeterReading"/>'
        "<content><espi:UsagePoint><espi:ServiceCategory><espi:kind>0</espi:kind></espi:ServiceCategory></espi:UsagePoint></content></entry>"
        '<entry><link rel="self" href="U/1/UsagePoint/1/MeterReading/1"/><link rel="related" href="ReadingType/1"/>'
        '<link rel="related" href="U/1/UsagePoint/1/MeterReading/1/IntervalBlock"/><content><espi:MeterReading/></content></entry>'
        '<entry><link rel="self" href="ReadingType/1"/><content><espi:ReadingType><espi:accumulationBehaviour>4</espi:accumulationBehaviour>'
        "<espi:flowDirection>1</espi:flowDirection><espi:powerOfTenMultiplier>0</espi:powerOfTenMultiplier><espi:uom>72</espi:uom>"
        "</espi:ReadingType></content></entry>"
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">{head}{entries}</feed>'.encode()

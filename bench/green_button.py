"""The Green Button reader beside expat without handlers (the floor of checked XML) and lxml's tree, on one file of each form.

Beside a peer too where GREEN_BUTTON_PEER names a Python that has greenbutton-objects; it is no part of our environments.
GREEN_BUTTON_BIG=10000000 also measures a file of as many readings, with its memory.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from lxml import etree
from measure import cpu_seconds

from meterkeep.readings.formats import open_file

READINGS = 500_000
_PEER = "import sys; from greenbutton_objects import parse; parse.parse_feed(sys.argv[1])"
_FORMS = {
    "in blocks of 2,880, one in 50 with a quality": (2_880, 50, ""),
    "in blocks of a day's 96, indented": (96, 0, "\n"),
    "in blocks of a day's 24 hours": (24, 0, ""),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xml"
        if "GREEN_BUTTON_BIG" in os.environ:  # First: the memory that a process has had counts to its end.
            _big(path, int(os.environ["GREEN_BUTTON_BIG"]))
        for name, form in _FORMS.items():
            with path.open("wb") as file:
                file.writelines(feed(READINGS, *form))
            print(f"\n{READINGS:,} readings {name}, {path.stat().st_size / 1e6:.0f} MB")
            _compare(path)


def _compare(path: Path) -> None:
    size = path.stat().st_size / 1e6

    def line(name: str, seconds: float, readings: int = READINGS) -> None:
        print(
            f"{name:<20} {seconds:6.2f} CPU s  {size / seconds:6.1f} MB/s  {readings / seconds / 1e6:6.2f} M readings/s"
            f"  {seconds / floor:5.2f} × expat"
        )

    floor = cpu_seconds(lambda: expat.ParserCreate(namespace_separator=" ").ParseFile(path.open("rb")))
    line("expat, no handlers", floor)
    line("lxml tree", cpu_seconds(lambda: etree.parse(path)))
    ours = cpu_seconds(lambda: sum(len(block) for block in open_file(path).blocks()))
    line("Meterkeep", ours)
    peer = os.environ.get("GREEN_BUTTON_PEER")
    if not peer:
        print("greenbutton-objects  not measured: GREEN_BUTTON_PEER names no Python that has it")
        return
    seconds = cpu_seconds(lambda: subprocess.run([peer, "-c", _PEER, str(path)], check=True), runs=1)
    line("greenbutton-objects", seconds)
    print(f"Meterkeep is {seconds / ours:.0f} times as fast as greenbutton-objects")


def _big(path: Path, readings: int) -> None:
    """How much memory a long file takes, beyond what the program takes anyway."""
    with path.open("wb") as file:
        file.writelines(feed(readings, *next(iter(_FORMS.values()))))
    seconds = cpu_seconds(lambda: sum(len(block) for block in open_file(path).blocks()), runs=1)
    size, most = path.stat().st_size / 1e6, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"\n{size:,.0f} MB: {seconds:.1f} CPU s, {size / seconds:.0f} MB/s, at most {most:.0f} MB of memory"
    )


def feed(readings: int, per_block: int, every: int, gap: str) -> Iterator[bytes]:
    """A feed of one series, in pieces. every: which readings have a quality; gap: what stands between elements."""
    yield _HEAD.encode()
    for number, at in enumerate(range(0, readings, per_block)):
        rows = range(at, min(at + per_block, readings))
        block = gap.join(_reading(row, gap, bool(every) and row % every == 0) for row in rows)
        yield (_ENTRY % (number, block)).encode()
    yield b"</feed>"


def _reading(row: int, gap: str, marked: bool) -> str:
    quality = "<espi:ReadingQuality><espi:quality>8</espi:quality></espi:ReadingQuality>" if marked else ""
    parts = [
        f"<espi:IntervalReading>{quality}",
        "<espi:timePeriod>",
        f"<espi:duration>900</espi:duration><espi:start>{1_600_000_000 + 900 * row}</espi:start>",
        f"</espi:timePeriod><espi:value>{row * 7919 % 2_003}</espi:value>",
        "</espi:IntervalReading>",
    ]
    return (gap + "  " * bool(gap)).join(parts)


_ENTRY = (
    '<entry><id>urn:uuid:00000000-0000-4000-8000-000000000000</id><link rel="self" href="U/1/UsagePoint/1/MeterReading/1/'
    'IntervalBlock/%d"/><link rel="up" href="U/1/UsagePoint/1/MeterReading/1/IntervalBlock"/><content><espi:IntervalBlock>'
    "<espi:interval><espi:duration>86400</espi:duration><espi:start>1600000000</espi:start></espi:interval>%s"
    "</espi:IntervalBlock></content><published>2024-01-01T00:00:00Z</published><updated>2024-01-01T00:00:00Z</updated></entry>\n"
)
_HEAD = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">'
    '<entry><id>urn:uuid:00000000-0000-4000-8000-000000000001</id><link rel="self" href="U/1/UsagePoint/1"/>'
    '<link rel="related" href="U/1/UsagePoint/1/MeterReading"/><title/><content>'
    "<espi:UsagePoint><espi:ServiceCategory><espi:kind>0</espi:kind></espi:ServiceCategory></espi:UsagePoint></content></entry>"
    '<entry><id>urn:uuid:00000000-0000-4000-8000-000000000002</id><link rel="self" href="U/1/UsagePoint/1/MeterReading/1"/>'
    '<link rel="related" href="ReadingType/1"/><link rel="related" href="U/1/UsagePoint/1/MeterReading/1/IntervalBlock"/>'
    "<title/><content><espi:MeterReading/></content></entry>"
    '<entry><id>urn:uuid:00000000-0000-4000-8000-000000000003</id><link rel="self" href="ReadingType/1"/><title/><content>'
    "<espi:ReadingType><espi:accumulationBehaviour>4</espi:accumulationBehaviour><espi:flowDirection>1</espi:flowDirection>"
    "<espi:intervalLength>900</espi:intervalLength><espi:powerOfTenMultiplier>0</espi:powerOfTenMultiplier><espi:uom>72</espi:uom>"
    "</espi:ReadingType></content></entry>\n"
)

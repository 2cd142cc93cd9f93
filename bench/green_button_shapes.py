"""The Green Button reader on every shape that utilities write, each beside expat without handlers on the same file.

Beside a peer too where GREEN_BUTTON_PEER names a Python that has greenbutton-objects. GREEN_BUTTON_SHAPES=daily measures only
the shapes whose names hold that word. All files are synthetic.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from measure import cpu_seconds

from meterkeep.readings.formats import open_file

_PEER = "import sys; from greenbutton_objects import parse; parse.parse_feed(sys.argv[1])"
_BEGIN = 1_600_000_000
_PLAIN = "<e:timePeriod>~<e:duration>{seconds}</e:duration>~<e:start>{start}</e:start>~</e:timePeriod>~<e:value>{value}</e:value>"
_QUALITY = "<e:ReadingQuality>~<e:quality>{code}</e:quality>~</e:ReadingQuality>~"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a utility writes its readings. reading: what an IntervalReading holds; e: stands for the prefix, ~ for white space.

    points: usage points, each with a MeterReading of its own. gap: what stands between elements. open: attributes of the block.
    """

    per_block: int
    readings: int = 200_000
    reading: str = _PLAIN
    prefix: str = "espi:"
    gap: str = ""
    seconds: int = 900
    decimals: int = 0
    points: int = 1
    open: str = ""
    codec: str = "utf-8"
    named: bool = False
    """Whether each block has a title, an author-less category and the long UUID links of an API."""
    together: bool = False
    """Whether all blocks of a usage point stand in one entry."""


SHAPES = {
    "blocks of a month, 2,880": Shape(2_880),
    "blocks of a month of hours, 720, indented": Shape(720, seconds=3_600, gap="\n"),
    "daily 96": Shape(96),
    "daily 96, indented": Shape(96, gap="\n"),
    "daily 96, indented, CRLF": Shape(96, gap="\r\n"),
    "daily 24": Shape(24, seconds=3_600),
    "daily 24, indented": Shape(24, seconds=3_600, gap="\n"),
    "daily 24, as an API writes them": Shape(24, seconds=3_600, named=True),
    "daily 24, all in one entry": Shape(24, seconds=3_600, together=True),
    "daily 24, all in one entry, indented": Shape(24, seconds=3_600, together=True, gap="\n"),
    "daily 24, namespace on each block": Shape(
        24, seconds=3_600, prefix="", open=' xmlns="http://naesb.org/espi"'
    ),
    "daily 24, ns0:": Shape(24, seconds=3_600, prefix="ns0:"),
    "daily 24, quality on each": Shape(24, seconds=3_600, reading=_QUALITY + _PLAIN),
    "daily 24, cost and quality": Shape(
        24, seconds=3_600, reading="<e:cost>{cost}</e:cost>~" + _QUALITY + _PLAIN
    ),
    "daily 24, tier and tou": Shape(
        24,
        seconds=3_600,
        reading=_PLAIN + "~<e:consumptionTier>1</e:consumptionTier>~<e:tou>{tou}</e:tou>",
    ),
    "daily 24, decimals": Shape(24, seconds=3_600, decimals=3),
    "monthly 2,880, decimals": Shape(2_880, decimals=3),
    "daily 24, a zone in each period": Shape(
        24,
        seconds=3_600,
        reading=_PLAIN.replace("~</e:timePeriod>", "~<e:timezone>-0500</e:timezone>~</e:timePeriod>"),
    ),
    "daily 24, a remark in each": Shape(
        24,
        seconds=3_600,
        reading=_PLAIN.replace("~</e:timePeriod>", " <!-- {remark} -->~</e:timePeriod>"),
        gap="\n",
    ),
    "daily 24, attributes": Shape(
        24, seconds=3_600, reading=_PLAIN.replace("<e:value>", '<e:value unit="Wh">')
    ),
    "daily 24, UTF-16": Shape(24, seconds=3_600, codec="utf-16"),
    "one reading a block": Shape(1, readings=40_000, seconds=43_200),
    "one reading a block, indented": Shape(1, readings=40_000, seconds=43_200, gap="\n"),
    "bulk of 10,000 usage points, 2 blocks of 24 each": Shape(
        24, readings=480_000, seconds=3_600, points=10_000
    ),
    "bulk of 1,000 usage points, 31 blocks of 24 each": Shape(
        24, readings=744_000, seconds=3_600, points=1_000
    ),
    "bulk of 500 usage points, 30 blocks of 24 each": Shape(24, readings=360_000, seconds=3_600, points=500),
    "a year of one usage point, daily 24": Shape(24, readings=8_760, seconds=3_600),
    "a year of one usage point, daily 96": Shape(96, readings=35_040),
}


def main() -> None:
    wanted = os.environ.get("GREEN_BUTTON_SHAPES", "")
    peer = os.environ.get("GREEN_BUTTON_PEER")
    print(f"{'shape':<50} {'MB':>5} {'MB/s':>6} {'M/s':>5} {'× expat':>8} {'× greenbutton-objects':>22}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shape.xml"
        for name, shape in SHAPES.items():
            if wanted in name:
                write(path, shape)
                print(f"{name:<50} {_measured(path, shape.readings, peer)}", flush=True)


def _measured(path: Path, readings: int, peer: str | None) -> str:
    size = path.stat().st_size / 1e6
    floor = cpu_seconds(lambda: expat.ParserCreate(namespace_separator=" ").ParseFile(path.open("rb")))
    ours = cpu_seconds(lambda: _read(path, readings))
    told = f"{size:5.0f} {size / ours:6.0f} {readings / ours / 1e6:5.2f} {ours / floor:8.2f}"
    if not peer:
        return told + f" {'not measured':>22}"
    try:
        theirs = cpu_seconds(
            lambda: subprocess.run([peer, "-c", _PEER, str(path)], check=True, capture_output=True), runs=1
        )
    except subprocess.CalledProcessError:
        return told + f" {'cannot read it':>22}"
    return told + f" {theirs / ours:22.1f}"


def _read(path: Path, readings: int) -> None:
    found = sum(len(block) for block in open_file(path).blocks())
    if found != readings:
        raise RuntimeError(f"{found} of {readings} readings")


def write(path: Path, shape: Shape) -> None:
    with path.open("w", encoding=shape.codec, newline="") as file:
        file.writelines(feed(shape))


def feed(shape: Shape) -> Iterator[str]:
    """A feed of this shape, in pieces."""
    gap, prefix = shape.gap, shape.prefix
    space = f' xmlns:{prefix[:-1]}="http://naesb.org/espi"' if prefix else ""
    yield f'<?xml version="1.0"?>{gap}<feed xmlns="http://www.w3.org/2005/Atom"{space}>{gap}'
    rows = -(-shape.readings // shape.points)
    for point in range(shape.points):
        yield _finish(_HEAD.format(point=point, open=shape.open), shape)
        blocks = (
            _block(shape, point, block, range(at, min(at + shape.per_block, rows)))
            for block, at in enumerate(range(0, rows, shape.per_block))
        )
        yield from _together(shape, blocks) if shape.together else blocks
    yield "</feed>"


def _block(shape: Shape, point: int, block: int, rows: range) -> str:
    start = _BEGIN + rows[0] * shape.seconds
    entry = _API_ENTRY if shape.named else _ENTRY
    before, after = _finish(
        entry.format(
            point=point, block=block, start=start, seconds=shape.seconds * len(rows), open=shape.open
        ),
        shape,
    ).split("@")
    reading = _finish("<e:IntervalReading>~" + shape.reading + "~</e:IntervalReading>~", shape)
    return before + "".join(_reading(shape, reading, row) for row in rows) + after


def _together(shape: Shape, entries: Iterator[str]) -> Iterator[str]:
    opens, closes, after = f"<{shape.prefix}IntervalBlock", f"</{shape.prefix}IntervalBlock>", ""
    for number, entry in enumerate(entries):
        begin, end = entry.index(opens), entry.index(closes) + len(closes)
        yield entry[0 if number == 0 else begin : end] + shape.gap
        after = entry[end:]
    yield after


def _reading(shape: Shape, reading: str, row: int) -> str:
    value = row * 7919 % 2_003
    return reading.format(
        seconds=shape.seconds,
        start=_BEGIN + row * shape.seconds,
        value=f"{value / 1000:.{shape.decimals}f}" if shape.decimals else value,
        code=17 if row % 50 else 8,
        cost=value * 17,
        tou=row % 24 // 8 + 1,
        remark=f"{row % 28 + 1}/1/2020 {row % 12 + 1}:00:00 AM",
    )


def _finish(text: str, shape: Shape) -> str:
    return (
        text.replace("<e:", "<" + shape.prefix)
        .replace("</e:", "</" + shape.prefix)
        .replace("~", shape.gap + "  " * bool(shape.gap))
    )


_HEAD = (
    "<entry>~<id>urn:uuid:00000000-0000-4000-8000-{point:012}</id>~"
    '<link rel="self" href="U/1/UsagePoint/{point:06}"/>~<link rel="related" href="U/1/UsagePoint/{point:06}/MeterReading"/>~'
    "<title/>~<content>~<e:UsagePoint{open}>~<e:ServiceCategory>~<e:kind>0</e:kind>~</e:ServiceCategory>~</e:UsagePoint>~</content>~</entry>~"
    '<entry>~<id>urn:uuid:00000000-0000-4000-8001-{point:012}</id>~<link rel="self" href="U/1/UsagePoint/{point:06}/MeterReading/1"/>~'
    '<link rel="related" href="ReadingType/{point:06}"/>~<link rel="related" href="U/1/UsagePoint/{point:06}/MeterReading/1/IntervalBlock"/>~'
    "<title/>~<content>~<e:MeterReading{open}/>~</content>~</entry>~"
    "<entry>~<id>urn:uuid:00000000-0000-4000-8002-{point:012}</id>~"
    '<link rel="self" href="ReadingType/{point:06}"/>~<title/>~<content>~'
    "<e:ReadingType{open}>~<e:accumulationBehaviour>4</e:accumulationBehaviour>~<e:flowDirection>1</e:flowDirection>~"
    "<e:intervalLength>900</e:intervalLength>~<e:powerOfTenMultiplier>0</e:powerOfTenMultiplier>~<e:uom>72</e:uom>~"
    "</e:ReadingType>~</content>~</entry>~"
)
_ENTRY = (
    "<entry>~<id>urn:uuid:00000000-0000-4000-9000-{block:012}</id>~"
    '<link rel="self" href="U/1/UsagePoint/{point:06}/MeterReading/1/IntervalBlock/{block}"/>~'
    '<link rel="up" href="U/1/UsagePoint/{point:06}/MeterReading/1/IntervalBlock"/>~<title/>~<content>~<e:IntervalBlock{open}>~'
    "<e:interval>~<e:duration>{seconds}</e:duration>~<e:start>{start}</e:start>~</e:interval>~@</e:IntervalBlock>~</content>~"
    "<published>2024-01-01T00:00:00Z</published>~<updated>2024-01-01T00:00:00Z</updated>~</entry>~"
)
_API_ENTRY = (
    "<entry>~<id>urn:uuid:00000000-0000-4000-9000-{block:012}</id>~"
    '<link href="https://example.com/DataCustodian/espi/1_1/resource/Subscription/111111/UsagePoint/{point:06}/MeterReading/'
    '1/IntervalBlock" rel="up"/>~'
    '<link href="https://example.com/DataCustodian/espi/1_1/resource/Subscription/111111/UsagePoint/{point:06}/MeterReading/'
    '1/IntervalBlock/{block:08x}" rel="self"/>~'
    "<published>2024-01-01T00:00:{block:010}Z</published>~<updated>2024-01-01T00:00:00Z</updated>~"
    "<title>Block {block}</title>~<content>~<e:IntervalBlock{open}>~"
    "<e:interval>~<e:duration>{seconds}</e:duration>~<e:start>{start}</e:start>~</e:interval>~@</e:IntervalBlock>~</content>~</entry>~"
)


if __name__ == "__main__":
    main()

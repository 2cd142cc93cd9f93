"""Synthetic Green Button feeds, entry by entry. No line of them is anybody's data."""

from __future__ import annotations

POINT = "RetailCustomer/twin-700001/UsagePoint/twin-up-0001"
READING = f"{POINT}/MeterReading/01"
START = 1_700_006_400
ESPI = 'xmlns="http://naesb.org/espi"'


def entry(
    path="", *, up="", related=(), content="", id="", host="https://utility.example/espi/1_1/resource/"
):
    """An Atom entry whose content stands between its links and its dates."""
    links = [("self", path), ("up", up), *(("related", each) for each in related)]
    texts = [f'<link rel="{rel}" href="{host}{href}"/>' for rel, href in links if href]
    return f"<entry><id>{id}</id>{''.join(texts)}<title/><content>{content}</content></entry>\n"


def feed(*entries):
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>feed</id>{"".join(entries)}</feed>'


def usage_point(path=POINT, *, kind=0, id=""):
    category = f"<ServiceCategory><kind>{kind}</kind></ServiceCategory>"
    return entry(path, id=id, content=f"<UsagePoint {ESPI}>{category}</UsagePoint>")


def meter_reading(path=READING, *, kind="ReadingType/01"):
    related = (f"{path}/IntervalBlock", kind)
    return entry(path, related=related, content=f"<MeterReading {ESPI}/>")


def reading_type(path="ReadingType/01", **codes):
    codes = {"uom": 72, "flowDirection": 1, "accumulationBehaviour": 4, "powerOfTenMultiplier": 0} | codes
    texts = [f"<{name}>{code}</{name}>" for name, code in codes.items() if code is not None]
    return entry(path, content=f"<ReadingType {ESPI}>{''.join(texts)}</ReadingType>")


def interval_reading(value, start=START, duration=3600, quality=()):
    marks = "".join(f"<ReadingQuality><quality>{code}</quality></ReadingQuality>" for code in quality)
    period = f"<timePeriod><duration>{duration}</duration><start>{start}</start></timePeriod>"
    return f"<IntervalReading>{marks}{period}<value>{value}</value></IntervalReading>"


def block(readings, *, path=f"{READING}/IntervalBlock/1", up=None, interval=""):
    up = path.rsplit("/", 1)[0] if up is None else up
    return entry(path, up=up, content=f"<IntervalBlock {ESPI}>{interval}{''.join(readings)}</IntervalBlock>")


def hours(values, start=START, **options):
    return [interval_reading(value, start + 3600 * i, **options) for i, value in enumerate(values)]


def simple(readings, **codes):
    return feed(usage_point(), meter_reading(), reading_type(**codes), block(readings))

"""The readings of an IntervalBlock as text columns, taken out by XSLT: in C, row by row, a missing field staying empty."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from lxml import etree

from meterkeep.readings.formats.green_button.entries import local, readings_in
from meterkeep.readings.formats.green_button.runs import Run, RunCutter

FIELDS = 6
"""start, duration, value, quality codes, tou, and which of C(ost), M(ark: tier, critical peak) and R(epeated field) there
are: each on a line of its own, whitespace made single blanks. The first of repeated fields counts."""

# A path may not hold the separator: normalize-space turns every line break within a field into a blank.
_SHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:e={namespace}>
<xsl:output method="text" encoding="UTF-8"/>
<xsl:param name="count"/><xsl:param name="mark"/>
<xsl:template match="/*"><xsl:for-each select="{reading}[position() &lt;= $count]"><xsl:choose>
<xsl:when test="@*[name() = $mark]"><xsl:value-of select="concat($mark, '=', @*[name() = $mark], '&#10;')"/></xsl:when>
<xsl:otherwise><xsl:value-of select="concat(normalize-space({period}/{start}), '&#10;',
 normalize-space({period}/{duration}), '&#10;', normalize-space({value}), '&#10;')"/>
<xsl:for-each select="{quality}/{code} | {quality}[not(*) and normalize-space(.)]"><xsl:if test="position() &gt; 1"><xsl:text> </xsl:text></xsl:if>
<xsl:value-of select="normalize-space(.)"/></xsl:for-each><xsl:value-of select="concat('&#10;', normalize-space({tou}), '&#10;')"/>
<xsl:if test="{cost}">C</xsl:if><xsl:if test="{tier} | {peak}">M</xsl:if><xsl:if
 test="{period}[2] | {value}[2] | {period}/{start}[2] | {period}/{duration}[2]">R</xsl:if><xsl:text>&#10;</xsl:text></xsl:otherwise>
</xsl:choose></xsl:for-each></xsl:template></xsl:stylesheet>"""

_NAMES = {
    "reading": "IntervalReading",
    "period": "timePeriod",
    "start": "start",
    "duration": "duration",
    "value": "value",
    "quality": "ReadingQuality",
    "code": "quality",
    "tou": "tou",
    "cost": "cost",
    "tier": "consumptionTier",
    "peak": "cpp",
}
_ALL = 2**31 - 1


@lru_cache(maxsize=16)
def _sheet(namespace: str) -> etree.XSLT:
    prefix = "e:" if namespace else ""
    names = {role: prefix + name for role, name in _NAMES.items()}
    return etree.XSLT(etree.XML(_SHEET.format(namespace=quoteattr(namespace or "none"), **names)))


@lru_cache(maxsize=1)
def _any_namespace() -> etree.XSLT:
    names = {role: f"*[local-name()='{name}']" for role, name in _NAMES.items()}
    return etree.XSLT(etree.XML(_SHEET.format(namespace='"none"', **names)))


def _fields(block: etree._Element, mark: str, count: int) -> bytes:
    """FIELDS lines for each reading, or one line `mark=number` for a run.

    Where nothing is found in the block's own namespace, its readings may be in another one than it.
    """
    namespace = etree.QName(block).namespace or ""
    options = {"count": str(count), "mark": etree.XSLT.strparam(mark)}
    found = bytes(_sheet(namespace)(block, **options))
    return found if found.strip() else bytes(_any_namespace()(block, **options))


def reading_parts(block: etree._Element, runs: RunCutter, *, count: int | None = None) -> list[bytes | Run]:
    """The first `count` readings of a block, all for None, in their order: FIELDS lines for each, or runs."""
    marked = _restored(block, runs)
    if count is None and marked and _all_marked(block, marked):
        return [runs.run(int(each.get(runs.mark))) for each in marked]
    text = _fields(block, runs.mark, _ALL if count is None else count)
    if not marked:
        return [text] if text else []
    pieces = re.split(rb"(?m)^%s=([0-9]+)\n" % runs.mark.encode(), text)
    parts = [runs.run(int(piece)) if index % 2 else piece for index, piece in enumerate(pieces)]
    return [part for part in parts if len(part)]


def _all_marked(block: etree._Element, marked: list[etree._Element]) -> bool:
    others = len(block) - len(marked)
    return others == 0 or (others == 1 and local(block[0]) == "interval") or len(marked) == readings_in(block)


@lru_cache(maxsize=64)
def _reading_of(block: str) -> str:
    """The tag of a reading in the namespace of its block's tag."""
    return block.rpartition("}")[0] + "}IntervalReading" if "}" in block else "IntervalReading"


def _restored(block: etree._Element, runs: RunCutter) -> list[etree._Element]:
    """What stands for runs in a block. Where the quick way could differ from the usual one, the readings are put back."""
    marked: list[etree._Element] = runs.marked(block)
    tag = _reading_of(block.tag)
    if all(each.tag == tag and each.getparent() is block for each in marked):
        return marked
    for each in marked:
        _restore(each, runs)
    return []


def _restore(placeholder: etree._Element, runs: RunCutter) -> None:
    names = "".join(
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}"
        for prefix, uri in placeholder.nsmap.items()
    )
    run = runs.original(int(placeholder.get(runs.mark)))
    whole = etree.fromstring(b"<x%s>%s</x>" % (names.encode(), run))
    parent = placeholder.getparent()
    at = parent.index(placeholder)
    parent[at : at + 1] = list(whole)

"""The readings of an IntervalBlock as text columns, taken out by XSLT: in C, row by row, a missing field staying empty."""

from __future__ import annotations

from functools import lru_cache
from xml.sax.saxutils import quoteattr

from lxml import etree

FIELDS = 4
"""start, duration, value, quality codes: each on a line of its own, whitespace made single blanks."""

# A path may not hold the separator: normalize-space turns every line break within a field into a blank.
_SHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:e={namespace}>
<xsl:output method="text" encoding="UTF-8"/>
<xsl:param name="count"/>
<xsl:template match="/*"><xsl:for-each select="{reading}[position() &lt;= $count]">
<xsl:value-of select="concat(normalize-space({period}/{start}), '&#10;',
 normalize-space({period}/{duration}), '&#10;', normalize-space({value}), '&#10;')"/>
<xsl:for-each select="{quality}/{code}"><xsl:if test="position() &gt; 1"><xsl:text> </xsl:text></xsl:if>
<xsl:value-of select="normalize-space(.)"/></xsl:for-each><xsl:text>&#10;</xsl:text>
</xsl:for-each></xsl:template></xsl:stylesheet>"""

_NAMES = {
    "reading": "IntervalReading",
    "period": "timePeriod",
    "start": "start",
    "duration": "duration",
    "value": "value",
    "quality": "ReadingQuality",
    "code": "quality",
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


def reading_fields(block: etree._Element, *, count: int = _ALL) -> bytes:
    """The fields of the first `count` readings of a block (all of them by default), FIELDS lines for each reading.

    Where nothing is found in the block's own namespace, its readings may be in another one than it.
    """
    namespace = etree.QName(block).namespace or ""
    found = bytes(_sheet(namespace)(block, count=str(count)))
    return found if found.strip() else bytes(_any_namespace()(block, count=str(count)))

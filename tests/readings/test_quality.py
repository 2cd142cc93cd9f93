"""A quality code keeps its meaning: what the schema leaves open stays unknown."""

import pytest

from meterkeep.readings.quality import classify


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "actual"),
        ("espi:0", "actual"),
        ("espi:7", "edited"),
        ("espi:8", "estimated"),
        ("espi:9", "estimated"),
        ("espi:14", "actual"),
        ("espi:17", "unknown"),
        ("espi:19", "unknown"),
        ("espi:20", "unknown"),
        ("espi:", "unknown"),
        ("cmep:R0", "actual"),
        ("cmep:R1", "unknown"),
        ("cmep:E1", "estimated"),
        ("cmep:A0", "edited"),
        ("cmep:N0", "missing"),
        ("cmep:", "unknown"),
        ("csv:Estimated", "estimated"),
        ("csv:anything else", "unknown"),
    ],
)
def test_a_code_belongs_to_the_class_that_its_format_gives_it(code: str, expected: str) -> None:
    assert classify(code) == expected

"""Meter files in and out: one reader and one writer for each format. See docs/formats.md.

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterkeep.readings.formats.detect import FORMATS, open_file
    from meterkeep.readings.formats.meterfile import MeterFile
    from meterkeep.readings.quality import classify as quality_class

__all__ = ["FORMATS", "MeterFile", "open_file", "quality_class"]

_HOMES = {
    "FORMATS": ("meterkeep.readings.formats.detect", "FORMATS"),
    "MeterFile": ("meterkeep.readings.formats.meterfile", "MeterFile"),
    "open_file": ("meterkeep.readings.formats.detect", "open_file"),
    "quality_class": ("meterkeep.readings.quality", "classify"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, own_name = _HOMES[name]
    return getattr(import_module(home), own_name)

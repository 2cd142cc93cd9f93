"""Meter files in and out: one reader and one writer for each format. See docs/formats.md.

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterkeep.readings.formats.detect import FORMATS, open_file
    from meterkeep.readings.formats.meterfile import MeterFile
    from meterkeep.readings.formats.quality import quality_class

__all__ = ["FORMATS", "MeterFile", "open_file", "quality_class"]

_HOMES = {"FORMATS": "detect", "open_file": "detect", "MeterFile": "meterfile", "quality_class": "quality"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

"""Python's collector of reference cycles waits while a reader works, and between blocks passes over what the reader holds.

A bulk feed makes hundreds of thousands of small objects, which live to its end and hold no cycles: the collector would go through
all of them again and again to free nothing. Everybody else's objects are collected between blocks, as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def unhindered(made: Iterator[T]) -> Iterator[T]:
    """The same, each made while the collector waits. At the end everything is the collector's again.

    Where the program keeps objects from the collector for reasons of its own (gc.freeze), that is left as it is.
    """
    passes_over = gc.get_freeze_count() == 0
    try:
        while True:
            with _collector_waiting(passes_over=passes_over):
                try:
                    one = next(made)
                except StopIteration:
                    return
            yield one
    finally:
        if passes_over:
            gc.unfreeze()


@contextmanager
def _collector_waiting(*, passes_over: bool) -> Iterator[None]:
    """Only who stopped it starts it again, so that several threads may do so at once."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if passes_over:
            gc.freeze()
        gc.enable()

"""Invented claims and pictures."""

import io
import struct
import zlib
from datetime import date

from pypdf import PdfWriter

FILED = date(2026, 3, 20)


def png(seed=0, note=b""):
    """A small whole picture, another for each seed; note: what a camera writes beside it."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 4, 1, 8, 2, 0, 0, 0)
    rows = b"\0" + bytes((seed * 7 + at) % 256 for at in range(12))
    beside = chunk(b"tEXt", note) if note else b""
    chunks = chunk(b"IHDR", head) + beside + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def document(*lines, **more):
    return {
        "claimant": {"name": "Synthetic Person", "home_address": "42 Canary Way, Del Mar", "phone": "760-555-0142"},
        "purpose": "Rate case",
        "activity": "conference",
        "other_agency": False,
        "report": "Heard how others set rates.",
        "trip": {"from": "Carlsbad", "to": "Sacramento", "start": "2026-03-10T06:00", "end": "2026-03-11T20:00",
                 "international": False, "out_of_state": False},
        "lines": list(lines) or [meal()],
        **more,
    }  # fmt: skip


def meal(id="m1", amount="25.00", **more):
    return {"id": id, "kind": "meal", "on": "2026-03-10", "amount": amount, **more}


def pdf(change=lambda writer: None):
    """An empty page; change: what else its writer does."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    change(writer)
    writer.write(out)
    return out.getvalue()

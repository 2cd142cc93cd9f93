"""Receipts as files: what a telephone, a scanner or an attacker sends."""

import zlib

import pytest
from desks.expenses.invented import pdf, png
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from meterkeep.desks.expenses.files import LARGEST, check_size, media_of
from meterkeep.errors import BadInput


def opening(writer):
    runs = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(runs)


def packed(inner):
    """A PDF whose fifth object lies compressed in its third, as writers since PDF 1.5 do it."""
    body, places, squeezed = b"%PDF-1.7\n", [], zlib.compress(b"5 0 " + inner, 9)
    for at, text in enumerate(
        (b"<</Type/Catalog/Pages 2 0 R/X 5 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"), 1
    ):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (at, text)
    places.append(len(body))
    head = b"3 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>" % len(squeezed)
    body += head + b"\nstream\n" + squeezed + b"\nendstream\nendobj\n"
    places.append(len(body))
    rows = [(0, 0, 0), *((1, place, 0) for place in places), (2, 3, 0)]
    table = b"".join(bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(2, "big") for kind, a, b in rows)
    head = b"4 0 obj\n<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>" % len(table)
    return body + head + b"\nstream\n" + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[-1]


def test_a_plain_pdf_and_one_with_packed_objects_come_in():
    assert media_of(pdf()) == media_of(packed(b"<</Foo 1>>")) == "application/pdf"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"MZ\x90" + b"x" * 99, "program"),
        (b"\x7fELF" + b"x" * 99, "program"),
        (b"MZ" + png(), "program"),
        (b"<!DOCTYPE html><script>x</script>", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg onload='x()'/>", "drawing"),
        (b"\0\0\0\x18ftypheic" + b"x" * 99, "HEIC"),
        (b"PK\3\4" + b"x" * 99, "neither"),
        (png()[:40], "not whole"),
        (b"\xff\xd8\xff" + b"x" * 99, "not whole"),
        (b"%PDF-1.7\n<script>x</script>\n%%EOF\n", "damaged"),
        (b"%PDF-1.7\n1 0 obj <</Names 2 0 R>> %%EOF", "damaged"),
    ],
    ids=range(12),
)
def test_what_is_no_receipt_is_refused_by_its_name(content, says):
    with pytest.raises(BadInput, match=says):
        media_of(content)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (opening, "runs something"),
        (lambda writer: writer.add_attachment("a.exe", b"MZ"), "carries other files"),
        (lambda writer: writer.encrypt("secret"), "password"),
        (lambda writer: writer.encrypt(""), "password"),
    ],
    ids=("runs", "carries", "locked", "locked_with_nothing"),
)
def test_a_pdf_that_does_more_than_show_is_refused(change, says):
    with pytest.raises(BadInput, match=says):
        media_of(pdf(change))


@pytest.mark.parametrize(
    "inner", [b"<</S/JavaScript/JS(x)>>", b"<</S/J#61vaScript/J#53(x)>>", b"[<</AA<<>>>>]"]
)
def test_what_runs_is_found_where_it_is_packed_or_spelt_otherwise(inner):
    with pytest.raises(BadInput, match="runs something"):
        media_of(packed(inner))


def test_a_pdf_that_swells_is_refused():
    with pytest.raises(BadInput):
        media_of(packed(b"<</Foo (" + b"x" * 90_000_000 + b")>>"))


def test_a_pdf_of_many_objects_or_of_deep_ones_is_refused():
    for inner in (b"[" + b"<<>>" * 30_000 + b"]", b"[" * 20_000 + b"]" * 20_000):
        with pytest.raises(BadInput):
            media_of(packed(inner))


def test_the_letters_of_a_short_name_in_a_text_are_no_name():
    scanned = pdf(lambda writer: writer.add_metadata({"/Title": "x /AA /JS /XFA x"}))
    scanned = scanned.replace(rb"\057", b"   /")
    assert b"/AA " in scanned and media_of(scanned) == "application/pdf"


@pytest.mark.parametrize(("size", "fits"), [(LARGEST, True), (LARGEST + 1, False)])
def test_the_size_is_looked_at_before_the_file_is_read(size, fits):
    if fits:
        check_size(size)
    else:
        with pytest.raises(BadInput, match="larger"):
            check_size(size)

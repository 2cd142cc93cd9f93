"""What is no meter file is refused by what it is, and never repeats what it holds."""

from __future__ import annotations

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file

SECRET = "secret-77001"
OPOWER = f"Name,{SECRET}\n\nTYPE,DATE,START TIME,END TIME,USAGE (kWh),NOTES\nElectric usage,2024-07-01,00:00,00:59,0.25,\n"
ASEXML = f'<?xml version="1.0"?><ase:aseXML xmlns:ase="urn:aseXML:r43"><From>{SECRET}</From></ase:aseXML>'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (f"<!DOCTYPE html>\n<html><title>{SECRET}</title></html>", "a web page"),
        (f"\ufeff\n <HTML><head>{SECRET}", "a web page"),
        (f"<!-- {SECRET} -->\n<html>", "a web page"),
        ("<html>".encode("utf-16"), "a web page"),
        (ASEXML, "aseXML"),
        (f"%PDF-1.7\n{SECRET}", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "an old Excel workbook"),
        (b"PAR1" + bytes(9), "a Parquet"),
        (f'{{"error": "{SECRET}"}}', "JSON"),
        (f'[{{"usage": "{SECRET}"}}]', "JSON"),
        (f"{{\\rtf1 {SECRET}", "word processor"),
        (OPOWER.encode("utf-16"), "text in UTF-16"),
        (OPOWER.replace(",", ";"), "has semicolons where"),
        (OPOWER.replace(",", "\t"), "has tabs where"),
        (f"a;b;c\n1;2;{SECRET}", "of no format known"),
        (f"a,b,c\n1,2,{SECRET}", "of no format known"),
    ],
)
def test_it_is_named_and_has_a_next_step(tmp_path, content, what):
    path = tmp_path / "given.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as caught:
        open_file(path)
    assert what in caught.value.message
    assert caught.value.where == str(path) and caught.value.next
    assert SECRET not in str(caught.value)


def test_a_feed_that_speaks_of_html_and_a_table_with_some_semicolons_are_still_read(tmp_path):
    path = tmp_path / "given.csv"
    path.write_text(OPOWER.replace("0.25,", "0.25,a;b;c;d;e"))
    assert open_file(path).format == "csv-opower"
    path.write_text(
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>&lt;html></title></feed>'
    )
    assert open_file(path).format == "greenbutton"

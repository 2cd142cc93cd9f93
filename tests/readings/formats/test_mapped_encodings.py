"""A mapped CSV in another encoding than UTF-8 is read where the mapping says so, and refused by name where not."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.mapped_csv.mapping import ENCODINGS, mapping_of

TOML = """
header = "Zähler;Zeit;Verbrauch"
delimiter = ";"
decimal = ","
seconds = 900
channel = "delivered"
stamps = "%d.%m.%Y %H:%M"
[columns]
usage_point = "Zähler"
start = "Zeit"
value = "Verbrauch"
"""
ROWS = 40_000
TEXT = "Zähler;Zeit;Verbrauch\n" + "".join(
    f"Müller{n % 7};{1 + n // 96 % 28:02d}.{1 + n // 96 // 28 % 12:02d}.{2023 + n // 96 // 336} {n % 96 // 4:02d}:{n % 4 * 15:02d};0,125\n"
    for n in range(ROWS)
)


def mapping(encoding=None):
    told = tomllib.loads(TOML)
    return mapping_of("german", told | ({"encoding": encoding} if encoding else {}))


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "twin.csv"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_is_found_and_read_alike(written, read, encoding):
    path = written(TEXT.encode(encoding))
    assert path.stat().st_size > 1 << 20, "more than one chunk, so that a letter may fall on its edge"
    whole = read(path, zone="Europe/Berlin", mappings=[mapping(encoding)])
    assert whole.file.format == "german"
    assert whole.findings.records == ROWS
    assert sum(each.total for each in whole.sums) == Decimal(ROWS) * 125 - 125 * sum(
        whole.findings.rejected.values()
    )
    assert {each.series.identifiers[0] for each in whole.sums} == {f"Müller{n}" for n in range(7)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(written, encoding):
    path = written(("\ufeff" + TEXT[:400].rsplit("\n", 1)[0]).encode(encoding))
    assert sum(map(len, open_file(path, mappings=[mapping(encoding)]).blocks())) > 5


def test_without_the_key_the_refusal_says_how_to_tell_it(written):
    path = written(TEXT.replace("Zähler", "Zaehler").encode("cp1252"))
    told = tomllib.loads(TOML.replace("Zähler", "Zaehler"))
    with pytest.raises(BadInput) as caught:
        list(open_file(path, mappings=[mapping_of("german", told)]).blocks())
    assert "not in utf-8" in caught.value.message and "encoding" in caught.value.next
    assert "ller" not in str(caught.value)


def test_bytes_that_the_told_encoding_does_not_have(written):
    for encoding, junk in (("utf-16", b"\x00\xd8"), ("cp1252", b"\x81")):
        path = written(TEXT[:200].rsplit("\n", 1)[0].encode(encoding) + junk + "\n".encode(encoding) * 3)
        with pytest.raises(BadInput, match=f"not in {encoding}"):
            list(open_file(path, mappings=[mapping(encoding)]).blocks())


def test_an_encoding_that_is_not_known():
    with pytest.raises(BadInput, match="encoding"):
        mapping("ebcdic")

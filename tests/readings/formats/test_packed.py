"""Zip and gzip: each member a file of its own, under caps, and nothing left behind."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.packed import Limits, is_packed, members

SECRET = "secret-77001"
SMALL = Limits(members=3, directory=4096, member=10_000, total=20_000, ratio=10, free=1000)


def zipped(*files, **options):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content, **options)
    return held.getvalue()


@pytest.fixture
def take(tmp_path):
    def take_all(content, **options):
        path = tmp_path / "given.bin"
        path.write_bytes(content)
        folder = tmp_path / "scratch"
        folder.mkdir(exist_ok=True)
        found = []
        for member in members(path, folder, **options):
            held = member.path.read_bytes() if member.path else None
            if member.path:
                assert member.path.stat().st_mode & 0o777 == 0o600
            found.append((member.ordinal, held, member.error.message if member.error else ""))
            assert SECRET not in str(member.error) + str(member.path)
            assert not member.error or member.error.next
        assert not list(folder.iterdir())
        return found

    return take_all


def test_members_come_one_by_one_with_their_numbers(take):
    content = zipped(("a/one.csv", b"1"), ("two.csv", b"22"), ("empty/", b""))
    assert take(content) == [(1, b"1", ""), (2, b"22", "")]


def test_gzip_is_one_file_also_when_it_was_put_together_from_several(take):
    assert take(gzip.compress(b"1") + gzip.compress(b"2")) == [(0, b"12", "")]


def test_names_that_climb_out_are_names_only(take, tmp_path):
    found = take(zipped((f"../../{SECRET}", b"1"), (f"/etc/{SECRET}", b"2"), ("..\\x", b"3")))
    assert [held for _, held, _ in found] == [b"1", b"2", b"3"]
    assert {path.name for path in tmp_path.rglob("*")} == {"given.bin", "scratch"}


def test_what_desktops_add_is_left_out(take):
    assert take(zipped(("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x"), ("a.csv", b"1"))) == [(1, b"1", "")]


@pytest.mark.parametrize("inner", [zipped(("a", b"1")), gzip.compress(b"1"), b"7z\xbc\xaf\x27\x1cxx"])
def test_an_archive_in_an_archive_is_not_opened(take, inner):
    found = take(zipped((f"{SECRET}.zip", inner), ("b.csv", b"2")))
    assert "inside the archive" in found[0][2] and found[1] == (2, b"2", "")
    assert "inside the archive" in take(gzip.compress(inner))[0][2]


def test_an_encrypted_member_says_what_to_do_and_the_others_go_on(take):
    content = bytearray(zipped((SECRET, b"1"), ("b.csv", b"2")))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    found = take(bytes(content))
    assert "encrypted" in found[0][2] and found[1] == (2, b"2", "")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([(str(n), b"1") for n in range(4)], "more than 3 members"),
        ([("zeros", bytes(9000))], "10 times its size"),
        ([("long", bytes(range(256)) * 60)], "more than is taken in"),
    ],
)
def test_caps_on_members_ratio_and_size(take, files, message):
    assert message in take(zipped(*files), limits=SMALL)[0][2]


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(take):
    assert "lists more" in take(zipped(*((f"{n:0>900}", b"") for n in range(5))), limits=SMALL)[0][2]


def test_a_list_of_more_than_65535_members_is_read_and_has_the_same_cap(tmp_path):
    path = tmp_path / "long.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_540):
            archive.writestr(f"{number}.csv", b"1")
    taken = members(path, tmp_path)
    assert next(taken).ordinal == 1
    taken.close()
    (refused,) = members(path, tmp_path, limits=Limits(members=65_539))
    assert "lists more than 65,539" in refused.error.message
    held = path.read_bytes()
    path.write_bytes(held.replace(b"PK\x06\x06", b"PK\x06\x00"))
    (refused,) = members(path, tmp_path)
    assert "damaged" in refused.error.message


def test_when_the_whole_is_too_much_nothing_more_is_taken_out(take):
    noise = [(str(n), bytes(range(256)) * 38) for n in range(3)]
    loose = Limits(members=9, total=15_000, ratio=10_000)
    found = take(zipped(*noise), limits=loose)
    assert len(found) == 2 and "more than is taken in" in found[1][2]


def test_a_gzip_bomb_ends_early(take):
    assert "10 times" in take(gzip.compress(bytes(9_999)), limits=SMALL)[0][2]


def test_a_spreadsheet_is_told_from_an_archive(take):
    assert "office document" in take(zipped(("[Content_Types].xml", b"<x/>"), ("xl/a.xml", b"")))[0][2]


def test_an_archive_of_nothing(take):
    assert take(zipped()) == [(0, None, "The archive holds no file.")]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_is_named_and_leaves_nothing(tmp_path_factory, data):
    whole = data.draw(
        st.sampled_from([zipped(("a.csv", b"1" * 500), ("b.csv", b"2")), gzip.compress(b"3" * 900)])
    )
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    folder = tmp_path_factory.mktemp("damage")
    path = folder / "given"
    path.write_bytes(content)
    (folder / "scratch").mkdir()
    if is_packed(path):
        for member in members(path, folder / "scratch"):
            assert member.error is None or member.error.next
    assert not list((folder / "scratch").iterdir())


def test_what_is_packed_is_known_by_its_bytes(tmp_path):
    for content, packed in (
        (zipped(("a", b"1")), True),
        (gzip.compress(b""), True),
        (b"PK", False),
        (b"", False),
    ):
        (tmp_path / "x").write_bytes(content)
        assert is_packed(tmp_path / "x") is packed
    assert not is_packed(tmp_path) and not is_packed(tmp_path / "nowhere")


def test_a_real_archive_is_read_through(samples, tmp_path):
    taken = members(samples / "nem12" / "Example_different_intervals.zip", tmp_path)
    file = open_file(next(taken).path, zone="Australia/Sydney")
    got = sum(map(len, file.blocks()))
    assert file.format == "nem12" and got > 0
    assert got + file.findings.rejected.total() == file.findings.records
    assert list(taken) == [] and not list(tmp_path.iterdir())


def test_a_member_whose_name_is_gone_is_still_a_member(take):
    whole = bytearray(zipped(("a.csv", b"1")))
    at, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    whole[at + 28] = 0  # the length of its name
    whole[end + 12] -= len("a.csv")  # the length of the list
    del whole[at + 46 : at + 46 + len("a.csv")]
    (found,) = take(bytes(whole))
    assert found[1] is None and "damaged" in found[2]

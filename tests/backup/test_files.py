"""Which files of a home, beside its engines, go into a backup."""

from __future__ import annotations

from pathlib import Path

from meterkeep.backup.files import left_out, of_home


def test_settings_go_along_and_what_may_be_about_anybody_does_not(tmp_path: Path) -> None:
    taken = [
        "packs/own/pack.toml",
        "certificates/one.json",
        "mappings/collections/city.toml",
        "letterhead.toml",
    ]
    others = ["exports/table.csv", "incoming/usage.xml", "notes.txt", "mappings/half.tmp"]
    for name in [*taken, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("synthetic")
    assert sorted(map(str, of_home(tmp_path))) == sorted(taken)
    assert left_out(tmp_path) == ["exports/", "incoming/", "notes.txt"]

"""What `usage`, `readings check` and `tick` say of days, files and purposes."""

from datetime import UTC, datetime

import pytest

from meterkeep.errors import BadInput, Refused
from meterkeep.faces.cli.readings_check import _naming
from meterkeep.faces.cli.tick import COUNTS, HEAD, _row
from meterkeep.faces.cli.usage import _file_kind, _instant, _show
from meterkeep.faces.shares import tenths


@pytest.mark.parametrize(
    ("said", "zone", "taken"),
    [
        ("2026-02-01", "America/Los_Angeles", datetime(2026, 2, 2, 8, tzinfo=UTC)),
        ("2026-03-08", "America/Los_Angeles", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        ("2026-02-01", "UTC", datetime(2026, 2, 2, tzinfo=UTC)),
        ("2026-02-01T12:00:00Z", "America/Los_Angeles", datetime(2026, 2, 1, 12, tzinfo=UTC)),
        ("2026-02-01T12:00:00", "America/Los_Angeles", datetime(2026, 2, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_bare_day_is_its_end(said, zone, taken):
    assert _instant(said, zone=zone) == taken


def test_what_is_no_instant_is_refused():
    with pytest.raises(BadInput, match="no instant"):
        _instant("yesterday", zone="UTC")


def test_the_instant_that_was_taken_is_told(capsys):
    _show({"file": "o.csv", "rows": 1, "sha256": "0", "coverage": [], "known": "2026-02-02T00:00:00+00:00"})
    printed = capsys.readouterr().out
    assert "1 reading written" in printed and "As it was known at 2026-02-02T00:00:00+00:00." in printed


def test_a_file_that_is_there_is_not_a_folder_that_is_missing(tmp_path):
    (tmp_path / "o.csv").touch()
    for path, words in (("o.csv", "there already"), ("no/o.csv", "folder is not there")):
        with pytest.raises(BadInput, match=words):
            _file_kind(tmp_path / path, None)


def test_whoever_is_refused_a_check_is_told_the_purpose_and_the_option():
    with pytest.raises(Refused) as stopped, _naming("power_or_billing"):
        raise Refused("Refused by X: no.", next="Ask.")
    assert stopped.value.message.endswith("for the purpose “power_or_billing”.")
    assert stopped.value.next == "Ask. Name another purpose with --purpose."


def test_the_table_of_days_has_what_was_refused():
    row = _row(
        {"day": "2026-03-02", "final": False, "late": [], **{name: n for n, name in enumerate(COUNTS)}}
    )
    assert len(row) == len(HEAD) and row[HEAD.index("refused")] == str(COUNTS.index("refused"))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(26, 672, 39), (598, 672, 890), (48, 672, 71), (9_999, 10_000, 999), (1, 10_000, None), (0, 7, 0), (1, 2000, 1)],
)  # fmt: skip
def test_a_share_is_rounded_and_honest_at_both_ends(part, whole, shown):
    assert tenths(part, whole) == shown

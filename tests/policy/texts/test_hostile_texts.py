"""A text to import is anybody's file: it may take no time that grows with its square, and steer no terminal."""

import time

from meterkeep.policy.texts import import_text


def test_many_short_items_take_no_longer_for_being_many(tmp_path):
    file = tmp_path / "packet.txt"
    file.write_text("(a)" * 40_000 + "\n")
    started = time.monotonic()
    import_text(file)
    assert time.monotonic() - started < 10, "the time grows with the square of the items"


def test_no_mark_that_turns_or_clears_the_page_is_taken_over(tmp_path):
    file = tmp_path / "packet.txt"
    file.write_text("1.0 \u202eesopruP\u202c\u2066\u009b2J\u001b[2J\nThe text is kept.\n", encoding="utf-8")
    told = str(import_text(file))
    assert "The text is kept." in told
    assert not set(told) & set("\u202e\u202c\u2066\u009b\u001b")

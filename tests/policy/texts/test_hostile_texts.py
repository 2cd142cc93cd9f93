"""A text to import is anybody's file: it may take no time that grows with its square, and steer no terminal."""

from meterkeep.policy.texts import import_text


def test_many_short_items_are_all_cut(tmp_path):
    """Forty thousand of them: were the work to grow with their square, this test would not end."""
    file = tmp_path / "packet.txt"
    file.write_text("".join(f"({letter}) item; " for letter in "abcdefgh" * 5_000) + "\n")
    (packet,) = import_text(file).documents
    assert len(packet.passages) > 30_000


def test_no_mark_that_turns_or_clears_the_page_is_taken_over(tmp_path):
    file = tmp_path / "packet.txt"
    file.write_text("1.0 \u202eesopruP\u202c\u2066\u009b2J\u001b[2J\nThe text is kept.\n", encoding="utf-8")
    told = str(import_text(file))
    assert "The text is kept." in told
    assert not set(told) & set("\u202e\u202c\u2066\u009b\u001b")

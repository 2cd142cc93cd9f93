"""How often a file may be tried: when it ends its reader, when the watch itself ends, when it was no fault of the file."""

from meterkeep.jobs.watching.claims import ATTEMPTS, STOPS, Claims
from meterkeep.jobs.watching.inbox import Found

FILE = Found("a.cmep", (1, 2, 3), "")


def claim_of(folder):
    claims = Claims(folder / "claims.json")
    return claims, claims.of(FILE, "d")


def test_a_file_that_ends_its_reader_is_spent_after_a_few(tmp_path):
    for at in range(1, ATTEMPTS + 1):
        claims, claim = claim_of(tmp_path)
        assert not claim.spent
        claim = claims.ended(FILE, claims.attempt(FILE, claim), "stopped")
        assert (claim.attempts, claim.stops) == (at, 0)
    assert claim_of(tmp_path)[1].spent


def test_a_watch_that_is_killed_again_and_again_spends_it_later(tmp_path):
    for _ in range(STOPS):
        claims, claim = claim_of(tmp_path)
        assert not claim.spent
        claims.attempt(FILE, claim)
    assert claim_of(tmp_path)[1].spent


def test_what_stood_in_the_way_counts_for_nothing(tmp_path):
    claims, claim = claim_of(tmp_path)
    claims.take_back(FILE, claims.attempt(FILE, claim))
    found = claim_of(tmp_path)[1]
    assert (found.attempts, found.stops, found.arrival) == (0, 0, claim.arrival)

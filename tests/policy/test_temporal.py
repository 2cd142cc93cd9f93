"""Every action can be asked on every day of a pack's life; a gap in time is found where it is."""

import re
from datetime import date
from itertools import pairwise

import pytest
from policy.editing import copied, edit

from meterkeep.policy import load_pack, pack_ids
from meterkeep.policy.assurance.lint import examine
from meterkeep.policy.assurance.temporal import cover_time, first_day, stretches

ON = date(2026, 7, 1)


@pytest.fixture
def own(tmp_path):
    return copied("cpa", tmp_path)


@pytest.mark.parametrize("pack", pack_ids())
def test_no_shipped_pack_has_a_day_on_which_it_cannot_be_asked(pack):
    report = cover_time(load_pack(pack), on=ON)
    assert report.failures == ()
    assert report.last.year >= 2028 or load_pack(pack).documents[0].until <= report.last.replace(year=2029)
    assert report.tried >= 8 * 8


def test_a_number_not_yet_in_force_is_found_on_its_day(own):
    with (own / "CPA.md").open("a") as file:
        file.write("""
```clause
id = "CPA/4-n"
effect = "forbid"
actions = ["release_aggregate"]
when = ["data.kind is aggregate", "aggregate.customers below own.minimum"]
summary = "synthetic"
```
""")
    with (own / "parameters.toml").open("a") as file:
        file.write(
            '\n["own.minimum"]\nsays = "s"\nfigures = [{ effective = 2026-01-01, value = 5, cite = "CPA/4-n" }]\n'
        )
    failures = cover_time(load_pack(own), on=ON).failures
    assert {(action, day < date(2026, 1, 1)) for day, action, _ in failures} == {("release_aggregate", True)}
    assert "own.minimum" in failures[0][2]


def test_a_day_between_two_documents_on_which_nothing_is_in_force_is_found(own):
    text = (own / "CPA.md").read_text()
    (own / "NEXT.md").write_text(
        text.replace("CPA", "NEXT").replace("effective = 2025-03-31", "effective = 2026-07-01")
    )
    edit(own, "CPA.md", "effective = 2025-03-31", "effective = 2025-03-31\nuntil = 2026-06-01")
    edit(own, "pack.toml", 'documents = ["CPA"]', 'documents = ["CPA", "NEXT"]')
    failures = cover_time(load_pack(own), on=ON).failures
    assert {day for day, _, _ in failures} == {date(2026, 6, 1), date(2026, 6, 30)}


def test_a_document_that_ended_for_good_is_not_asked_afterwards(own):
    edit(own, "CPA.md", "effective = 2025-03-31", "effective = 2025-03-31\nuntil = 2026-06-01")
    report = cover_time(load_pack(own), on=ON)
    assert (report.last, report.failures) == (date(2026, 5, 31), ())


def test_stretches_cover_every_day_once():
    pack = load_pack("cea")
    found = stretches(pack, last=ON)
    assert found[0][0] == first_day(pack)
    assert found[-1][1] == date(2026, 7, 2)
    assert all(one[1] == other[0] for one, other in pairwise(found))


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "9998-02-01"])
def test_a_pack_for_the_end_of_time_is_examined_like_any_other(own, day):
    text = (own / "CPA.md").read_text()
    (own / "CPA.md").write_text(re.sub(r"(?m)^effective = .*$", f"effective = {day}", text))
    pack = load_pack(own)
    assert all(since < until for since, until in stretches(pack, last=ON))
    assert cover_time(pack, on=ON).first.isoformat() == day
    assert cover_time(pack, on=date.max).first.isoformat() == day
    examine(own)

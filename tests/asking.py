"""A plugin for a run on another database: only what asks the database something is run there. All else was run before.

Left out is a test that needs no database, and of the files below what can differ by nothing but figures that are
audited, drawn or printed. A new test is run unless it is left out here.
"""

from __future__ import annotations

import pytest

KEPT = {
    "test_bills.py": (
        "what_is_not_billed", "approval", "approved", "who_approves", "opened_to", "bad_line", "later_file",
        "month_of_two", "destroyed", "and_nothing_else", "takes_an_approval",
    ),
    "test_release_drafting.py": ("legal_customers", "a_county", "leaves_the_others_out", "who_they_are", "recorded"),
    "test_release_files.py": ("stands_in_the_log_entry", "stops_everything"),
    "test_release_gas.py": ("what_they_have_a_meter_for",),
    "test_release_noise.py": ("draws_once", "keeps_no_draw", "spends", "spend_too_much", "register_of_exact"),
    "test_release_nothing.py": ("nobody_fits", "nobody_has"),
    "test_release_shapes.py": ("destroyed_since",),
}  # fmt: skip
"""File of tests/desks → parts of the names of those that write, lock, sum, sort or ask for dates and JSON."""


def asks(item: pytest.Item) -> bool:
    kept = KEPT.get(item.path.name)
    asks_at_all = "db" in item.fixturenames or item.get_closest_marker("django_db") is not None
    return asks_at_all and (kept is None or any(part in item.name for part in kept))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    names = [(item.path.name, item.name) for item in items]
    for file, parts in KEPT.items():
        idle = [part for part in parts if not any(file == of and part in name for of, name in names)]
        assert not idle, f"{file} has no test with {idle} in its name; tests/asking.py wants mending"
    left_out = [item for item in items if not asks(item)]
    items[:] = [item for item in items if asks(item)]
    config.hook.pytest_deselected(items=left_out)

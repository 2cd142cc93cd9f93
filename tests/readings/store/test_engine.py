"""The engine below the store's queries."""

from __future__ import annotations

import json

import pytest

from meterkeep.readings.store.tables.snapshot import connect


@pytest.mark.parametrize("join", ["JOIN names USING (i)", "WHERE i IN (SELECT i FROM names)"])
def test_what_a_query_names_last_is_what_a_join_holds_in_memory(join):
    """Also where the engine takes it for the larger side, as it does when the first of many files is a small one."""
    engine = connect()
    engine.execute("CREATE TABLE readings AS SELECT range AS i FROM range(10)")
    engine.execute("CREATE TABLE names AS SELECT range AS i FROM range(100_000)")
    (_, plan), *_ = engine.sql(f"EXPLAIN (FORMAT json) SELECT * FROM readings {join}").fetchall()
    held = joined(json.loads(plan))["children"][1]
    assert "names" in json.dumps(held)


def joined(nodes):
    """The first join of a plan, from the top."""
    for node in nodes:
        if "JOIN" in node["name"]:
            return node
        if found := joined(node["children"]):
            return found
    return None

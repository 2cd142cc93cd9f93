"""Every table and column of the database is classified: whom is it about?"""

from __future__ import annotations

import pytest
from django.db import models

from meterkeep.backup.tables import LEFT_OUT, RULES, models_by_table, unclassified

NAMES_CUSTOMERS = frozenset({"customer", "customer_id", "customers", "user_id", "account_id", "usage_point"})
"""Columns by which a row is somebody's."""


def test_every_table_and_column_has_its_rule() -> None:
    assert unclassified(models_by_table()) == []


def test_a_new_table_or_column_is_found_out() -> None:
    model = models_by_table()["customers_customer"]
    assert unclassified({"customers_customer": model, "desk_newtable": model}) == ["desk_newtable"]
    parties = models_by_table()["parties_party"]
    field = models.CharField(max_length=5)
    field.set_attributes_from_name("nickname")
    parties._meta.local_fields.append(field)
    parties._meta._expire_cache()
    try:
        assert unclassified({"parties_party": parties}) == ["parties_party.nickname"]
    finally:
        parties._meta.local_fields.remove(field)
        parties._meta._expire_cache()


@pytest.mark.parametrize("table", sorted(RULES))
def test_what_has_a_customer_is_sealed_for_the_customer(table: str) -> None:
    """No row under the key for backups alone has a column that says whose it is."""
    rule = RULES[table]
    named = NAMES_CUSTOMERS & set(rule.columns.split())
    assert rule.whose or rule.split or not named


def test_what_opens_something_is_left_out() -> None:
    for table in models_by_table():
        if "token" in table or "session" in table or table.endswith("grant"):
            assert table in LEFT_OUT

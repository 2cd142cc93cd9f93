"""No identity stands in clear in the database, and the migrations are what the models say."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from meterkeep.desks.customers import actions

CANARIES = (
    "Synthia Canary", "ACC-424242", "SVC-424242", "UPSOURCE-424242", "METER-424242", "760-555-0142", "canary@example.org",
    "42 Canary Way", "PO Box 424242", "000-42-4242",
)  # fmt: skip


@pytest.mark.django_db
def test_no_identity_of_a_customer_is_in_the_database(gate, tmp_path):
    header = "customer_id,name,account_number,service_account,usage_point_source_id,meter_number,phone,email,service_address,billing_address,ssn,zip"
    (tmp_path / "customers.csv").write_text(f"{header}\nREF-424242,{','.join(CANARIES)},91910\n")
    result = actions.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=date(2026, 3, 2))
    assert result["imported"] == 1
    kept = "\n".join(str(row) for table in connection.introspection.table_names() for row in rows(table))
    assert "91910" in kept, "the search does find what is there"
    assert [canary for canary in (*CANARIES, "REF-424242") if canary in kept] == []


def rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        return cursor.fetchall()


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, skip_checks=True)

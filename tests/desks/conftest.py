"""A small provider for the desks that work through the gate: people, parties, customers and a month of readings, all invented."""

from datetime import date
from types import SimpleNamespace

import pytest
from gate.world import cmep_line

from meterkeep.desks.customers import actions as customers
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.parties import actions as parties
from meterkeep.desks.workforce import actions as workforce

FEBRUARY = (date(2026, 2, 1), date(2026, 3, 1))
STAFF = {
    "officer": ("power_or_billing", "reporting"),
    "analyst": ("power_or_billing", "reporting", "customer_service"),
    "manager": ("power_or_billing", "reporting"),
    "clerk": ("customer_service",),
}


@pytest.fixture
def people(adopted):
    """The officer, an analyst, a manager and a clerk, trained and with a need to know."""
    for name, purposes in STAFF.items():
        since = date(2025, 1, 1)
        role = "privacy_officer" if name == "officer" else name
        person = workforce.record_person(id=name, display=name.title(), role=role, by="officer", on=since)
        workforce.assign(person=person, purposes=purposes, by="officer", on=since)
        workforce.record_training(
            person=person, module="privacy", valid_until=date(2027, 1, 1), by="officer", on=since
        )
        for document in ("CEA-02", "CEA-03", "CEA-04"):
            workforce.acknowledge(person=person, document=document, by=name, on=since)


@pytest.fixture
def contractors(adopted):
    """One under a contract that says everything it should, and one that is like it but has been found in breach."""
    terms = dict.fromkeys(
        ("on_behalf", "program_use_only", "no_less_protective", "breach_term", "flow_down"), True
    )
    for name in ("tern", "riptide"):
        party = parties.record_party(
            id=name, name=f"{name.title()} (synthetic)", kind="contractor", by="officer", on=date(2025, 1, 1)
        )
        parties.record_contract(
            party=party, number="K-1", purposes=["power_or_billing"], start=date(2025, 1, 1), by="officer",
            on=date(2025, 1, 1), **terms,
        )  # fmt: skip
    parties.cease(party=party, what="A pattern of sharing on.", by="officer", on=date(2026, 2, 20))


@pytest.fixture
def take_in(gate, tmp_path, today):
    """Takes in customers (reference, meter, zip) and a February of hourly readings of 1 kWh for each of the meters."""

    def do(*rows):
        lines = ["customer_id,meter_number,zip,customer_class,start,name"]
        lines += [f"{who},{meter},{zip},residential,2025-01-01,Synthia {who}" for who, meter, zip in rows]
        (tmp_path / "customers.csv").write_text("\n".join(lines))
        imported = customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=today)
        days = [date(2026, 2, day) for day in range(1, 29)]
        meter_file = tmp_path / "february.cmep"
        meter_file.write_text("\n".join(cmep_line(meter, day) for _, meter, _ in rows for day in days) + "\n")
        report = intake.ingest([meter_file], gate=gate, by="clerk", on=today)
        assert imported["rejected"] == [] and report["stored"] == len(rows) * 28 * 24
        return SimpleNamespace(
            report=report,
            meter_file=meter_file,
            customers={who: gate.vault.find("customer_ref", who)[0] for who, _, _ in rows},
            points={who: gate.vault.known_surrogate(meter) for who, meter, _ in rows},
        )

    return do

"""What tests of desks and faces share: a home of its own for each test, and the custodian's gate over it."""

from datetime import date

import pytest

TODAY = date(2026, 3, 2)
ZONE = "America/Los_Angeles"


@pytest.fixture
def today():
    return TODAY


@pytest.fixture
def home(tmp_path):
    """A synthetic home with its engines, of a provider that has adopted nothing yet."""
    from meterkeep.site import composition
    from meterkeep.site.home import Home

    made = Home.create(
        tmp_path / "home", provider="cea", zone=ZONE, name="Test Energy", created=TODAY, synthetic=True
    )
    composition.make_engines(made)
    return made


@pytest.fixture
def gate(home, db):
    """The gate as `site` puts it together, with the desks' own sources."""
    from meterkeep.site import composition

    return composition.gate_of(home)


@pytest.fixture
def adopted(db, today):
    """The CEA documents, adopted well before today."""
    from meterkeep.desks.policies import actions

    return actions.adopt(pack_id="cea", by="board", on=date(2020, 2, 20))

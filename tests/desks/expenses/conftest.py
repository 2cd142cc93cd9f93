"""Claims of invented people, from the draft on."""

import pytest
from desks.expenses.invented import FILED, document, png

from meterkeep.desks.expenses import actions


@pytest.fixture(scope="session")
def sealed_home(tmp_path_factory):
    """One for all tests here, since each has claims of its own and making keys takes time."""
    from meterkeep.site import composition
    from meterkeep.site.home import Home

    made = Home.create(
        tmp_path_factory.mktemp("expenses") / "home",
        provider="cea",
        zone="America/Los_Angeles",
        name="Test Energy",
        created=FILED,
        synthetic=True,
    )
    composition.make_engines(made)
    return made


@pytest.fixture(scope="session")
def sealed_gate(sealed_home):
    from meterkeep.site import composition

    return composition.gate_of(sealed_home)


@pytest.fixture
def home(sealed_home):
    return sealed_home


@pytest.fixture
def gate(sealed_gate, db):
    return sealed_gate


@pytest.fixture
def drafted(gate, people):
    """A draft of the manager's, an official, with its receipts."""

    def do(*lines, by="manager", kind="official", receipts=True, seed=0, **more):
        claim = actions.begin(claimant=by, kind=kind, by=by, on=FILED)
        given = document(*lines, **more)
        actions.save_draft(claim=claim, document=given, gate=gate, by=by, on=FILED)
        if receipts:
            for at, line in enumerate(given["lines"]):
                for paper in ("itemised", "card"):
                    content = png(seed * 100 + at * 2 + (paper == "card"))
                    actions.attach(
                        claim=claim, line=line["id"], kind=paper, content=content, gate=gate, by=by, on=FILED
                    )
        return claim

    return do


@pytest.fixture
def submitted(drafted):
    def do(*lines, by="manager", **more):
        return actions.submit(claim=drafted(*lines, by=by, **more), by=by, on=FILED)

    return do


@pytest.fixture
def approved(submitted):
    def do(*lines, **more):
        claim = submitted(*lines, **more)
        actions.verify(claim=claim, by="clerk", on=FILED)
        return actions.decide(claim=claim, rulings={}, why="By the policy.", by="officer", on=FILED)

    return do

"""Stopped within an act, nothing of it stands, and the next one does it once. With real processes and kills: tests/whole. All data is invented."""

from datetime import timedelta

import pytest
from desks.arrears.test_collecting import BEGIN, NUMBERS, agency, day, known, take_in  # noqa: F401 - fixtures

from meterkeep.desks.arrears import actions
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.models import Account, Act, DueStep, Import, Posting
from meterkeep.desks.arrears.positions import positions, steps_reached
from meterkeep.desks.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db
ON = day(130)
TOTAL = sum(30_000 + n for n in range(12))


class Killed(BaseException):
    """Nothing catches it, as nothing catches a signal that ends the process."""


def kill(*_, **__):
    raise Killed


def rows():
    return [model.objects.count() for model in (Account, Act, DueStep, Import, Posting, OutboxEvent)]


@pytest.mark.parametrize("where", ["_tell", "_returned", "_accounts"])
def test_killed_anywhere_each_act_stands_whole_or_not_at_all(take_in, agency, monkeypatch, where):  # noqa: F811
    due = BEGIN - timedelta(days=1)
    lines = [f"{one},{300 + n / 100:.2f},{due},{day(100)}," for n, one in enumerate(NUMBERS)]

    def decide():
        return actions.decide(
            found=positions(on=ON), kind=ActKind.REFERRED, why="unpaid", by="manager", on=ON, party=agency
        )

    acts = [
        lambda: take_in("returned", *lines, on=ON),
        lambda: actions.enter_steps(found=steps_reached(on=ON), by="clerk", on=ON),
        decide,
    ]
    for act in acts if where == "_tell" else acts[:1]:
        before = rows()[:5]
        with monkeypatch.context() as during:
            during.setattr(actions, where, kill)
            with pytest.raises(Killed):
                act()
        assert rows()[:5] == before
        act()
        assert rows()[:5] != before
    took = rows()
    take_in("returned", *lines, on=ON)
    if where == "_tell":
        assert acts[1]() == []
        assert Act.objects.filter(kind=ActKind.REFERRED).count() == 12
    assert rows() == took and sum(Posting.objects.values_list("cents", flat=True)) == TOTAL

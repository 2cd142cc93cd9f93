"""An analyst's connection: an Arrow table through the gate, refused and recorded like everyone's."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ASK = """
    import meterkeep
    from meterkeep.errors import MeterkeepError

    mk = meterkeep.connect({home!r}, by={by!r})
    try:
        table = mk.request(
            purpose={purpose!r},
            elements=["monthly_usage", "zip"],
            period=({start!r}, {end!r}),
            reason="How much is used where",
        )
        print(sorted(table.column_names), len(table) > 0, set(map(str, table["zip"].unique().to_pylist())) != set())
    except MeterkeepError as error:
        print(type(error).__name__, error.message)
"""


def ask(home: Path, **question: str) -> str:
    script = textwrap.dedent(ASK).format(home=str(home), **question)
    plain = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=plain
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def months(home: Path) -> dict[str, str]:
    return {"start": "2026-01-01", "end": "2026-03-01"}


def test_an_analyst_gets_an_arrow_table(day) -> None:
    home, _ = day
    told = ask(home, by="analyst", purpose="reporting", **months(home))
    assert "'customer'" in told and "'total'" in told and "'zip'" in told
    assert told.strip().endswith("True True")


def test_somebody_without_training_gets_nothing(day) -> None:
    home, _ = day
    told = ask(home, by="clerk", purpose="customer_service", **months(home))
    assert told.startswith(("Refused", "Undetermined"))


def test_somebody_unknown_gets_nothing(day) -> None:
    home, _ = day
    assert ask(home, by="stranger", purpose="reporting", **months(home)).startswith(
        ("Refused", "Undetermined")
    )

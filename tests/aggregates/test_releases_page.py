import re
from pathlib import Path
from typing import get_args

from meterkeep.aggregates.reasons import Code

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "releases.md").read_text()


def test_the_example_on_the_page_runs():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, "docs/releases.md", "exec"), {})


def test_every_reason_is_on_the_page():
    assert {code for code in get_args(Code) if f"| `{code}` |" not in PAGE} == set()

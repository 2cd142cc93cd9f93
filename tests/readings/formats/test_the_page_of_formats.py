"""The example in docs/formats.md is a reader that works."""

import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text()
EXAMPLE = re.search(r"```python\n(\"\"\"A reading a line.*?)```", PAGE, flags=re.S).group(1)


def test_a_format_of_your_own_reads_what_is_good_and_counts_the_rest(tmp_path):
    names = {}
    exec(compile(EXAMPLE, "docs/formats.md", "exec"), names)
    path = tmp_path / "readings.lines"
    path.write_text("SYN-1;1767254400;100\nSYN-1;1767258000;x\nSYN-2;1767254400;300\n")
    file = names["LinesFile"](path, zone="UTC")
    (block,) = file.blocks()
    assert block.value.tolist() == [100, 300] and block.record.tolist() == [1, 3]
    assert [series.identifiers for series in file.series] == [("SYN-1",), ("SYN-2",)]
    assert len(block) + file.findings.rejected.total() == file.findings.records == 3

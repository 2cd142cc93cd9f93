"""`./run bench [NAME…]`: each measurement prints ours and its peer in one run, as a ratio; machines differ, ratios less so."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in {"run", "measure"})


def main(asked: list[str]) -> int:
    unknown = set(asked) - set(NAMES)
    if unknown:
        print(
            f"There is no measurement {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.",
            file=sys.stderr,
        )
        return 2
    sys.path.insert(0, str(FOLDER))
    sys.argv[1:] = []  # What is left to a measurement's own options: run its file for those.
    for name in asked or NAMES:
        print(f"\n── {name}", flush=True)
        importlib.import_module(name).main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

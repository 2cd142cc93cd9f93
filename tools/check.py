"""`./run check`: lint, format, types, architecture, locks, catalogues. It changes nothing; `./run fix` mends what it can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = [
    ("lint", [BIN / "ruff", "check", "."]),
    ("format", [BIN / "ruff", "format", "--check", "-q", "."]),
    ("types", [BIN / "mypy", "--no-error-summary"]),
    ("architecture", [BIN / "lint-imports", "--no-cache", "--no-logo"]),
    ("house and docs", [sys.executable, "-m", "pytest", "tests/house"]),
]
FIXES = [
    ("lint", [BIN / "ruff", "check", "--fix", "."]),
    ("format", [BIN / "ruff", "format", "."]),
]


def main() -> int:
    steps = FIXES if "--fix" in sys.argv[1:] else CHECKS
    failed = [name for name, command in steps if not passed(name, command)]
    print(
        f"\n{len(steps) - len(failed)} passed, {len(failed)} failed"
        + (f": {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def passed(name: str, command: list[str | Path]) -> bool:
    print(f"── {name}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return (
        subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False).returncode
        == 0
    )


if __name__ == "__main__":
    sys.exit(main())

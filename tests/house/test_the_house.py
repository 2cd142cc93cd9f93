"""The house as it was designed: arrows point down, one door, short functions, small files, clean locks."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "meterkeep"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
BEHIND_THE_GATE = (
    "meterkeep.readings.store",
    "meterkeep.readings.engines",
    "meterkeep.vault",
    "meterkeep.ledger.journal",
)
MAY_HOLD_THEM = ("meterkeep.gate", "meterkeep.site", "meterkeep.backup", *BEHIND_THE_GATE)
"""Backups hold all of it, sealed; only `site` gives it to them."""


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def inside(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_only_gate_and_site_are_given_store_vault_and_journal() -> None:
    """Also inside functions, where import-linter would see a lazy import just as well."""
    trespassers = [
        (module_name(path), name)
        for path in FILES
        for name in imports(path)
        if inside(name, BEHIND_THE_GATE)
        and not inside(module_name(path), MAY_HOLD_THEM)
        and not module_name(path).startswith("meterkeep.ledger")
    ]
    assert trespassers == []


def test_nobody_reaches_through_the_gate() -> None:
    """Its journal, store and vault are its own."""
    through = re.compile(r"gate\.(journal|store|vault)\b")
    outside = [path for path in FILES if not inside(module_name(path), ("meterkeep.gate", "meterkeep.site"))]
    assert [module_name(path) for path in outside if through.search(path.read_text())] == []


def test_there_is_something_to_find() -> None:
    gate = imports(SOURCE / "gate" / "gate.py")
    assert {"meterkeep.readings.store", "meterkeep.vault"} <= gate


def function_lengths() -> list[tuple[int, str]]:
    return sorted(
        ((node.end_lineno or 0) - node.lineno + 1, f"{module_name(path)}.{node.name}")
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert statistics.median(length for length, _ in lengths) <= 10
    long = [item for item in lengths if item[0] > 50]
    assert len(long) <= 0.05 * len(lengths), long


def test_files_have_one_subject() -> None:
    """The verifier that stands alone is one file by design: whoever checks the log copies it away."""
    most = {"meterkeep.ledger.verify": 560}
    lines = {module_name(path): path.read_text().count("\n") for path in FILES}
    assert [(name, n) for name, n in lines.items() if n > most.get(name, 500)] == []


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_locks_are_hashed_and_name_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    pins = re.findall(r"^\S+==\S+", text, flags=re.M)
    assert pins and text.count("--hash=sha256:") >= len(pins)


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    found = [
        f"{module_name(path)}: {mark.group()}" for path in FILES if (mark := marks.search(path.read_text()))
    ]
    assert found == []


def test_the_run_script_is_plain_posix_shell() -> None:
    assert subprocess.run(["sh", "-n", str(ROOT / "run")], check=False).returncode == 0

"""Security promise 1, in the database: every write is a desk's act, stands in its `actions.py`, and tells the log in the same transaction."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "src" / "meterkeep"
ROOMS = ("desks", "faces", "jobs", "site", "gate")
MANAGER = {"create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "update", "delete"}
ROW = {"save", "delete", "execute", "executemany", "executescript"}
ELSEWHERE = {
    "desks/outbox/sequencer.py": "notes in the outbox where in the log an event stands",
    "desks/retention/scrubbing.py": "rewrites the database's files after a destruction that the log tells",
}
"""The only writes outside of `actions.py`, each with what it is."""

TOLD_LATER = {
    "retention.begin": "a list of what is to be destroyed; the gate writes an intent for each before any of it goes",
    "retention.taken_up": "who goes on with such a list after a crash; the gate writes who destroys",
}
"""The only acts that write and tell the log nothing themselves, each with what does."""


def is_write(node: ast.AST) -> bool:
    """A call on a manager or a query of models, or on a row, that changes the database."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    on, name = ast.unparse(node.func.value), node.func.attr
    if name in MANAGER and (".objects" in on or "queries." in on):
        return True
    return name in ROW and ("cursor" in on or not (node.args or on.startswith("np")))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def files() -> list[Path]:
    return sorted(
        path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts
    )


def test_writes_stand_in_actions_and_nowhere_else() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in files()
        if path.name != "actions.py" and any(map(is_write, ast.walk(tree_of(path))))
    }
    assert found == set(ELSEWHERE)


class Acts:
    """The functions of one `actions.py`, and what each does, itself or by a function of the same file that it calls."""

    def __init__(self, path: Path) -> None:
        tree = tree_of(path)
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.others = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".actions")
            for alias in node.names
        }

    def calls(self, name: str) -> set[str]:
        return {
            node.func.id
            for node in ast.walk(self.functions[name])
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }

    def reached(self, name: str) -> set[str]:
        found, waiting = set[str](), [name]
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting += [called for called in self.calls(one) if called in self.functions]
        return found

    def writes(self, name: str) -> bool:
        return any(is_write(node) for one in self.reached(name) for node in ast.walk(self.functions[one]))

    def tells(self, name: str) -> bool:
        """By `record`, which takes an Event, or by an act of another desk."""
        return any(self.calls(one) & self.others for one in self.reached(name))

    def is_one_transaction(self, name: str) -> bool:
        sources = [ast.unparse(self.functions[one]) for one in self.reached(name)]
        return any("transaction.atomic" in source for source in sources)

    def names(self) -> list[str]:
        """The acts: what other files may call."""
        return sorted(name for name in self.functions if not name.startswith("_"))


ACTIONS = sorted((ROOT / "desks").glob("*/actions.py"))


@pytest.mark.parametrize(
    "path", [path for path in ACTIONS if path.parent.name != "outbox"], ids=lambda path: path.parent.name
)
def test_each_act_that_writes_tells_the_log_in_its_transaction(path: Path) -> None:
    acts = Acts(path)
    writing = [name for name in acts.names() if acts.writes(name)]
    assert writing, "a desk without an act?"
    told = [name for name in writing if f"{path.parent.name}.{name}" not in TOLD_LATER]
    assert [name for name in told if not acts.tells(name)] == [], "acts that the log does not hear of"
    assert [name for name in writing if not acts.is_one_transaction(name)] == [], "acts without a transaction"


@pytest.mark.parametrize(
    "path", [path for path in ACTIONS if path.parent.name != "outbox"], ids=lambda path: path.parent.name
)
def test_each_act_says_who_and_when_by_name(path: Path) -> None:
    acts = Acts(path)
    for name in acts.names():
        named = {argument.arg for argument in acts.functions[name].args.kwonlyargs}
        assert not acts.writes(name) or {"by", "on"} <= named, name


def test_the_check_sees_what_it_is_for() -> None:
    """Each kind of write, and no reading."""
    for line in (
        "Row.objects.create(a=1)",
        "row.save()",
        "row.delete()",
        "queries.tokens_of(a).delete()",
        "Row.objects.filter(a=1).update(b=2)",
        "cursor.execute(text)",
    ):
        assert any(map(is_write, ast.walk(ast.parse(line)))), line
    for line in (
        "Row.objects.filter(a=1).first()",
        "digest.update(data)",
        "np.save(path, rows)",
        "counts.update(more)",
    ):
        assert not any(map(is_write, ast.walk(ast.parse(line)))), line

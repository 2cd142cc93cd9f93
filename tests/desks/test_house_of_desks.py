"""What holds of every desk, whoever writes the next one."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from meterkeep.desks.classification import classify

DESKS = Path(__file__).parents[2] / "src" / "meterkeep" / "desks"
NAMES = sorted(folder.name for folder in DESKS.iterdir() if (folder / "models.py").exists())
WRITES = {
    "save",
    "create",
    "bulk_create",
    "update",
    "bulk_update",
    "delete",
    "get_or_create",
    "update_or_create",
}
MAY_WRITE = {"actions.py", "sequencer.py"}
OURS = [model for model in apps.get_models() if model.__module__.startswith("meterkeep.desks.")]


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources(desk):
    return [path for path in (DESKS / desk).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_field_is_classified(model):
    assert set(model.CLASSIFICATION) == {field.name for field in model._meta.concrete_fields}


def test_a_field_has_one_class():
    assert classify(covered="a b", public="c") == {"a": "covered", "b": "covered", "c": "public"}


@pytest.mark.parametrize("desk", NAMES)
def test_a_desk_writes_in_its_actions_only(desk):
    """A set or a dictionary may be updated anywhere; a manager, a queryset or a row may not."""
    trespassers = [
        f"{path.name}:{node.lineno}"
        for path in sources(desk)
        if path.name not in MAY_WRITE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and not (isinstance(node.func.value, ast.Name) and node.func.attr == "update")
    ]
    assert trespassers == []


@pytest.mark.parametrize("desk", [name for name in NAMES if name != "outbox"])
def test_every_act_says_who_and_when_in_one_transaction(desk):
    path = DESKS / desk / "actions.py"
    acts = [
        node
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    assert acts
    for act in acts:
        keywords = {argument.arg for argument in act.args.kwonlyargs}
        assert {"by", "on"} <= keywords, act.name
        assert len(act.args.args) <= 1, f"{act.name} takes more than one thing by position"


@pytest.mark.parametrize("desk", NAMES)
def test_desks_meet_in_actions_and_queries_only(desk):
    strangers = [
        (path.name, name)
        for path in sources(desk)
        for name in imports(path)
        if name.startswith("meterkeep.desks.")
        and len(name.split(".")) > 3
        and name.split(".")[2] in NAMES
        and name.split(".")[2] != desk
        and name.split(".")[3] not in {"actions", "queries"}
    ]
    assert strangers == []


@pytest.mark.parametrize("desk", NAMES)
def test_desks_know_neither_faces_nor_site(desk):
    above = ("meterkeep.faces", "meterkeep.site", "meterkeep.jobs")
    assert [name for path in sources(desk) for name in imports(path) if name.startswith(above)] == []


@pytest.mark.parametrize("desk", NAMES)
def test_no_desk_asks_the_clock(desk):
    asked = [
        f"{path.name}:{node.lineno}"
        for path in sources(desk)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}
    ]
    assert asked == []


@pytest.mark.parametrize("desk", NAMES)
def test_a_desk_has_the_usual_files(desk):
    needed = {"models.py", "actions.py", "queries.py", "apps.py", "migrations"}
    assert needed <= {path.name for path in (DESKS / desk).iterdir()}


def test_money_and_energy_are_never_floats():
    assert [
        f"{model.__name__}.{field.name}"
        for model in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, models.FloatField)
    ] == []

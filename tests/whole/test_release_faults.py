"""A release is published, planned, reviewed, withdrawn or corrected while its process is killed, the disk is full or somebody else does the
same: nothing is half done, the register, the log and the files say the same, and whoever comes next carries on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

KILLING = """
import os, signal, sys
at, seen = int(sys.argv.pop(1)), 0
POINTS = {"execute", "executemany", "commit", "fsync", "rename", "replace", "write"}
def watch(frame, event, what):
    global seen
    if event in ("c_call", "c_return") and what.__name__ in POINTS:
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
sys.setprofile(watch)
code = run(sys.argv[1:], Composition())
sys.setprofile(None)
print(seen, file=sys.stderr)
sys.exit(code)
"""
LOOKING = """
import hashlib, json
from meterkeep.site import composition
custodian = composition.open_or_unnamed()
from meterkeep.desks.releases import queries, seals
from meterkeep.desks.releases.models import Release
queries.register(custodian.gate)
said = {}
for entry in custodian.gate.journal.recent(10_000, name_prefix="release."):
    event = entry[1]
    if "release" in event.detail:
        said.setdefault(event.detail["release"], []).append([str(event.name), dict(event.detail)])
found = {}
for release in Release.objects.all():
    told = said.pop(release.reference, [])
    names = [name for name, _ in told]
    files = {one.name: hashlib.sha256(bytes(one.content)).hexdigest() for one in release.files.all()}
    published = [detail for name, detail in told if name == "release.published"]
    assert names.count("release.planned") == 1, names
    assert names.count("release.reviewed") == release.reviews.count(), names
    assert len(published) == bool(files) == (release.published_on is not None), (names, files)
    assert names.count("release.withdrawn") == (release.state == "withdrawn"), names
    assert all(published[0][name] == digest for name, digest in files.items()), "a file is another"
    rows = len(seals.rows_of(release))
    out = sum(cell["status"] == "published" for cell in release.cells)
    assert rows == out, (rows, out)
    found[release.reference] = release.state
assert not said, "the log knows releases that are not there"
print(json.dumps(found))
"""
SPEC = 'title = "Energy by kind"\nby = [{by}]\nfrom = "{since}"\nuntil = "{until}"\npurpose = "reporting"\n'
OFFICER, MANAGER = ("--by", "privacy-officer"), ("--by", "program-manager")
WHY = ("--why", "Groups are large.")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def town(day: Any, tmp_path_factory: pytest.TempPathFactory, run_in: Any) -> dict[str, Any]:
    """The demonstration's home with two approved releases of the same customers, one that is public, and one that is only planned."""
    folder = tmp_path_factory.mktemp("faults")
    home = folder / "home"
    shutil.copytree(day[0], home)
    script = "from meterkeep.site import composition\ncomposition.open_or_unnamed()\nfrom meterkeep.desks.releases.models import Release\nprint(Release.objects.last().spec)"
    months = [
        line.split('"')[1]
        for line in run_in(home, script, interpreter=("-c",)).out.splitlines()
        if line[:4] in ("from", "unti")
    ]
    made: dict[str, Any] = {"home": home}
    for name, by in (("first", '"solar", "month"'), ("second", '"rate_class", "month"')):
        (folder / f"{name}.toml").write_text(SPEC.format(by=by, since=months[0], until=months[1]))
        made[f"{name} spec"] = folder / f"{name}.toml"
        planned = run_in(home, "release", "plan", folder / f"{name}.toml", "--by", "analyst", "--json")
        assert planned.code == 0 and planned.json["published"], planned
        made[name] = planned.json["reference"]
        for by_whom in (OFFICER, MANAGER):
            assert run_in(home, "release", "approve", made[name], *WHY, *by_whom).code == 0
    listed = run_in(home, "release", "list", "--json").json["releases"]
    made["public"] = next(one["reference"] for one in listed if one["state"] == "published")
    planned = run_in(home, "release", "plan", made["first spec"], "--by", "analyst", "--json")
    return made | {"planned": planned.json["reference"]}


def states(run_in: Any, home: Path) -> dict[str, str]:
    """Of every release, once all that is kept of it agrees."""
    looked = run_in(home, LOOKING, interpreter=("-c",))
    assert looked.code == 0, looked.err
    found: dict[str, str] = json.loads(looked.out)
    return found


def acts(town: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        "publish": ("release", "publish", town["first"], *OFFICER),
        "plan": ("release", "plan", town["second spec"], "--by", "analyst"),
        "review": ("release", "approve", town["planned"], *WHY, *OFFICER),
        "withdraw": ("release", "withdraw", town["public"], *WHY, *OFFICER),
        "correct": ("release", "plan", town["first spec"], "--corrects", town["public"], "--by", "analyst"),
    }


@pytest.mark.parametrize("act", ["publish", "plan", "review", "withdraw", "correct"])
def test_killed_anywhere_it_is_done_or_not(
    town: dict[str, Any], tmp_path: Path, run_in: Any, act: str
) -> None:
    command = acts(town)[act]
    shutil.copytree(town["home"], tmp_path / "rehearsal")
    rehearsed = run_in(tmp_path / "rehearsal", KILLING, "0", *command, interpreter=("-c",))
    assert rehearsed.code == 0, rehearsed.err
    steps = int(rehearsed.err.strip().splitlines()[-1])
    before = states(run_in, town["home"])
    after = states(run_in, tmp_path / "rehearsal")
    for part in (55, 80, 88, 92, 95, 97, 98, 99):
        home = tmp_path / f"killed-{part}"
        shutil.copytree(town["home"], home)
        killed = run_in(home, KILLING, max(1, steps * part // 100), *command, interpreter=("-c",))
        assert killed.code == -9, killed
        found = states(run_in, home)
        done = sorted(found.values()) == sorted(after.values())
        assert done or found == before, part
        again = run_in(home, *command)
        assert again.code == 0 or done, again.err
        states(run_in, home)
        shutil.rmtree(home)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of so many bytes."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def of(size: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
        mounted = os.getuid() == 0 and shutil.which("mount")
        if not mounted or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("only root mounts a disk")
        return disk

    yield of
    subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)


@pytest.mark.parametrize("spare", [0, 60_000, 300_000, 600_000])
def test_a_full_disk_leaves_it_unpublished(
    town: dict[str, Any], small_disk: Callable[[int], Path], run_in: Any, spare: int
) -> None:
    size = 2 * sum(one.stat().st_size for one in town["home"].rglob("*") if one.is_file()) + 50_000_000
    disk = small_disk(size)
    home = shutil.copytree(town["home"], disk / "home")
    states(run_in, home)
    with (disk / "ballast").open("wb") as ballast:
        ballast.write(bytes(shutil.disk_usage(disk).free - spare))
    done = run_in(home, "release", "publish", town["first"], *OFFICER)
    assert done.code in (0, 75), done.err
    assert done.code == 0 or ("disk" in done.err and "Traceback" not in done.err)
    (disk / "ballast").unlink()
    state = states(run_in, home)[town["first"]]
    assert state == ("approved" if done.code else "published")
    again = run_in(home, "release", "publish", town["first"], *OFFICER)
    assert again.code == (0 if done.code else 1)
    assert states(run_in, home)[town["first"]] == "published"


@pytest.mark.parametrize("which", [("first", "first"), ("first", "second")], ids=["the same", "two"])
def test_of_two_publishers_at_once_the_second_is_refused(
    town: dict[str, Any], tmp_path: Path, run_in: Any, which: tuple[str, str]
) -> None:
    """Two releases of the same customers that were audited without each other are not both published."""
    home = tmp_path / "home"
    shutil.copytree(town["home"], home)
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    at_once = [
        subprocess.Popen(
            [sys.executable, "-m", "meterkeep", "release", "publish", town[name], *by],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, by in zip(which, (OFFICER, MANAGER), strict=True)
    ]
    said = [one.communicate() for one in at_once]
    assert sorted(one.returncode for one in at_once) == [0, 1], said
    refused = next(err for one, (_, err) in zip(at_once, said, strict=True) if one.returncode)
    assert "out of date" in refused or "published" in refused
    found = states(run_in, home)
    assert [found[name] for name in {town[name] for name in which}].count("published") == 1

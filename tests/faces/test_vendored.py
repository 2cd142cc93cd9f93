"""What is vendored is what the manifest says, with its licences, and nothing besides."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "src" / "meterkeep" / "faces" / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_every_file_has_the_digest_of_the_manifest_and_none_is_left_over():
    written = {name: digest for part in MANIFEST for name, digest in part["sha256"].items()}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == written


def test_every_library_comes_with_its_licence():
    for part in MANIFEST:
        names = [Path(name).name for name in part["sha256"]]
        assert part["licence"] and any(name.startswith(("LICENSE", "OFL")) for name in names), part["name"]


def test_the_manifest_names_no_host():
    assert "://" not in (VENDOR / "manifest.json").read_text()

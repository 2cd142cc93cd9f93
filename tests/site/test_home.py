from datetime import date

import pytest

from meterkeep.errors import BadInput
from meterkeep.site.home import FORMAT, Home, named_by_environment

CREATED = date(2026, 3, 2)


def make(folder, **changes):
    said = {
        "provider": "cea",
        "zone": "America/Los_Angeles",
        "name": 'Coastal "Example" Énergie',
        "created": CREATED,
    }
    return Home.create(folder, **{**said, **changes})


@pytest.mark.parametrize(
    "changes", [{}, {"synthetic": True}, {"provider": "", "zone": "UTC", "name": "Unnamed provider"}]
)
def test_a_home_is_opened_as_it_was_made(tmp_path, changes):
    made = make(tmp_path / "home", **changes)
    assert Home.open(tmp_path / "home") == made
    assert Home.exists(tmp_path / "home")


def test_a_home_is_never_overwritten(tmp_path):
    make(tmp_path)
    secret = (tmp_path / "keys" / "django-secret").read_text()
    with pytest.raises(BadInput, match="already"):
        make(tmp_path)
    assert (tmp_path / "keys" / "django-secret").read_text() == secret


def test_keys_are_for_the_owner_alone_and_differ_from_home_to_home(tmp_path):
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    assert one.keys.stat().st_mode & 0o777 == 0o700
    assert (one.keys / "django-secret").stat().st_mode & 0o777 == 0o600
    assert (one.keys / "django-secret").read_text() != (two.keys / "django-secret").read_text()


def test_no_home_is_said_so_with_the_way_to_one(tmp_path):
    assert not Home.exists(tmp_path)
    with pytest.raises(BadInput) as missing:
        Home.open(tmp_path)
    assert "meterkeep init" in missing.value.next


@pytest.mark.parametrize(
    ("found", "step"), [(FORMAT + 1, "Install the newer"), (FORMAT - 1, "meterkeep upgrade")]
)
def test_another_format_is_not_opened(tmp_path, found, step):
    make(tmp_path)
    path = tmp_path / "home.toml"
    path.write_text(path.read_text().replace(f"format = {FORMAT}", f"format = {found}"))
    with pytest.raises(BadInput, match=f"format {found}") as refused:
        Home.open(tmp_path)
    assert step in refused.value.next


@pytest.mark.parametrize(
    "text", ["format = ", "", f"format = {FORMAT}\n", f'format = {FORMAT}\nname = "x"\n']
)
def test_damaged_settings_are_said_so(tmp_path, text):
    make(tmp_path)
    (tmp_path / "home.toml").write_text(text)
    with pytest.raises(BadInput):
        Home.open(tmp_path)


@pytest.mark.parametrize("wrong", [{"zone": "America/Atlantis"}, {"zone": ""}, {"provider": "atlantis"}])
def test_what_is_wrong_leaves_no_home_behind(tmp_path, wrong):
    with pytest.raises(BadInput) as refused:
        make(tmp_path / "home", **wrong)
    assert refused.value.next
    assert not (tmp_path / "home").exists()


def test_everything_of_a_home_lies_in_its_folder(tmp_path):
    home = make(tmp_path / "home")
    for path in (home.database, home.store, home.ledger, home.vault, home.keys):
        assert path.parent == tmp_path / "home"


def test_the_environment_names_the_home_and_there_is_a_default(tmp_path, monkeypatch):
    monkeypatch.setenv("METERKEEP_HOME", str(tmp_path / "elsewhere"))
    assert named_by_environment() == tmp_path / "elsewhere"
    monkeypatch.delenv("METERKEEP_HOME")
    monkeypatch.chdir(tmp_path)
    assert named_by_environment() == tmp_path / "meterkeep-home"

from datetime import date

import pytest

from meterkeep.errors import BadInput, Busy
from meterkeep.site.home import FORMAT, Home, named_by_environment

CREATED = date(2026, 3, 2)


SAID = {
    "provider": "cea",
    "zone": "America/Los_Angeles",
    "name": 'Coastal "Example" Énergie',
    "created": CREATED,
}


def make(folder, **changes):
    return Home.create(folder, **{**SAID, **changes})


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


@pytest.mark.parametrize("pack", ["nobody", "us-ca-cca"])
def test_a_home_is_a_providers_with_documents_of_its_own(tmp_path, pack):
    with pytest.raises(BadInput) as refused:
        make(tmp_path / "home", provider=pack)
    assert refused.value.next == "Choose one of cea, citizens, cpa, lce, ok-utility."
    assert not Home.exists(tmp_path / "home")


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


def test_a_home_that_was_half_made_is_none_and_the_next_maker_begins_anew(tmp_path):
    folder = tmp_path / "home"
    with pytest.raises(ZeroDivisionError), Home.making(folder, **SAID) as half:
        (half.keys / "blind.key").write_bytes(b"x" * 32)
        half.ledger.mkdir()
        half.database.write_bytes(b"half")
        1 / 0  # noqa: B018
    assert not Home.exists(folder)
    home = make(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["home.toml", "keys"]
    assert [path.name for path in home.keys.iterdir()] == ["django-secret"]


def test_two_never_make_one_home(tmp_path):
    with Home.making(tmp_path, **SAID), pytest.raises(Busy, match="Another process"):
        make(tmp_path)
    assert Home.open(tmp_path).provider == "cea"
    with pytest.raises(BadInput, match="already"):
        make(tmp_path)


def test_keys_of_a_home_that_lost_its_settings_are_never_cleared_away(tmp_path):
    home = make(tmp_path)
    (home.keys / "blind.key").write_bytes(b"x" * 32)
    (tmp_path / "home.toml").unlink()
    with pytest.raises(BadInput, match="parts of a home"):
        make(tmp_path)
    assert (home.keys / "blind.key").read_bytes() == b"x" * 32


@pytest.mark.parametrize("inside", ["", "home"])
def test_where_a_file_stands_there_is_no_home_and_none_can_be_made(tmp_path, inside):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / inside
    with pytest.raises(BadInput, match="no Meterkeep home"):
        Home.open(folder)
    with pytest.raises(BadInput, match="No home can be made here"):
        make(folder)


def test_who_waited_for_a_mark_that_is_gone_clears_no_home(tmp_path, monkeypatch):
    """The first maker ends between the second's opening of the mark and its lock: what is there now is a home, keys and all."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "being-made").touch()

    def finished_meanwhile(descriptor, how):
        (home / "being-made").unlink()
        (home / "keys").mkdir()
        (home / "home.toml").touch()

    monkeypatch.setattr("meterkeep.site.home.fcntl.flock", finished_meanwhile)
    with pytest.raises(Busy, match="Another process"), Home.filling(home):
        pytest.fail("the folder was given away")
    assert (home / "keys").is_dir()


def test_a_home_that_could_not_be_filled_leaves_no_keys_behind(tmp_path):
    with pytest.raises(BadInput, match="this backup"), Home.filling(tmp_path / "home") as folder:
        (folder / "keys").mkdir()
        (folder / "keys" / "kek-000001.key").write_bytes(b"secret")
        (folder / "vault").symlink_to(tmp_path)
        raise BadInput("Not with this backup.", where="backup", next="Name another.")
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["being-made"]
    with Home.filling(tmp_path / "home"):
        pass

"""Key files that a token or a key service has sealed: real SoftHSM, and moto in place of AWS. All data are synthetic."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import softhsm

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.vault import FileKeys, Root, Vault
from meterkeep.vault.keys.kms import KmsRoot
from meterkeep.vault.keys.pkcs11 import TokenRoot

NAME = "kek-000001"


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A token of this test run alone."""
    softhsm.make_token(tmp_path_factory.mktemp("softhsm"))
    yield softhsm.TOKEN
    del os.environ["SOFTHSM2_CONF"]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "synthetic")
    with mock_aws():
        yield


@pytest.fixture(params=["token", "kms"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Root:
    label = tmp_path.name
    if request.param == "token":
        return TokenRoot(
            module=softhsm.MODULE, token=request.getfixturevalue("token"), label=label, pin=softhsm.PIN
        )
    request.getfixturevalue("aws")
    return KmsRoot(region="us-west-2", label=label)


@pytest.fixture
def sealed(tmp_path: Path, root: Root) -> FileKeys:
    return FileKeys.create(tmp_path / "sealed", root=root)


def test_what_a_root_sealed_opens_under_its_name_only(root: Root) -> None:
    for name in (NAME, "blind"):
        root.make(name)
    sealed = root.seal(b"k" * 32, name=NAME)
    assert root.open(sealed, name=NAME) == b"k" * 32
    with pytest.raises(BadInput, match="did not seal"):
        root.open(sealed, name="blind")
    with pytest.raises(BadInput, match="did not seal"):
        root.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), name=NAME)


def test_making_a_root_key_again_keeps_it(root: Root) -> None:
    root.make(NAME)
    sealed = root.seal(b"k" * 32, name=NAME)
    root.make(NAME)
    assert root.open(sealed, name=NAME) == b"k" * 32


def test_a_destroyed_root_key_opens_nothing_and_may_be_destroyed_again(root: Root) -> None:
    root.make(NAME)
    sealed = root.seal(b"k" * 32, name=NAME)
    root.destroy(NAME)
    root.destroy(NAME)
    with pytest.raises(BadInput, match=r"no usable key|has no key"):
        root.open(sealed, name=NAME)
    root.make(NAME)  # another key of the same name is another key
    with pytest.raises((BadInput, Refused)):  # moto denies where the service itself calls the key incorrect
        root.open(sealed, name=NAME)


def test_no_file_of_the_folder_holds_a_key(tmp_path: Path, sealed: FileKeys, root: Root) -> None:
    for name in ("blind", NAME):
        content = (tmp_path / "sealed" / f"{name}.key").read_bytes()
        assert root.open(content, name=name) not in content


def test_a_vault_lives_on_sealed_keys(
    tmp_path: Path, sealed: FileKeys, root: Root, person: dict[str, str]
) -> None:
    vault = Vault.create(tmp_path / "vault", sealed)
    customer = vault.new_customer()
    vault.write({customer: person})
    vault.close()
    again = Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "sealed", root=root))
    assert again.read([customer], ["name"]) == {customer: {"name": person["name"]}}
    assert again.find("email", person["email"]) == [customer]


def test_a_folder_and_vault_copied_before_the_epoch_ended_open_nowhere(
    tmp_path: Path, sealed: FileKeys, root: Root, person: dict[str, str]
) -> None:
    """What files alone cannot promise: here even the key file of the old epoch was in the backup."""
    vault = Vault.create(tmp_path / "vault", sealed)
    gone, stays = vault.new_customer(), vault.new_customer()
    vault.write({gone: person, stays: person})
    vault.close()
    for part in ("vault", "sealed"):
        shutil.copytree(tmp_path / part, tmp_path / "backup" / part)
    vault.shred(gone)
    sealed.new_epoch()
    vault.rewrap()
    sealed.destroy(1)
    assert vault.read([gone, stays], ["name"]) == {stays: {"name": person["name"]}}
    with pytest.raises(BadInput):
        Vault.open(
            tmp_path / "backup" / "vault", FileKeys.open(tmp_path / "backup" / "sealed", root=root)
        ).read([gone], ["name"])


def test_the_key_files_are_nothing_without_their_root(tmp_path: Path, sealed: FileKeys) -> None:
    with pytest.raises(BadInput, match=r"name the root in home\.toml"):
        FileKeys.open(tmp_path / "sealed")


@pytest.fixture
def token_root(token: str, tmp_path: Path) -> Callable[..., TokenRoot]:
    settings = {"module": softhsm.MODULE, "token": token, "label": tmp_path.name, "pin": softhsm.PIN}
    return lambda **changed: TokenRoot(**{**settings, **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pin": "9999"}, "PIN"),
        ({"token": "another"}, "no one token"),
        ({"module": Path("/nowhere/library.so")}, "no one token"),
    ],
)
def test_a_token_that_cannot_be_used_is_told(
    token_root: Callable[..., TokenRoot], changed: dict[str, object], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        token_root(**changed).make(NAME)


def test_a_key_of_the_token_never_leaves_it(
    token_root: Callable[..., TokenRoot], token: str, tmp_path: Path
) -> None:
    import pkcs11

    token_root().make(NAME)
    with pkcs11.lib(str(softhsm.MODULE)).get_token(token_label=token).open(user_pin=softhsm.PIN) as session:
        key = next(iter(list(session.get_objects({pkcs11.Attribute.LABEL: f"{tmp_path.name} {NAME}"}))))
        with pytest.raises(pkcs11.PKCS11Error):
            key[pkcs11.Attribute.VALUE]


def test_a_forked_process_can_ask_the_token(token_root: Callable[..., TokenRoot]) -> None:
    root = token_root()
    root.make(NAME)
    sealed = root.seal(b"k" * 32, name=NAME)
    child = os.fork()
    if not child:
        os._exit(0 if root.open(sealed, name=NAME) == b"k" * 32 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("AccessDeniedException", Refused, "role"),
        ("ThrottlingException", Busy, "try again"),
        ("KMSInvalidStateException", BadInput, "destroyed epoch"),
    ],
)
def test_what_the_key_service_answers_is_told(code: str, error: type[Exception], said: str) -> None:
    from botocore.stub import Stubber

    root = KmsRoot(region="us-west-2", label="told")
    with Stubber(root._client) as service, pytest.raises(error) as told:
        service.add_client_error("decrypt", service_error_code=code)
        root.open(b"sealed", name=NAME)
    assert said in told.value.next


def test_a_key_service_that_cannot_be_reached_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "synthetic")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(Busy, match="cannot be asked"):
        KmsRoot(region="us-west-2", label="far", endpoint="http://127.0.0.1:9").make(NAME)


@pytest.mark.usefixtures("aws")
def test_a_key_to_be_destroyed_is_disabled_at_once_and_gone_in_a_week() -> None:
    root = KmsRoot(region="us-west-2", label="week")
    root.make(NAME)
    key_id = root._key_id(NAME)
    root.destroy(NAME)
    state = root._client.describe_key(KeyId=key_id)["KeyMetadata"]
    assert state["KeyState"] == "PendingDeletion"
    assert not state["Enabled"]

"""AWS Key Management Service above the key files.

Each root key is a symmetric KMS key of its own, found by an alias; the file's name is its encryption context, which KMS
authenticates and writes into its own trail. A key is asked for once for each file and process, never for a data key. KMS keeps a
key that is to be destroyed for at least seven days, disabled from the first: that is when a destroyed epoch is gone.
"""

from __future__ import annotations

from typing import Any

from meterkeep.errors import BadInput, Busy, Refused

_DAYS_KEPT = 7  # The least that the service allows (ScheduleKeyDeletion, PendingWindowInDays).
_PURPOSE = "Meterkeep key file"
_NOT_OURS = {"InvalidCiphertextException", "IncorrectKeyException"}
_GONE = {"NotFoundException", "KMSInvalidStateException", "DisabledException"}
_DENIED = {
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
}


class KmsRoot:
    """region: as the service calls it. label: begins the alias of every key, so that several homes can share an account. endpoint: only
    where it is not the service's own, e.g. a private endpoint.

    Who is asking is told as everywhere with AWS: by the environment, a profile or the machine's role.
    """

    def __init__(self, *, region: str, label: str, endpoint: str | None = None) -> None:
        self._label = label
        self._client = _library().client("kms", region_name=region, endpoint_url=endpoint)

    def make(self, name: str) -> None:
        if self._key_id(name) is not None:
            return
        made = self._ask("create_key", Description=f"{_PURPOSE} {name}", KeyUsage="ENCRYPT_DECRYPT")
        self._ask("create_alias", AliasName=self._alias(name), TargetKeyId=made["KeyMetadata"]["KeyId"])

    def seal(self, material: bytes, *, name: str) -> bytes:
        answer = self._ask(
            "encrypt",
            KeyId=self._alias(name),
            Plaintext=material,
            EncryptionContext=_context(name),
            about=name,
        )
        return bytes(answer["CiphertextBlob"])

    def open(self, sealed: bytes, *, name: str) -> bytes:
        answer = self._ask(
            "decrypt",
            KeyId=self._alias(name),
            CiphertextBlob=sealed,
            EncryptionContext=_context(name),
            about=name,
        )
        return bytes(answer["Plaintext"])

    def destroy(self, name: str) -> None:
        key_id = self._key_id(name)
        if key_id is None:
            return
        self._ask("disable_key", KeyId=key_id)
        self._ask("schedule_key_deletion", KeyId=key_id, PendingWindowInDays=_DAYS_KEPT)
        self._ask("delete_alias", AliasName=self._alias(name))

    def _alias(self, name: str) -> str:
        return f"alias/{self._label}-{name}"

    def _key_id(self, name: str) -> str | None:
        """The id of the key of that name, as long as it is not destroyed."""
        try:
            answer = self._client.describe_key(KeyId=self._alias(name))
        except _problems() as problem:
            if _code(problem) in _GONE:
                return None
            raise _told(problem, name) from problem
        return str(answer["KeyMetadata"]["KeyId"])

    def _ask(self, operation: str, *, about: str = "", **asked: Any) -> Any:
        try:
            return getattr(self._client, operation)(**asked)
        except _problems() as problem:
            raise _told(problem, about) from problem


def _context(name: str) -> dict[str, str]:
    return {"meterkeep": name}


def _problems() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def _code(problem: Exception) -> str:
    """The service's own word for what went wrong; "" where there was no answer."""
    response: dict[str, Any] = getattr(problem, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _told(problem: Exception, name: str) -> BadInput | Busy | Refused:
    code, where = _code(problem), f"{name}.key" if name else "the key service"
    if code in _NOT_OURS:
        return BadInput(
            "The key service did not seal this key file, or somebody altered it.",
            where=where,
            next="Restore the keys folder from its own backup.",
        )
    if code in _GONE:
        return BadInput(
            f"The key service has no usable key for this ({code}).",
            where=where,
            next="Name the region and label that this home was made with; a destroyed epoch opens nowhere.",
        )
    if code in _DENIED:
        return Refused(
            f"The key service does not let this process use the key ({code}).",
            where=where,
            next="Give its role kms:Encrypt, Decrypt and DescribeKey, and for new epochs CreateKey, CreateAlias, DisableKey, "
            "ScheduleKeyDeletion and DeleteAlias.",
        )
    return Busy(
        f"The key service cannot be asked now ({code or type(problem).__name__}).",
        where=where,
        next="See that the network and the credentials are there; then try again.",
    )


def _library() -> Any:
    try:
        import boto3
    except ImportError as problem:
        raise BadInput(
            "This home's keys are sealed by a key service, and the library for it is not installed.",
            where="home.toml, [keys]",
            next="Install it: .venv/bin/python -m pip install --require-hashes -r requirements/kms.txt",
        ) from problem
    return boto3

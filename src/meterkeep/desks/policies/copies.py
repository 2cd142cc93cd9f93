"""The adopted packs as they were kept: found by the digest of their files, held against it, loaded once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from meterkeep.desks.policies.models import PackCopy
from meterkeep.errors import Refused
from meterkeep.policy import Pack
from meterkeep.policy.language.folder import digest_of
from meterkeep.policy.language.loading import files_to_keep, load_stored


def files_of(pack: str | Path) -> tuple[str, dict[str, str]]:
    """Digest and texts of the pack as its folder has it now."""
    files = files_to_keep(pack)
    return digest_of(files), {name: content.decode("utf-8") for name, content in files.items()}


def check_examined(digest: str, *, examined: str) -> None:
    """examined: the digest of the files that were linted, tested and proved; "" where nobody examined them."""
    if examined not in ("", digest):
        raise Refused(
            "The pack's files were changed while they were examined, so nothing is adopted.",
            where="pack",
            next="Adopt it again when nobody edits it.",
        )


@lru_cache(maxsize=16)
def stored_pack(digest: str) -> Pack:
    """Raises Refused where the copy is not what was adopted: nothing is decided by a text that nobody adopted."""
    copy = PackCopy.objects.get(pk=digest)
    files = {name: text.encode("utf-8") for name, text in copy.files.items()}
    if digest_of(files) != digest:
        raise Refused(
            f"The kept copy of the pack {copy.pack} is not the one that was adopted.",
            where="database",
            next="Restore the database from a backup, and find out who changed it.",
        )
    return load_stored(files, copy.pack)


def stored_texts(digest: str) -> Mapping[str, str]:
    texts: Mapping[str, str] = PackCopy.objects.get(pk=digest).files
    return texts


def drifted(digest: str, pack: str | Path) -> list[str]:
    """Files that differ between the kept copy and the folder, tests and remarks included."""
    now, kept = files_of(pack)[1], stored_texts(digest)
    return sorted(name for name in {*now, *kept} if now.get(name) != kept.get(name))

"""A home: the folder that holds everything of one provider. Settings, database, store, log, vault and keys, nothing shared."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self
from zoneinfo import available_timezones

from meterkeep.errors import BadInput

FORMAT = 1
"""The version of the folder's layout. A change that an older Meterkeep would misread raises it."""

_ABOUT_A_HOME = "Make one: meterkeep init --provider PACK --zone TZ, or name another with METERKEEP_HOME."


@dataclass(frozen=True, slots=True)
class Home:
    """provider: id of the provider's pack, "" where no documents are adopted. zone: name in the time zone database."""

    folder: Path
    name: str
    provider: str
    zone: str
    synthetic: bool
    created: date

    @classmethod
    def create(
        cls, folder: Path, *, provider: str, zone: str, name: str, created: date, synthetic: bool = False
    ) -> Self:
        """Writes home.toml last, so that a home that was half made is none."""
        _check_zone(zone)
        _check_provider(provider)
        if (folder / "home.toml").exists():
            raise BadInput(
                "There is a home here already.", where=str(folder), next="Use it, or name another folder."
            )
        home = cls(folder.resolve(), name, provider, zone, synthetic, created)
        home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.keys.chmod(0o700)
        _write_secret(home.keys / "django-secret", secrets.token_urlsafe(48))
        (folder / "home.toml").write_text(home._as_toml(), encoding="utf-8")
        return home

    @classmethod
    def open(cls, folder: Path) -> Self:
        settings = _read(folder)
        _check_format(settings.get("format"), folder)
        try:
            return cls(
                folder=folder.resolve(),
                name=str(settings["name"]),
                provider=str(settings["provider"]),
                zone=_check_zone(str(settings["zone"])),
                synthetic=settings["synthetic"] is True,
                created=date.fromisoformat(str(settings["created"])),
            )
        except (KeyError, ValueError) as problem:
            raise BadInput(
                f"The settings of this home are incomplete: {problem}.",
                where=str(folder / "home.toml"),
                next="Restore the file from a backup.",
            ) from problem

    @classmethod
    def exists(cls, folder: str | Path | None = None) -> bool:
        return (_folder(folder) / "home.toml").exists()

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def database(self) -> Path:
        return self.folder / "database.sqlite3"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def vault(self) -> Path:
        return self.folder / "vault"

    def _as_toml(self) -> str:
        # The strings of JSON are basic strings of TOML.
        values = {"name": self.name, "provider": self.provider, "zone": self.zone}
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        return "\n".join(
            [
                f"format = {FORMAT}",
                *lines,
                f"synthetic = {str(self.synthetic).lower()}",
                f"created = {self.created}",
                "",
            ]
        )


def named_by_environment() -> Path:
    return Path(os.environ.get("METERKEEP_HOME") or "meterkeep-home").resolve()


def _folder(folder: str | Path | None) -> Path:
    return named_by_environment() if folder is None else Path(folder).resolve()


def _read(folder: Path) -> dict[str, Any]:
    path = folder / "home.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput("There is no Meterkeep home here.", where=str(folder), next=_ABOUT_A_HOME) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadInput(
            "The settings of this home cannot be read.",
            where=str(path),
            next="Mend the file, or restore it from a backup.",
        ) from problem


def _check_format(found: object, folder: Path) -> None:
    if found == FORMAT:
        return
    newer = isinstance(found, int) and found > FORMAT
    raise BadInput(
        f"This home has format {found}; this Meterkeep reads format {FORMAT}.",
        where=str(folder),
        next="Install the newer Meterkeep that made it."
        if newer
        else "Bring it up to date: meterkeep upgrade",
    )


def _check_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise BadInput(
            f"“{zone}” is no time zone.", where="zone", next="Give a name such as America/Los_Angeles or UTC."
        )
    return zone


def _check_provider(provider: str | None) -> None:
    from meterkeep.policy import pack_ids

    if provider and provider not in pack_ids():
        raise BadInput(
            f"There is no pack “{provider}”.",
            where="provider",
            next=f"Choose one of {', '.join(sorted(pack_ids()))}.",
        )


def _write_secret(path: Path, value: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(value)

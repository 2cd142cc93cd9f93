"""A home: the folder that holds everything of one provider. Settings, database, store, log, vault and keys, nothing shared."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self
from zoneinfo import available_timezones

from meterkeep.errors import BadInput, Busy
from meterkeep.site.roots import RootSetting

FORMAT = 1
"""The version of the folder's layout. A change that an older Meterkeep would misread raises it."""

PARTS = ("keys", "ledger", "store", "vault", "database.sqlite3")
_MARK = "being-made"
"""Stands in a folder, locked, from the first step of making a home to the last: what is beside it was never used."""

_ABOUT_A_HOME = "Make one: meterkeep init --provider PACK --zone TZ, or name another with METERKEEP_HOME."


@dataclass(frozen=True, slots=True)
class Home:
    """provider: id of the provider's pack, "" where no documents are adopted. zone: name in the time zone database.

    engine: duckdb or spark, which then has an address, spark_remote; written into home.toml by hand: docs/growing.md.
    root: what seals the key files; for good, since keys that are there are never sealed anew.
    """

    folder: Path
    name: str
    provider: str
    zone: str
    synthetic: bool
    created: date
    engine: str = "duckdb"
    spark_remote: str = ""
    root: RootSetting = field(default_factory=RootSetting)

    @classmethod
    @contextmanager
    def making(
        cls,
        folder: Path,
        *,
        provider: str,
        zone: str,
        name: str,
        created: date,
        synthetic: bool = False,
        root: RootSetting | None = None,
    ) -> Iterator[Self]:
        """A home while it is being made: home.toml is written last, so that a home that was half made is none.

        Two at once are refused; what a maker that died has left is cleared away by the next.
        """
        _check_zone(zone)
        _check_provider(provider)
        folder = folder.resolve()
        _check_free(folder)
        with _making_alone(folder):
            _check_free(folder)
            home = cls(folder, name, provider, zone, synthetic, created, root=root or RootSetting())
            home.keys.mkdir(mode=0o700)
            _write_secret(home.keys / "django-secret", secrets.token_urlsafe(48))
            yield home
            _write_whole(folder / "home.toml", home._as_toml())

    @classmethod
    @contextmanager
    def filling(cls, folder: Path) -> Iterator[Path]:
        """An empty folder in which a home is made again; `settle` makes it one. Raises BadInput where anything else is there."""
        folder = folder.resolve()
        _check_free(folder)
        if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
            raise BadInput(
                "This folder is not empty.",
                where=str(folder),
                next="Name one that does not exist yet with METERKEEP_HOME; a home is restored into nothing else.",
            )
        with _making_alone(folder):
            _empty(folder)
            try:
                yield folder
            except BaseException:
                _empty(folder)  # keys above all: a copy that nobody knows of outlives every destruction
                raise

    @classmethod
    def as_told(cls, folder: Path, settings: str) -> Self:
        """A home as the text of its home.toml says, before that is written."""
        return cls._of(folder, _parsed(settings, folder))

    @staticmethod
    def settle(folder: Path, settings: str) -> None:
        """Writes home.toml: from now on there is a home."""
        _write_whole(folder / "home.toml", settings)

    @classmethod
    def create(
        cls, folder: Path, *, provider: str, zone: str, name: str, created: date, synthetic: bool = False
    ) -> Self:
        """A home with its settings and nothing in it yet."""
        with cls.making(
            folder, provider=provider, zone=zone, name=name, created=created, synthetic=synthetic
        ) as home:
            return home

    @classmethod
    def open(cls, folder: Path) -> Self:
        return cls._of(folder, _read(folder))

    @classmethod
    def _of(cls, folder: Path, settings: dict[str, Any]) -> Self:
        _check_format(settings.get("format"), folder)
        try:
            return cls(
                folder=folder.resolve(),
                name=str(settings["name"]),
                provider=str(settings["provider"]),
                zone=_check_zone(str(settings["zone"])),
                synthetic=settings["synthetic"] is True,
                created=date.fromisoformat(str(settings["created"])),
                engine=str(settings.get("engine", "duckdb")),
                spark_remote=str(settings.get("spark_remote", "")),
                root=RootSetting.of(settings.get("keys")),
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

    @property
    def packs(self) -> Path:
        """Where the provider's own packs are edited. What is in force is the copy kept at adoption, not these files."""
        return self.folder / "packs"

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
                *self.root.as_toml(),
                "",
            ]
        )


def named_by_environment() -> Path:
    return Path(os.environ.get("METERKEEP_HOME") or "meterkeep-home").resolve()


def _folder(folder: str | Path | None) -> Path:
    return named_by_environment() if folder is None else Path(folder).resolve()


def _read(folder: Path) -> dict[str, Any]:
    try:
        return _parsed((folder / "home.toml").read_bytes(), folder)
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput("There is no Meterkeep home here.", where=str(folder), next=_ABOUT_A_HOME) from None


def _parsed(settings: str | bytes, folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(settings if isinstance(settings, str) else settings.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadInput(
            "The settings of this home cannot be read.",
            where=str(folder / "home.toml"),
            next="Mend the file, or restore it from a backup.",
        ) from problem


def _check_format(found: object, folder: Path) -> None:
    if found == FORMAT and found is not True:
        return
    newer = isinstance(found, int) and found > FORMAT
    raise BadInput(
        f"This home has format {found}; this Meterkeep reads format {FORMAT}.",
        where=str(folder),
        next="Install the newer Meterkeep that made it."
        if newer
        else "Bring it up to date: meterkeep upgrade",
    )


def _check_free(folder: Path) -> None:
    """Raises BadInput where there is a home, or what may be one whose settings were lost: its keys are never touched."""
    if (folder / "home.toml").exists():
        raise BadInput(
            "There is a home here already.", where=str(folder), next="Use it, or name another folder."
        )
    if not (folder / _MARK).exists() and any((folder / part).exists() for part in PARTS):
        raise BadInput(
            "This folder holds parts of a home, without its home.toml.",
            where=str(folder),
            next="Restore home.toml from a backup, or name another folder.",
        )


@contextmanager
def _making_alone(folder: Path) -> Iterator[None]:
    mark = folder / _MARK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # Readings and the register of people are nobody else's to read.
        descriptor = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise BadInput(
            f"No home can be made here: {problem.strerror}.",
            where=str(folder),
            next="Name a folder that you may write to with METERKEEP_HOME.",
        ) from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not mark.exists() or mark.stat().st_ino != os.fstat(descriptor).st_ino:
            raise BlockingIOError  # whoever had it has finished since, and this is a home
        _check_free(folder)
        _clear(folder)
        yield
        mark.unlink()
    except BlockingIOError:
        raise Busy(
            "Another process is making a home here.",
            where=str(folder),
            next="Wait for it, then use its home.",
        ) from None
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    """Called where the mark is held and there is no home.toml: nothing here has ever been used."""
    for part in PARTS:
        for path in folder.glob(f"{part}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != _MARK:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _check_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise BadInput(
            f"“{zone}” is no time zone.", where="zone", next="Give a name such as America/Los_Angeles or UTC."
        )
    return zone


def _check_provider(provider: str | None) -> None:
    """The law has packs too, but they alone decide nothing: nobody has adopted them."""
    if not provider:
        return
    from meterkeep.policy import load_pack, pack_ids

    adoptable = [
        name for name in sorted(pack_ids()) if any(not document.law for document in load_pack(name).documents)
    ]
    if provider not in adoptable:
        raise BadInput(
            f"No provider's documents are in a pack “{provider}”.",
            where="provider",
            next=f"Choose one of {', '.join(adoptable)}.",
        )


def _write_secret(path: Path, value: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(value)


def _write_whole(path: Path, text: str) -> None:
    """All of it or nothing, and durable."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

"""Demo data saved between runs, so that the next demo opens immediately.

One archive per stage, in the user's cache directory, named after what created it: another seed,
size or version gets another archive. It is written to a temporary file and moved into place, and
its checksums are verified when it is used. It contains no usable token. Without a writable
directory demos still work, and nothing is saved.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from platformdirs import user_cache_path

MOST: Final = 8
"""How many archives are kept; the least recently used are deleted first."""
_MADE_BY: Final = ("server", "common")
_MADE_BY_HERE: Final = "tui/commands/demo/*.py"


class DemoPlan(NamedTuple):
    """What determines the content of a stage."""

    seed: int
    people: int
    frozen: bool

    @property
    def name(self) -> str:
        """The archive's name, for the installed code."""
        kind = "frozen" if self.frozen else "running"
        return f"{kind}-{self.seed}-{self.people}-{_made_by()}.zip"


class Damaged(Exception):
    """An archive was damaged; it has been deleted."""


class Cache:
    """The archives of one user; `folder` is None if none can be saved."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def take(self, plan: DemoPlan, folder: Path, names: Iterable[str]) -> bool:
        """Put the files of a saved stage into a folder; returns whether there was one.

        Raises Damaged if the archive is damaged, and deletes it.
        """
        if self._folder is None:
            return False
        archive = self._folder / plan.name
        try:
            with zipfile.ZipFile(archive) as opened:
                files = {name: opened.read(name) for name in names}
            os.utime(archive)
        except FileNotFoundError:
            return False
        except Exception as error:  # whatever is wrong with it, it can be created again
            with suppress(OSError):
                archive.unlink()
            raise Damaged from error
        for name, content in files.items():
            (folder / name).touch(0o600)
            (folder / name).write_bytes(content)
        return True

    def keep(self, plan: DemoPlan, folder: Path, names: Iterable[str]) -> None:
        """Save the files of a stage, if possible, and delete old archives."""
        if self._folder is None:
            return
        with suppress(OSError):
            handle, part = tempfile.mkstemp(dir=self._folder, suffix=".part")
            try:
                with (
                    os.fdopen(handle, "wb") as written,
                    zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
                ):
                    for name in names:
                        archive.write(folder / name, name)
                Path(part).replace(self._folder / plan.name)
            except BaseException:
                Path(part).unlink()
                raise
            for old in _by_age(self._folder, "*.zip")[MOST:]:
                old.unlink(missing_ok=True)
            for abandoned in _by_age(self._folder, "*.part")[MOST:]:
                abandoned.unlink(missing_ok=True)


def _by_age(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder, the most recently used first."""
    return sorted(folder.glob(pattern), key=lambda one: -one.stat().st_mtime)


def user_cache() -> Cache:
    """This user's cache, if the directory can be written."""
    try:
        folder = user_cache_path("drumbeat", appauthor=False) / "demo"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home directory
        return Cache(None)
    return Cache(folder if os.access(folder, os.W_OK | os.X_OK) else None)


@lru_cache(maxsize=1)
def _made_by() -> str:
    """A checksum of all code and data that determine the content of a stage."""
    sums = hashlib.blake2b(digest_size=8)
    root = Path(__file__).parents[3]
    files = {*root.glob(_MADE_BY_HERE)}
    for package in _MADE_BY:
        spec = find_spec(package)
        assert spec is not None
        for place in spec.submodule_search_locations or ():
            files |= {one for one in Path(place).rglob("*") if one.suffix in {".py", ".toml"}}
    for file in sorted(files):
        sums.update(f"{file.name}\0".encode() + file.read_bytes())
    return sums.hexdigest()

"""Aged stages kept between demos, so that the next one opens at once.

One archive a stage, under the user's cache directory, named by what made it; another seed, size or
version makes another. An archive is written beside its place and moved there whole, and its sums
are checked when it is used. It holds no token that lets anybody in. Without a directory that can be
written, demos work all the same and nothing is kept.
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
"""Archives that are kept; those go first that were not used for long."""
_MADE_BY: Final = ("server", "common")
_MADE_BY_HERE: Final = "tui/commands/demo/*.py"


class Plan(NamedTuple):
    """What decides how a stage comes out."""

    seed: int
    people: int
    frozen: bool

    @property
    def name(self) -> str:
        """The archive's name, for the code that is installed."""
        kind = "frozen" if self.frozen else "running"
        return f"{kind}-{self.seed}-{self.people}-{_made_by()}.zip"


class Damaged(Exception):
    """An archive was there, and is not whole; it is gone now."""


class Cache:
    """The archives of one user; `folder` is None where none can be kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def take(self, plan: Plan, folder: Path, names: Iterable[str]) -> bool:
        """Put the files of a kept stage into a folder; whether there was one.

        Raises Damaged, once, for one that is not whole.
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
        except Exception as error:  # whatever is wrong with it, it can be made anew
            with suppress(OSError):
                archive.unlink()
            raise Damaged from error
        for name, content in files.items():
            (folder / name).touch(0o600)
            (folder / name).write_bytes(content)
        return True

    def keep(self, plan: Plan, folder: Path, names: Iterable[str]) -> None:
        """Keep the files of a stage, if that is possible, and let go of what is of no use now."""
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
    """The files of a folder, the one that was used last first."""
    return sorted(folder.glob(pattern), key=lambda one: -one.stat().st_mtime)


def user_cache() -> Cache:
    """This user's, where it can be written."""
    try:
        folder = user_cache_path("drumbeat", appauthor=False) / "demo"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home that anybody knows
        return Cache(None)
    return Cache(folder if os.access(folder, os.W_OK | os.X_OK) else None)


@lru_cache(maxsize=1)
def _made_by() -> str:
    """A sum over all code and data that decide how a stage comes out."""
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

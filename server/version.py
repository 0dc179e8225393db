"""The version of the program, as the package's metadata says it."""

from importlib.metadata import version
from typing import Final

VERSION: Final = version("drumbeat")

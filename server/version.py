"""The version of the program; the package metadata uses it."""

from typing import Final

VERSION: Final = "0.1.0"

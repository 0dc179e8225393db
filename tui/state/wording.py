"""Small parts of sentences, for the commands and the screen."""

from __future__ import annotations


def counted(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def sentence(text: str) -> str:
    """A text with a full stop, unless it ends with punctuation."""
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."

"""The summary line of the Contacts tab, and what it shows instead of rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.cells import cell_len

from common.filter_values import FilterError
from common.terminal import clean

_FARTHEST: Final = 24
"""Up to this cell a caret points at the wrong word; further right the word is quoted."""


class Standing(StrEnum):
    """What the tab shows."""

    LOADING = "loading"
    ERROR = "error"
    EMPTY = "empty"
    NO_MATCH = "no_match"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of the summary. `hidden` counts selected contacts that the list does not show.

    `hidden_sure` is False if that count is only an upper limit. `next_text` is empty if no text is
    due; `under_way` says what is in progress; `stale` means the numbers may be out of date;
    `asleep` says why nothing is sent at all.
    """

    enrolled: int
    total: int
    selected: int = 0
    hidden: int = 0
    hidden_sure: bool = True
    next_text: str = ""
    newcomers: int = 0
    under_way: str = ""
    stale: bool = False
    asleep: str = ""

    def words(self, cells: int) -> str:
        """One line of at most that many cells; the time of the next text is dropped first."""
        parts = [f"{self.enrolled:,} enrolled", f"{self.total:,} match"]
        if self.selected:
            sure = "" if self.hidden_sure else "up to "
            hidden = f" ({sure}{self.hidden:,} not shown)" if self.hidden else ""
            parts += [f"{self.selected:,} selected{hidden}"]
        if self.under_way:
            parts.append(self.under_way)
        if self.newcomers:
            parts += [f"{self.newcomers:,} new, press R to show"]
        if self.stale:
            parts.append("out of date")
        line = " · ".join(parts)
        next_text = f"next {self.next_text}" if self.next_text else ""
        with_next = " · ".join(part for part in (line, self.asleep or next_text) if part)
        return with_next if cell_len(with_next) <= cells else clean(line, cells)


def fault_lines(fault: FilterError, indent: int) -> tuple[str, str]:
    """What is wrong with a filter, with a caret under the word; words start at cell `indent`."""
    place = indent + fault.position
    if place + fault.length <= _FARTHEST:
        return f"{' ' * place}{'^' * fault.length} {fault.message}", f"{' ' * indent}{fault.remedy}"
    return f"{' ' * indent}“{fault.word}”: {fault.message}", f"{' ' * indent}{fault.remedy}"


def notice_lines(standing: Standing, problem: str | None) -> tuple[str, ...]:
    """What is shown instead of rows."""
    match standing:
        case Standing.LOADING:
            return ("Loading contacts…",)
        case Standing.ERROR:
            return (
                "The contacts could not be loaded.",
                problem or "",
                "",
                "Retrying automatically. Press R to retry now.",
            )
        case Standing.EMPTY:
            return (
                "Nobody is enrolled yet.",
                "",
                "Press E to enroll contacts, a group or a CSV file.",
                "You see the result before anything happens.",
            )
        case Standing.NO_MATCH:
            return (
                "No contacts match the search and filters.",
                "Press esc to clear them; in the search line, press esc twice.",
            )
        case Standing.FILLED:
            return ()

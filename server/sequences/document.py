"""Checks a document against what the server knows, and brings it into canonical form."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from common.documents import DocumentError, canonical
from common.model.faults import Fault
from common.model.sequences import SequenceDocument, WindowSpan
from common.windows import BadWindow, Window, format_window, parse_window
from server.errors import Invalid


def checked(document: SequenceDocument, pointer: str = "body") -> SequenceDocument:
    """The document's canonical form. Raises Invalid with all faults; `pointer` is its place."""
    faults = list(_faults(document, pointer))
    if faults:
        raise Invalid(*faults)
    document = canonical(document)
    return msgspec.structs.replace(document, window=spans_of(read_window(document)))


def read_window(document: SequenceDocument) -> Window:
    """The window, parsed. Raises BadWindow."""
    return parse_window(msgspec.to_builtins(document.window))


def spans_of(window: Window) -> tuple[WindowSpan, ...]:
    """The written form of a window, with one way to write each span."""
    return msgspec.convert(format_window(window), tuple[WindowSpan, ...])


def _faults(document: SequenceDocument, pointer: str) -> Iterator[Fault]:
    try:
        canonical(document)
    except DocumentError as error:
        for fault in error.faults:
            yield Fault(f"{pointer}.{fault.field}", fault.reason, fault.remedy)
    try:
        read_window(document)
    except BadWindow as error:
        yield Fault(f"{pointer}.{error.field}", error.reason, error.remedy)

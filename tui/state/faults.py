"""Errors in a document that can be found without asking the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from common.documents import DocumentError, DocumentFault, canonical, conformed
from common.model.sequences import Finding, SequenceDocument, Severity

_STEP: Final = re.compile(r"steps\[(\d+)\]")
CODE: Final = "not_a_document"


def faults_of(document: SequenceDocument) -> tuple[Finding, ...]:
    """The errors that keep a document from being saved."""
    return tuple(_found(document))


def _found(document: SequenceDocument) -> Iterator[Finding]:
    try:
        canonical(conformed(msgspec.to_builtins(document)))
    except DocumentError as error:
        for fault in error.faults:
            yield _finding(fault)


def _finding(fault: DocumentFault) -> Finding:
    step = _STEP.match(fault.field)
    position = int(step[1]) + 1 if step else None
    return Finding(Severity.ERROR, CODE, position, fault.field, fault.reason, fault.remedy)

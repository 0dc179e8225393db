"""Reads a whole import before any of it is written, so that a faulty file changes nothing.

The rows wait in a temporary file, in parts of 2,000 people, as MessagePack with a length prefix.
Memory holds one part, the first rejects, and the numbers seen. Everything here is blocking work for
a thread.
"""

from __future__ import annotations

import struct
import tempfile
import unicodedata
from collections.abc import Iterator
from typing import Final

import msgspec

from common.model.contacts import FIELDS_LIMIT, REJECTS_TOLD, Reject
from common.model.faults import Fault
from server.contacts.fields import Dialing, read_field_value, read_line
from server.contacts.file_reader import Form, PeopleReader, UnreadableFile
from server.contacts.import_rows import MAX_SHOWN, ReadRow, RejectedRow
from server.errors import Invalid

PART: Final = 2000

_LENGTH: Final = struct.Struct(">I")
_DUPLICATE: Final = "duplicate"
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[ReadRow]).decode


class UnreadableImport(Invalid):
    """The file as a whole cannot be read; nothing was written."""

    title = "Unreadable file"


class Staging:
    """One file during its import: `take` its bytes, `finish`, then iterate over `parts`."""

    def __init__(self, dialing: Dialing, form: Form | None) -> None:
        self.rejected = 0
        self.duplicates = 0
        self.rejects: list[Reject] = []
        self._reader = PeopleReader(
            region=dialing.region, fictional_ok=dialing.fictional_ok, form=form
        )
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 # closed by `close`
        self._part: list[ReadRow] = []

    def take(self, block: bytes) -> None:
        """Read the next bytes. Raises UnreadableImport."""
        try:
            self._keep(self._reader.feed(block))
        except UnreadableFile as error:
            raise _unreadable(error) from error

    def finish(self) -> None:
        """Read what is left. Raises UnreadableImport."""
        try:
            self._keep(self._reader.finish())
        except UnreadableFile as error:
            raise _unreadable(error) from error
        self._put_by()

    def parts(self) -> Iterator[list[ReadRow]]:
        """The people in the order of the file, 2,000 at a time; only after `finish`."""
        self._file.seek(0)
        while head := self._file.read(_LENGTH.size):
            (length,) = _LENGTH.unpack(head)
            yield _decode(self._file.read(length))

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()

    def reject(self, reject: Reject, *, duplicate: bool = False) -> None:
        """Count a rejected row, and list it if it is among the first."""
        if duplicate:
            self.duplicates += 1
        else:
            self.rejected += 1
        if len(self.rejects) < REJECTS_TOLD:
            self.rejects.append(reject)

    def _keep(self, rows: list[ReadRow | RejectedRow]) -> None:
        for row in rows:
            if isinstance(row, RejectedRow):
                rejected = Reject(row.line, row.field, row.reason, row.remedy, row.text)
                self.reject(rejected, duplicate=row.reason.startswith(_DUPLICATE))
                continue
            kept = _cleaned(row)
            if isinstance(kept, Reject):
                self.reject(kept)
                continue
            self._part.append(kept)
            if len(self._part) == PART:
                self._put_by()

    def _put_by(self) -> None:
        if self._part:
            encoded = _encode(self._part)
            self._file.write(_LENGTH.pack(len(encoded)))
            self._file.write(encoded)
            self._part = []


def _cleaned(row: ReadRow) -> ReadRow | Reject:
    """The row with its texts in stored form, or the reason for a rejection."""
    fields = row.fields
    whole = row.first_name + row.last_name + "".join(fields.values())
    if len(fields) > FIELDS_LIMIT:
        return too_many_fields(row, len(fields))
    if whole.isascii() and whole.isprintable():
        return row
    try:
        return msgspec.structs.replace(
            row,
            first_name=read_line(row.first_name, "first_name"),
            last_name=read_line(row.last_name, "last_name"),
            fields={name: read_field_value(value, name) for name, value in fields.items()},
        )
    except Invalid as error:
        fault = error.faults[0]
        text = getattr(row, fault.pointer, None) or fields.get(fault.pointer, "")
        shown = unicodedata.normalize("NFC", str(text))[:MAX_SHOWN]
        return Reject(row.line, fault.pointer, fault.reason, fault.remedy, shown)


def too_many_fields(row: ReadRow, count: int) -> Reject:
    """The rejection of a person with more custom fields than a contact may have."""
    return Reject(
        row.line,
        "fields",
        f"would make {count} custom fields.",
        f"A contact can have at most {FIELDS_LIMIT}; delete some columns.",
        row.number.e164,
    )


def _unreadable(error: UnreadableFile) -> UnreadableImport:
    fault = Fault(f"line {error.line}", f"{error.reason}.", error.remedy)
    return UnreadableImport(fault, code="unreadable_file")

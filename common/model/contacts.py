"""Contacts, suppressions and imports in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from common.model.groups import GroupName
from common.vocabulary import LineKind, LineSource, SuppressionSource

NAME_LIMIT: Final = 100
FIELDS_LIMIT: Final = 100
FIELD_NAME_LIMIT: Final = 64
FIELD_VALUE_LIMIT: Final = 2000
REJECTS_TOLD: Final = 1000
FILE_LIMIT: Final = 256 * 1024 * 1024
"""Most bytes of an imported file."""

Phone = Annotated[str, Meta(min_length=1, max_length=64, examples=["+14155550142"])]
PersonName = Annotated[str, Meta(max_length=NAME_LIMIT)]
Zone = Annotated[str, Meta(max_length=64, examples=["America/New_York"])]
Region = Annotated[str, Meta(max_length=64, examples=["CA"])]
FieldName = Annotated[
    str, Meta(description="Letters, digits and underscores.", examples=["company"])
]
FieldValue = Annotated[str, Meta(max_length=FIELD_VALUE_LIMIT)]
SayableLine = Literal["mobile", "landline", "voip"]
"""The line types that an operator may set."""


class Line(Struct, frozen=True):
    """The line type of a number: what it is, who reported it, whether it is certain, and since
    when.
    """

    kind: LineKind
    source: LineSource | None
    certain: bool
    at: datetime | None


class Contact(Struct, frozen=True):
    """A person with one mobile number.

    `zone` is the time zone that was set, or null; `number_zones` are the possible zones of the
    number. `region` is the postal code of a US state or Canadian province: the one that was set, or
    the one of the area code. `suppressed` lists the sources of the number's active suppressions.
    """

    id: int
    phone: str
    first_name: str
    last_name: str
    zone: str | None
    number_zones: tuple[str, ...]
    country: str
    region: str | None
    region_given: bool
    line: Line
    fields: dict[str, str]
    suppressed: tuple[SuppressionSource, ...]
    created_by: str
    created_at: datetime
    updated_at: datetime


class Suppression(Struct, frozen=True):
    """A phone number that must not be texted. `lifted_at` is null while it is active.

    `texted` is true if we ever sent the number a text, not counting answers to a keyword. A keyword
    from a number that was never texted may be fake.
    """

    id: int
    phone: str
    source: SuppressionSource
    note: str
    created_by: str | None
    created_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    texted: bool


class ContactDetail(Contact, frozen=True):
    """A contact with its groups, by name, and the active suppressions of its number."""

    groups: tuple[GroupName, ...]
    suppressions: tuple[Suppression, ...]


class NewContact(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates a contact. A number without a country code belongs to the workspace's region."""

    phone: Phone
    first_name: PersonName = ""
    last_name: PersonName = ""
    zone: Zone | None = None
    region: Region | None = None
    line: SayableLine | None = None
    fields: Annotated[dict[FieldName, FieldValue], Meta(max_length=FIELDS_LIMIT)] = {}


class ContactChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes the given fields. Null clears a field: region and line type then follow the number.

    `fields` is merged into the custom fields; null removes a field.
    """

    phone: Phone | UnsetType = UNSET
    first_name: PersonName | UnsetType | None = UNSET
    last_name: PersonName | UnsetType | None = UNSET
    zone: Zone | UnsetType | None = UNSET
    region: Region | UnsetType | None = UNSET
    line: SayableLine | UnsetType | None = UNSET
    fields: (
        Annotated[dict[FieldName, FieldValue | None], Meta(max_length=FIELDS_LIMIT)] | UnsetType
    ) = UNSET


class ContactPage(Struct, frozen=True):
    """A page of contacts and the total."""

    items: tuple[Contact, ...]
    total: int


class SuppressionPage(Struct, frozen=True):
    """A page of suppressions and the total."""

    items: tuple[Suppression, ...]
    total: int


class Reject(Struct, frozen=True):
    """A rejected row of an import: its first line (from 1), the reason and the remedy.

    `text` is the beginning of the row or of the faulty field. `field` is null if the whole row is
    faulty.
    """

    line: int
    field: str | None
    reason: str
    remedy: str
    text: str


class ImportOutcome(Struct, frozen=True):
    """What an import did, or would do in a dry run.

    `rows` = `added` + `changed` + `unchanged` + `duplicates` + `rejected`. `rejects` lists the
    first 1,000 rejected and duplicate rows, in order of their lines; `rejects_omitted` counts the
    rest. `added_to_group` counts contacts that were not in the group before.
    """

    rows: int
    added: int
    changed: int
    unchanged: int
    duplicates: int
    rejected: int
    added_to_group: int
    rejects: tuple[Reject, ...]
    rejects_omitted: int
    dry_run: bool

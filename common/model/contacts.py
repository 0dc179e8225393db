"""Contacts, suppressions and imports, as the API says them."""

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
"""Bytes that an imported file may have."""

Phone = Annotated[str, Meta(min_length=1, max_length=64, examples=["+14155550142"])]
PersonName = Annotated[str, Meta(max_length=NAME_LIMIT)]
Zone = Annotated[str, Meta(max_length=64, examples=["America/New_York"])]
Region = Annotated[str, Meta(max_length=64, examples=["CA"])]
FieldName = Annotated[
    str, Meta(description="Letters, digits and underscores.", examples=["company"])
]
FieldValue = Annotated[str, Meta(max_length=FIELD_VALUE_LIMIT)]
SayableLine = Literal["mobile", "landline", "voip"]
"""What an operator may say of a line."""


class Line(Struct, frozen=True):
    """What kind of line a number is, who said so, whether it is certain, and since when."""

    kind: LineKind
    source: LineSource | None
    certain: bool
    at: datetime | None


class Contact(Struct, frozen=True):
    """A person with one mobile number.

    `zone` is the time zone that was given, null when there is none; `number_zones` are those the
    number may be in. `region` is a US state or a Canadian province by postal code: the one given,
    or that of the area code. `suppressed` lists the sources of the number's standing suppressions.
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
    """A phone number that must not be texted; `lifted_at` is null while it stands.

    `texted` says whether we ever sent that number a text; an answer to a keyword is none. A keyword
    from a number that was never texted may be invented.
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
    """A contact with its groups, by name, and the standing suppressions of its number."""

    groups: tuple[GroupName, ...]
    suppressions: tuple[Suppression, ...]


class NewContact(Struct, frozen=True, forbid_unknown_fields=True):
    """Makes a contact. A number without a country code is read in the workspace's region."""

    phone: Phone
    first_name: PersonName = ""
    last_name: PersonName = ""
    zone: Zone | None = None
    region: Region | None = None
    line: SayableLine | None = None
    fields: Annotated[dict[FieldName, FieldValue], Meta(max_length=FIELDS_LIMIT)] = {}


class ContactChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes what is given. Null clears: a region or line type goes back to the number's own.

    `fields` is merged into the custom fields; a null removes that field.
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
    """Some contacts, and how many there are in all."""

    items: tuple[Contact, ...]
    total: int


class SuppressionPage(Struct, frozen=True):
    """Some suppressions, and how many there are in all."""

    items: tuple[Suppression, ...]
    total: int


class Reject(Struct, frozen=True):
    """A row of an import that was not taken: where it began (from line 1), why, what to do.

    `text` is the beginning of the row or of the field at fault; `field` is null where the row as
    a whole is.
    """

    line: int
    field: str | None
    reason: str
    remedy: str
    text: str


class ImportOutcome(Struct, frozen=True):
    """What an import did, or in a dry run would do.

    `rows` = `added` + `changed` + `unchanged` + `duplicates` + `rejected`. `rejects` tells the
    first 1,000 of the rejected and duplicate rows, in the order of their lines; `rejects_omitted`
    counts the rest. `added_to_group` counts contacts that were not in the group before.
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

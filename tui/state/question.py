"""The query for a list of enrollments: search words, three dropdowns, and the sort order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, cast, get_args

from common import filters
from common.filter_values import Word
from common.filters import Field, FieldTerm, Filter, FilterError
from common.model.listing import Sort

DROPDOWNS: Final = (Field.STATUS, Field.STEP, Field.BY)
"""The fields with a dropdown, in the order in which they are written."""
DEFAULT_SORT: Final[Sort] = "name"

_SORTS: Final[frozenset[str]] = frozenset(get_args(Sort))


@dataclass(frozen=True)
class Question:
    """A query for a sequence's enrollments, from the search line and the dropdowns.

    `words` is the text of the search line: names, digits, and any other terms of the filter
    language. The values of a dropdown are joined by OR; no value means any.
    """

    words: str = ""
    status: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    sort: Sort = DEFAULT_SORT

    @classmethod
    def of(cls, q: str, sort: Sort = DEFAULT_SORT) -> Question:
        """Parse a filter: what a dropdown can express goes there, the rest stays in the words.

        A field that is negated or used twice stays in the words. Raises FilterError.
        """
        read = filters.parse(q)
        chosen = {field: _plain_values(read, field) for field in DROPDOWNS}
        for field, values in chosen.items():
            if values:
                read = filters.without(read, field)
        return cls(
            filters.format(read), chosen[Field.STATUS], chosen[Field.STEP], chosen[Field.BY], sort
        )

    @property
    def filter(self) -> Filter:
        """The whole query as terms. Raises FilterError, with its place in `words`.

        Only spaces is an error, not a search for everyone.
        """
        if self.words.isspace():
            raise FilterError(
                "only spaces", Word(self.words, 0), "Type a name or a filter, or clear the search."
            )
        terms = list(filters.parse(self.words).terms)
        for field, values in zip(DROPDOWNS, (self.status, self.step, self.by), strict=True):
            terms += filters.with_values(Filter(), field, values).terms
        return Filter(tuple(terms))

    @property
    def q(self) -> str:
        """The whole query in the filter language. Raises FilterError, with its place in `words`."""
        return filters.format(self.filter)

    @property
    def is_plain(self) -> bool:
        """Whether it matches everyone."""
        return not (self.words or self.status or self.step or self.by)

    @property
    def column(self) -> str:
        """The column that the rows are sorted by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the order is reversed."""
        return self.sort.startswith("-")

    def values(self, field: Field | str) -> tuple[str, ...]:
        """What a dropdown shows as chosen, even if it was typed as words; empty for any.

        Raises FilterError.
        """
        return _plain_values(self.filter, Field(field))

    def typed(self, words: str) -> Question:
        """The same with other text in the search line; it may be incomplete."""
        return replace(self, words=words)

    def choosing(self, field: Field | str, values: tuple[str, ...]) -> Question:
        """The same with these values chosen in a dropdown, replacing other terms for that field.

        Raises FilterError.
        """
        field = Field(field)
        words = self.words
        rest = filters.parse(words)
        if (kept := filters.without(rest, field)) != rest:
            words = filters.format(kept)
        checked = _plain_values(filters.with_values(Filter(), field, values), field)
        if field is Field.STATUS:
            return replace(self, words=words, status=checked)
        if field is Field.STEP:
            return replace(self, words=words, step=checked)
        if field is Field.BY:
            return replace(self, words=words, by=checked)
        raise ValueError(f"no dropdown chooses {field}")

    def cleared(self) -> Question:
        """Everyone, in the same order."""
        return Question(sort=self.sort)

    def sorted_by(self, column: str) -> Question:
        """The same sorted by a column; if already sorted by it, reversed.

        Raises ValueError if there is no such column.
        """
        turned = column if column != self.sort else f"-{column}"
        if turned not in _SORTS:
            raise ValueError(f'cannot sort by "{column}"')
        return replace(self, sort=cast("Sort", turned))


def _plain_values(read: Filter, field: Field) -> tuple[str, ...]:
    """The values of the field's only term; empty if there is none, several, or a negated one."""
    terms = [one for one in read.terms if isinstance(one, FieldTerm) and one.field is field]
    if len(terms) != 1 or terms[0].negated:
        return ()
    return terms[0].values

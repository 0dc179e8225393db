"""Tables of hundreds of cases, each table checked by one test.

`each` is for cases that need no fixture of their own: a case of `pytest.mark.parametrize` costs
milliseconds, which adds up to minutes. All cases that fail are reported, by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

Test = Callable[..., None]


def each(
    names: str | Sequence[str], cases: Iterable[Any], ids: Callable[[Any], str] = repr
) -> Callable[[Test], Test]:
    """Run a test for each case, like `parametrize`; raises an ExceptionGroup of what failed."""
    taken = [names] if isinstance(names, str) else list(names)
    table = list(cases)
    assert table, "a table without cases tests nothing"

    def over_all(test: Test) -> Test:
        @wraps(test)
        def run(**fixtures: Any) -> None:
            failed = []
            for case in table:
                values = [case] if isinstance(names, str) else case
                try:
                    test(**fixtures, **dict(zip(taken, values, strict=True)))
                except Exception as error:  # noqa: BLE001 # raised below, all of them
                    error.add_note(f"in the case {ids(case)}")
                    failed.append(error)
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(table)} cases fail", failed)

        signature = inspect.signature(test)
        left = [one for name, one in signature.parameters.items() if name not in taken]
        assert len(left) == len(signature.parameters) - len(taken), f"not all of {taken} is taken"
        run.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return run

    return over_all

"""Internal logic: not visible while restricted, permanently deleted when erased."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change


def removed(campus: Campus, subject: int) -> Iterator[Change]:
    """It has nothing to hide it by, so it leaves the tables either way."""
    for table in ("person_setting", "ui_state"):
        for row in campus.rows(table, person_id=subject):
            yield Change(campus.place(table, row))

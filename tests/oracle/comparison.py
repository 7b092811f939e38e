"""What differs, said so that the row is found: a table, its key, and the columns."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tests.oracle.campus import Campus
from tests.oracle.changes import Row
from tests.oracle.lms_schema import PERSON_COLUMNS, REFERENCES


def require_same(said: list[str]) -> None:
    """Fail with every difference on a line of its own."""
    if said:
        raise AssertionError("Habeas and the model differ:\n" + "\n".join(said))


def table_differences(found: Campus, expected: Campus) -> list[str]:
    """Compare every row of every table."""
    return [
        f"{table} {each}"
        for table, rows in expected.tables.items()
        for each in differences(found.tables[table], rows)
    ]


def file_differences(found: set[str], expected: set[str]) -> list[str]:
    """Compare the paths of two file stores."""
    said = [f"{path}: should be gone" for path in found - expected]
    return sorted(said + [f"{path}: is missing" for path in expected - found])


def differences(found: Mapping[Any, Row], expected: Mapping[Any, Row]) -> list[str]:
    """Compare rows by key; of a row that is expected, only the columns that are expected."""
    said = [f"{key}: should be gone" for key in found.keys() - expected.keys()]
    said += [f"{key}: is missing" for key in expected.keys() - found.keys()]
    for key in expected.keys() & found.keys():
        for column, value in expected[key].items():
            if found[key].get(column, "no such column") != value:
                said.append(f"{key}: {column} is {found[key].get(column)!r}, not {value!r}")
    return sorted(said)


def digest_of(campus: Campus, institution_id: int, people: set[int]) -> str:
    """Digest every row of an institution, as the database gave it.

    Args:
        campus: The database's rows.
        institution_id: Whose rows.
        people: Its persons, also those who are gone.
    """
    named = people | {-institution_id}
    kept: dict[str, list[Row]] = {table: [] for table in campus.tables}
    for table, rows in campus.tables.items():
        columns = [column for name, column in PERSON_COLUMNS if name == table]
        for row in rows.values():
            is_named = any(row[column] in named for column in columns)
            if is_named or row.get("institution_id") == institution_id:
                kept[table].append(row)
    for table in _PARTS:
        parents = {
            (target, column): {row["id"] for row in kept[target]}
            for referring, column, target, _ in REFERENCES
            if referring == table
        }
        kept[table] = [
            row
            for row in campus.tables[table].values()
            if any(row[column] in ids for (_, column), ids in parents.items())
        ]
    texts = sorted(
        json.dumps([table, row], sort_keys=True) for table, rows in kept.items() for row in rows
    )
    return sha256("\n".join(texts).encode()).hexdigest()


_PARTS = ("submission_file", "plagiarism_check", "test_answer")
"""Tables whose rows name nobody, and belong to whom another row names."""

"""Course material: anonymised, unless nobody but the person can see it: then it goes."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Place, Row

AUTHORS = {"assignment": "author_id", "test": "author_id", "test_question": "author_id"}


def restricted(campus: Campus, subject: int) -> Iterator[Change]:
    nobody = campus.stand_in(subject)
    for row in campus.rows("course", responsible_id=subject):
        yield Change(campus.place("course", row), {"responsible_id": nobody})
    for table, column, row in produced(campus, subject):
        if not _others(campus, table, row, subject):
            yield Change(campus.place(table, row), {"is_hidden": True})
            for part in _parts(campus, table, row):
                yield Change(part, {"is_hidden": True})
        elif table == "material" and row["scope"] == "library":
            continue  # "except on shared content in Library"
        else:
            yield Change(campus.place(table, row), {column: nobody})
    for table, column in (("note", "owner_id"), ("material_share", "person_id")):
        for row in campus.rows(table, **{column: subject}):
            yield Change(campus.place(table, row), {"is_hidden": True})


def erased(campus: Campus, subject: int) -> Iterator[Change]:
    nobody = campus.stand_in(subject)
    for row in campus.rows("course", responsible_id=subject):
        yield Change(campus.place("course", row), {"responsible_id": nobody})
    for table, column, row in produced(campus, subject):
        if _others(campus, table, row, subject):
            yield Change(campus.place(table, row), {column: nobody})
        else:
            yield Change(campus.place(table, row))
            for part in _parts(campus, table, row):
                yield Change(part)
    for table, column in (("note", "owner_id"), ("material_share", "person_id")):
        for row in campus.rows(table, **{column: subject}):
            yield Change(campus.place(table, row))


def produced(campus: Campus, subject: int) -> Iterator[tuple[str, str, Row]]:
    """Give what the person made and others may see, with the column that names the person."""
    columns = AUTHORS | {"project": "created_by_id", "material": "owner_id"}
    for table, column in columns.items():
        for row in campus.rows(table, **{column: subject}):
            yield table, column, row


def for_nobody(campus: Campus, institution_id: int) -> Iterator[Place]:
    """Give what erased persons left that is to go: nobody can see it any more.

    A project goes with its last member. A document goes with its course or project, unless it is
    shared by name besides: then with its last reader. The library is there for whoever comes.
    """
    for row in campus.rows("project", institution_id=institution_id):
        members = campus.taking_part("project_member", project_id=row["id"])
        if not members and not campus.is_living(row["created_by_id"]):
            yield campus.place("project", row)
    for row in campus.rows("material", institution_id=institution_id):
        if campus.is_living(row["owner_id"]) or row["scope"] == "library":
            continue
        lies_somewhere = row["course_id"] is not None or row["project_id"] is not None
        shared = campus.taking_part("material_share", material_id=row["id"])
        if not lies_somewhere and not shared:
            yield campus.place("material", row)


def _others(campus: Campus, table: str, row: Row, subject: int) -> set[int]:
    """Give who else can see it."""
    match table:
        case "project":
            able = campus.taking_part("project_member", project_id=row["id"])
        case "material":
            able = campus.readers(row)
        case _:
            able = campus.taking_part("enrolment", course_id=row["course_id"])
    return able - {subject}


def _parts(campus: Campus, table: str, row: Row) -> list[Place]:
    """Give what cannot be without it: the questions of a test, whoever wrote them."""
    questions = campus.rows("test_question", test_id=row["id"]) if table == "test" else []
    return [campus.place("test_question", question) for question in questions]

"""The hard cells of what people produce for others: who can see it decides what becomes of it."""

import pytest

from tests.oracle.model import Model
from tests.oracle.rows import Rows
from tests.oracle.small_school import STAND_IN, column, course, people, school


@pytest.fixture
def rows() -> Rows:
    return school()


@pytest.mark.parametrize(
    ("scope", "readers", "restricted", "erased"),
    [
        ("personal", 0, "hidden", "gone"),
        ("personal", 1, "anonymous", "anonymous"),
        ("library", 0, "named", "anonymous"),
        ("course", 0, "anonymous", "anonymous"),
    ],
)
def test_a_document_goes_only_where_nobody_else_can_see_it(
    rows: Rows, scope: str, readers: int, restricted: str, erased: str
) -> None:
    a, b = people(rows, 2)
    made = course(rows, [b, a])
    in_course = made if scope == "course" else None
    path = rows.upload("document")
    document = rows.add("material", owner_id=a, scope=scope, course_id=in_course, path=path)
    for reader in [b][:readers]:
        rows.add("material_share", material_id=document, person_id=reader)
    model = Model(rows.campus())
    number = model.restrict(a)
    assert _looks(model, document, a) == restricted
    assert path in model.campus.files
    model.lift(number)
    assert _looks(model, document, a) == "named"
    model.erase(a)
    assert _looks(model, document, a) == erased
    assert (path in model.campus.files) == (erased != "gone")


def _looks(model: Model, document: int, owner: int) -> str:
    row = model.campus.find(("material", (document,)))
    if row is None:
        return "gone"
    if row["is_hidden"]:
        return "hidden"
    return {owner: "named", STAND_IN: "anonymous"}[row["owner_id"]]


def test_a_shared_document_goes_with_its_last_reader_and_its_file_with_it(rows: Rows) -> None:
    a, b = people(rows, 2)
    document = rows.add("material", owner_id=a, path=rows.upload("document"))
    rows.add("material_share", material_id=document, person_id=b)
    model = Model(rows.campus())
    model.erase(a)
    model.erase(b)
    assert not model.campus.tables["material"]
    assert not model.campus.files


def test_a_document_of_an_erased_owner_goes_with_its_course_and_the_library_stays(
    rows: Rows,
) -> None:
    a, b = people(rows, 2)
    made = course(rows, [b, a])
    rows.add("material", owner_id=a, scope="course", course_id=made, path="x")
    rows.add("material", owner_id=b, scope="course", course_id=made, path="y")
    rows.add("material", owner_id=a, scope="library", path="z")
    model = Model(rows.campus())
    model.erase(a)
    model.delete_course(made)
    model.re_examine(1)
    assert column(model, "material", "path") == ["y", "z"]


def test_a_document_that_a_restriction_holds_stays_when_its_course_goes(rows: Rows) -> None:
    a, b = people(rows, 2)
    made = course(rows, [b, a])
    rows.add("material", owner_id=a, scope="course", course_id=made, path="x")
    model = Model(rows.campus())
    number = model.restrict(a)
    model.delete_course(made)
    model.re_examine(1)
    model.lift(number)
    assert column(model, "material", "owner_id") == [a]


def test_a_file_that_another_record_names_stays(rows: Rows) -> None:
    a, b = people(rows, 2)
    for owner in (a, b):
        rows.add("material", owner_id=owner, path=rows.upload("document"))
    model = Model(rows.campus())
    model.erase(a)
    assert model.campus.files == {"uploads/document"}
    model.erase(b)
    assert not model.campus.files


def test_a_test_that_only_its_teacher_can_see_goes_with_the_questions_of_an_erased_colleague(
    rows: Rows,
) -> None:
    a, b = people(rows, 2)
    made = course(rows, [a, b])
    test = rows.add("test", course_id=made, author_id=a)
    rows.add("test_question", test_id=test, course_id=made, author_id=b)
    model = Model(rows.campus())
    model.erase(b)
    assert column(model, "test_question", "author_id") == [STAND_IN]
    model.erase(a)
    assert not model.campus.tables["test"]
    assert column(model, "course", "responsible_id") == [STAND_IN]


def test_a_project_of_ones_own_goes_and_one_with_others_loses_the_name(rows: Rows) -> None:
    a, b = people(rows, 2)
    for members in ([a], [a, b]):
        project = rows.add("project", created_by_id=a)
        for person in members:
            rows.add("project_member", project_id=project, person_id=person)
    model = Model(rows.campus())
    model.erase(a)
    assert column(model, "project", "created_by_id") == [STAND_IN]
    model.erase(b)
    assert not model.campus.tables["project"]

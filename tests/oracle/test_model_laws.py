"""What must hold of the model itself, whatever happens in whichever world."""

from copy import deepcopy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.lms_schema import PERSON_COLUMNS
from tests.oracle.model import Model
from tests.oracle.rows import Rows
from tests.oracle.worlds import worlds

_OFTEN = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def model_of(world: Rows) -> Model:
    return Model(world.campus())


def somebody(model: Model, data: st.DataObject) -> int:
    people = sorted(model.campus.living(1) | model.campus.living(2))
    return data.draw(st.sampled_from(people))


@_OFTEN
@given(worlds(), st.data())
def test_restricting_and_lifting_leaves_everything_as_it_was(
    world: Rows, data: st.DataObject
) -> None:
    model = model_of(world)
    numbers = [model.restrict(somebody(model, data)) for _ in range(data.draw(st.integers(1, 4)))]
    for number in data.draw(st.permutations(numbers)):
        model.lift(number)
    assert model.campus.tables == world.campus().tables
    assert model.campus.files == world.files
    assert not model.vault.cells
    assert not model.vault.removed


@_OFTEN
@given(worlds(), st.data())
def test_erasing_a_restricted_person_ends_as_if_there_had_been_no_restriction(
    world: Rows, data: st.DataObject
) -> None:
    plain = model_of(world)
    subject = somebody(plain, data)
    restricted = deepcopy(plain)
    restricted.restrict(subject)
    restricted.trash(subject)
    for model in (plain, restricted):
        model.erase(subject)
    assert restricted.campus.tables == plain.campus.tables
    assert restricted.campus.files == plain.campus.files
    assert not restricted.vault.cells


@_OFTEN
@given(worlds(), st.data())
def test_an_erased_person_is_named_by_assessments_and_by_nothing_else(
    world: Rows, data: st.DataObject
) -> None:
    model = model_of(world)
    subject = somebody(model, data)
    model.erase(subject)
    named = {
        table for table, column in PERSON_COLUMNS if model.campus.rows(table, **{column: subject})
    }
    assert named <= {"grade", "attendance", "behaviour_comment", "extra_time", "marking_comment"}
    row = model.campus.find(("person", (subject,)))
    assert (row is not None) == bool(named)
    assert row is None or row["email"] is row["school"] is None


@_OFTEN
@given(worlds(), st.data())
def test_when_everybody_is_erased_only_what_no_rule_deletes_is_left(
    world: Rows, data: st.DataObject
) -> None:
    model = model_of(world)
    people = [row["id"] for row in world.tables["person"]]
    for subject in data.draw(st.permutations(people)):
        model.erase(subject)
        model.erase(subject)
    left = {table for table, rows in model.campus.tables.items() if rows}
    assert not left & {
        "person",
        "project",
        "thread",
        "message",
        "guardian",
        "submission",
        "grade",
        "note",
    }
    for course in world.tables["course"]:
        model.delete_course(course["id"])
    for institution_id in (1, 2):
        model.re_examine(institution_id)
    left = {table for table, rows in model.campus.tables.items() if rows}
    assert left <= {"institution", "material", "event"}


@_OFTEN
@given(worlds(), st.data())
def test_an_institution_is_not_touched_by_what_happens_in_another(
    world: Rows, data: st.DataObject
) -> None:
    model = model_of(world)
    others = {row["id"] for row in world.tables["person"] if row["institution_id"] == 2}
    for subject in sorted(model.campus.living(1)):
        match data.draw(st.sampled_from(["restrict", "erase", "leave"])):
            case "restrict":
                model.restrict(subject)
            case "erase":
                model.erase(subject)
    for table, column in PERSON_COLUMNS:
        before = [row for row in world.tables[table] if row[column] in others]
        after = [row for row in model.campus.tables[table].values() if row[column] in others]
        assert after == before

"""What is held stays as it is, and so does, row by row, what it hangs on; everything else goes."""

from typing import Any

import pytest

from app.rules import HeldRule
from app.sources.hands import Deferred
from app.sources.keys import Keys
from schemas.vocabulary import Effect, HeldBy, Right
from tests.fixtures.small_lms import NewSmallLms, SmallLms, holding, ids, small_map

COURSES = """
CREATE TABLE course (id bigint PRIMARY KEY, owner_id bigint, editor_id bigint, kind text);
CREATE TABLE unit (id bigint PRIMARY KEY, course_id bigint REFERENCES course ON DELETE CASCADE);
CREATE TABLE grade (id bigint PRIMARY KEY, student_id bigint, editor_id bigint, kind text,
    unit_id bigint REFERENCES unit ON DELETE CASCADE);
INSERT INTO course VALUES
    (1, 1, NULL, 'a'), (2, 1, NULL, 'a'), (3, 1, NULL, 'a'), (4, 2, NULL, 'a'), (5, 1, 1, 'b'), (6, 2, 1, 'b');
INSERT INTO unit VALUES (10, 1), (20, 2), (40, 4), (50, 5), (60, 6);
INSERT INTO grade VALUES
    (100, 2, NULL, 'grade', 10), (200, 2, NULL, 'draft', 20), (500, 1, 1, 'grade', 50), (600, 2, 1, 'grade', 60);
"""
"""Of the first, fifth and sixth course hang grades; of the second, what is none."""

GRADE: dict[str, Any] = {
    "where": {"is": {"kind": "grade"}},
    "anonymise": {"set": {"student_id": None, "editor_id": None}},
    "roles": {
        "student": {"column": "student_id", "erasure": "delete", "restriction": "anonymise"},
        "editor": {"column": "editor_id", "erasure": "anonymise", "restriction": "anonymise"},
    },
}
ANONYMISED = {"anonymise": {"set": {"owner_id": None, "editor_id": None}}}


def course(*rules: Any, **spec: Any) -> dict[str, Any]:
    """Build a record type whose owners and editors meet these rules."""
    meets: dict[str, Any] = {"erasure": list(rules), "restriction": "anonymise"}
    roles = {each: {"column": f"{each}_id", **meets} for each in ("owner", "editor")}
    return {"course": {**ANONYMISED, "roles": roles, **spec}}


async def counted(lms: SmallLms, name: str, right: Right = Right.ERASURE) -> dict[str, int]:
    """Count by effect; what is kept, by why it is held."""
    counts: dict[str, int] = {}
    for each in await (await lms.hands(right)).counts([name], is_forecast=True):
        rule = each.branch.rule
        word = rule.held_by if isinstance(rule, HeldRule) else rule.effect
        counts[word] = counts.get(word, 0) + each.count
    return counts


async def test_all_records_of_a_held_type_stay_and_a_restriction_changes_them_as_ever(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(COURSES, holding(small_map({"grade": GRADE}), "grade"))
    before = await lms.rows("SELECT * FROM grade")
    assert await counted(lms, "grade") == {HeldBy.HOLD: 2}
    assert await lms.act("grade") == []
    async with (await lms.hands()).batch() as batch:
        assert (await batch.act("grade", Keys([["500", "600"]]))).branches == ()
        await batch.commit()
    assert await lms.rows("SELECT * FROM grade") == before
    assert await counted(lms, "grade", Right.RESTRICTION) == {Effect.ANONYMISE: 2}
    await lms.act("grade", Right.RESTRICTION)
    assert await lms.rows("SELECT id, student_id FROM grade WHERE id = 500") == [(500, None)]


async def test_a_row_stays_while_a_held_one_refers_to_it_through_other_tables(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(COURSES, holding(small_map({**course("delete"), "grade": GRADE}), "grade"))
    assert await counted(lms, "course") == {Effect.DELETE: 2, HeldBy.DEPENDENCE: 3}
    assert await counted(lms, "course", Right.RESTRICTION) == {Effect.ANONYMISE: 5}
    await lms.act("course")
    assert await ids(lms, "course") == {1, 4, 5, 6}
    assert await ids(lms, "grade") == {100, 500, 600}


async def test_a_row_that_would_only_be_changed_is_what_refers_to_it_or_not(
    new_lms: NewSmallLms,
) -> None:
    held = holding(small_map({**course("anonymise"), "grade": GRADE}), "grade")
    lms = await new_lms(COURSES, held)
    await lms.act("course")
    rows = await lms.rows("SELECT id, owner_id, editor_id FROM course")
    assert rows == [(n, 2 if n in {4, 6} else None, None) for n in range(1, 7)]


async def test_each_rule_gives_way_only_for_what_hangs_on_the_row(new_lms: NewSmallLms) -> None:
    rules = [
        {"when": {"is": {"kind": "b"}}, "effect": "keep", "because": "x"},
        {"when": {"is": {"id": 3}}, "effect": "anonymise"},
        {"effect": "delete"},
    ]
    lms = await new_lms(COURSES, holding(small_map({**course(*rules), "grade": GRADE}), "grade"))
    assert await counted(lms, "course") == {
        Effect.KEEP: 2,
        Effect.ANONYMISE: 1,
        Effect.DELETE: 1,
        HeldBy.DEPENDENCE: 1,
    }
    await lms.act("course")
    rows = await lms.rows("SELECT id, owner_id FROM course")
    assert rows == [(1, 1), (3, None), (4, 2), (5, 1), (6, 2)]


async def test_a_rule_gives_way_only_where_its_condition_holds(new_lms: NewSmallLms) -> None:
    rules = [
        {"when": {"is": {"kind": "a"}}, "effect": "delete"},
        {"effect": "keep", "because": "x"},
    ]
    lms = await new_lms(COURSES, holding(small_map({**course(*rules), "grade": GRADE}), "grade"))
    assert await counted(lms, "course") == {
        Effect.KEEP: 2,
        Effect.DELETE: 2,
        HeldBy.DEPENDENCE: 1,
    }


@pytest.mark.parametrize(
    ("links", "more"),
    [
        pytest.param("", {}, id="nothing refers to it"),
        pytest.param(
            "",
            {"references": {"grade.unit_id": "unit.id", "gone.id": "course.id"}},
            id="the map knows of references to other tables, and of a table that is not there",
        ),
        pytest.param(
            "ALTER TABLE grade ADD FOREIGN KEY (student_id) REFERENCES person;"
            "ALTER TABLE person ADD course_id bigint REFERENCES course;"
            "UPDATE person SET course_id = 1 WHERE id = 2",
            {},
            id="by way of the person's own row",
        ),
    ],
)
async def test_where_nothing_that_is_held_can_hang_on_a_type_no_rule_is_there_for_it(
    new_lms: NewSmallLms, links: str, more: dict[str, Any]
) -> None:
    tables = COURSES.replace("REFERENCES course ON DELETE CASCADE", "") + links
    data_map = holding(small_map({**course("delete"), "grade": GRADE}, **more), "grade")
    lms = await new_lms(tables, data_map)
    assert await counted(lms, "course") == {Effect.DELETE: 5}


async def test_references_of_the_map_count_like_the_databases(new_lms: NewSmallLms) -> None:
    tables = COURSES.replace("REFERENCES course ON DELETE CASCADE", "")
    types = {**course("delete"), "grade": GRADE}
    data_map = holding(small_map(types, references={"unit.course_id": "course.id"}), "grade")
    lms = await new_lms(tables, data_map)
    await lms.act("course")
    assert await ids(lms, "course") == {1, 4, 5, 6}


async def test_only_what_is_said_to_refer_to_a_table_refers_to_it(new_lms: NewSmallLms) -> None:
    """Grades refer to units by number, units to courses; grades and courses share numbers."""
    tables = COURSES.replace("REFERENCES course ON DELETE CASCADE", "")
    tables += "INSERT INTO grade VALUES (2, 2, NULL, 'grade', 60);"
    types = {**course("delete"), "grade": GRADE}
    references = {"unit.course_id": "course.id", "grade.id": "unit.id"}
    data_map = holding(small_map(types, references=references), "grade")
    lms = await new_lms(tables, data_map)
    await lms.act("course")
    assert await ids(lms, "course") == {1, 4, 5, 6}


CIRCLE = """
ALTER TABLE course ADD parent_id bigint REFERENCES course, ADD first_id bigint REFERENCES unit;
UPDATE course SET parent_id = 1, first_id = 10 WHERE id = 3;
"""


async def test_tables_that_refer_to_each_other_in_a_circle_are_gone_through_once(
    new_lms: NewSmallLms,
) -> None:
    data_map = holding(small_map({**course("delete"), "grade": GRADE}), "grade")
    lms = await new_lms(COURSES + CIRCLE, data_map)
    await lms.act("course")
    assert await ids(lms, "course") == {1, 4, 5, 6}


async def test_a_table_between_may_refer_to_itself_too(new_lms: NewSmallLms) -> None:
    links = "ALTER TABLE unit ADD in_id bigint REFERENCES unit; INSERT INTO unit VALUES (30, 3);"
    links += "INSERT INTO unit VALUES (31, NULL, 30), (32, NULL, 31);"
    links += "INSERT INTO grade VALUES (300, 2, NULL, 'grade', 32);"
    data_map = holding(small_map({**course("delete"), "grade": GRADE}), "grade")
    lms = await new_lms(COURSES + links, data_map)
    await lms.act("course")
    assert await ids(lms, "course") == {1, 3, 4, 5, 6}


async def test_of_a_table_that_is_held_in_part_the_other_part_may_bear_something_held(
    new_lms: NewSmallLms,
) -> None:
    links = "ALTER TABLE unit ADD kind text, ADD owner_id bigint;"
    links += "UPDATE unit SET kind = 'exam' WHERE id = 20;"
    owner = {"owner": {"column": "owner_id", "erasure": "delete"}}
    types = {
        **course("delete"),
        "exam": {"table": "unit", "where": {"is": {"kind": "exam"}}, "roles": owner},
        "grade": GRADE,
    }
    lms = await new_lms(COURSES + links, holding(small_map(types), "grade", "exam"))
    await lms.act("course")
    assert await ids(lms, "course") == {1, 2, 4, 5, 6}


PARTS = """
CREATE TABLE whole (a bigint, b bigint, owner_id bigint, PRIMARY KEY (a, b));
CREATE TABLE part (id bigint PRIMARY KEY, whole_b bigint, whole_a bigint, owner_id bigint,
    FOREIGN KEY (whole_a, whole_b) REFERENCES whole ON DELETE CASCADE);
INSERT INTO whole VALUES (1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1);
INSERT INTO part VALUES (1, 2, 1, 2);
"""


async def test_a_reference_of_two_columns_names_one_row(new_lms: NewSmallLms) -> None:
    owned = {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}
    types = {"whole": owned | {"key": ["a", "b"]}, "part": owned}
    lms = await new_lms(PARTS, holding(small_map(types), "part"))
    await lms.act("whole")
    assert await lms.rows("SELECT a, b FROM whole") == [(1, 2)]


ATTEMPTS = """
CREATE TABLE attempt (id bigint PRIMARY KEY, student_id bigint, kind text);
CREATE TABLE answer (id bigint PRIMARY KEY, attempt_id bigint, kind text);
CREATE TABLE remark (id bigint PRIMARY KEY, answer_id bigint);
INSERT INTO attempt VALUES (1, 1, 'a'), (2, 1, 'a'), (3, 1, 'a'), (4, 2, 'a'), (5, 1, 'a');
INSERT INTO answer VALUES (10, 1, 'answer'), (20, 2, 'draft'), (40, 4, 'answer'), (50, 5, 'answer');
INSERT INTO remark VALUES (100, 10);
"""
LED: dict[str, Any] = {
    "attempt": {
        "anonymise": {"set": {"student_id": None}},
        "roles": {"student": {"column": "student_id", "erasure": "anonymise"}},
    },
    "answer": {
        "where": {"is": {"kind": "answer"}},
        "roles": {
            "student": {"via": "attempt", "match": {"attempt_id": "id"}, "erasure": "delete"}
        },
    },
    "remark": {
        "roles": {"student": {"via": "answer", "match": {"answer_id": "id"}, "erasure": "delete"}}
    },
}


@pytest.mark.parametrize("effect", ["anonymise", "delete"])
@pytest.mark.parametrize(
    ("held", "stays"),
    [
        pytest.param("answer", {1, 5}, id="found through it"),
        pytest.param("remark", {1}, id="found through what is found through it"),
    ],
)
async def test_what_leads_to_something_held_is_neither_deleted_nor_changed(
    new_lms: NewSmallLms, held: str, stays: set[int], effect: str
) -> None:
    student = {"column": "student_id", "erasure": effect}
    types = LED | {"attempt": {**LED["attempt"], "roles": {"student": student}}}
    lms = await new_lms(ATTEMPTS, holding(small_map(types), held))
    await lms.act("attempt")
    rows = await lms.rows("SELECT id FROM attempt WHERE student_id = 1")
    assert {row[0] for row in rows} == stays


async def test_only_what_something_held_is_found_through_stays_for_it(new_lms: NewSmallLms) -> None:
    """A note has the number of an attempt, and nothing to do with its answers."""
    tables = f"{ATTEMPTS} CREATE TABLE note (id bigint PRIMARY KEY, owner_id bigint);"
    tables += "INSERT INTO note VALUES (1, 1);"
    note = {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}
    lms = await new_lms(tables, holding(small_map({**LED, "note": note}), "answer"))
    await lms.act("note")
    assert await ids(lms, "note") == set()


async def test_what_leads_to_something_held_and_is_kept_anyway_is_kept_by_its_own_rule(
    new_lms: NewSmallLms,
) -> None:
    student = {"column": "student_id", "erasure": {"effect": "keep", "because": "x"}}
    types = LED | {"attempt": {**LED["attempt"], "roles": {"student": student}}}
    lms = await new_lms(ATTEMPTS, holding(small_map(types), "answer"))
    assert await counted(lms, "attempt") == {Effect.KEEP: 4}


async def test_what_is_held_itself_is_kept_for_that_also_where_something_held_hangs_on_it(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(ATTEMPTS, holding(small_map(LED), "answer", "remark"))
    assert await counted(lms, "answer") == {HeldBy.HOLD: 2}


async def test_a_table_of_another_source_by_the_same_name_is_another_table(
    new_lms: NewSmallLms,
) -> None:
    away = {
        "source": "store",
        "table": "unit",
        "roles": {"owner": {"column": "owner_id", "erasure": "delete"}},
    }
    sources = {name: {"kind": "sql", "url": name} for name in ("lms", "store")}
    types = {**course("delete"), "away": away}
    lms = await new_lms(COURSES, holding(small_map(types, sources=sources), "away"))
    assert await counted(lms, "course") == {Effect.DELETE: 5}


async def test_the_persons_row_goes_by_its_own_rule_about_what_names_it(
    new_lms: NewSmallLms,
) -> None:
    named = {"when": {"named_by_kept": True}, "effect": "anonymise", "set": {"name": "x"}}
    types = {"person": {"erasure": [named, "delete"]}, "grade": GRADE}
    tables = f"{COURSES} ALTER TABLE grade ADD FOREIGN KEY (student_id) REFERENCES person;"
    lms = await new_lms(tables, holding(small_map(types), "grade"))
    assert await lms.act("person")
    assert await lms.rows("SELECT name FROM person WHERE id = 1") == [("x",)]


WAITS = {
    "effect": "keep",
    "because": "x",
    "until": {"person_gone": "editor_id"},
    "then": "delete",
}


@pytest.mark.parametrize(
    ("where", "released"),
    [
        pytest.param({}, [1], id="of the first course hangs a grade"),
        pytest.param({"where": {"is": {"kind": "b"}}}, [0, 1], id="which is none of these"),
    ],
)
async def test_a_container_of_what_bears_something_held_is_not_released_yet(
    new_lms: NewSmallLms, where: dict[str, Any], released: list[int]
) -> None:
    deferred = Deferred("course", "owner", 0, (("5",), ("6",)))
    data_map = small_map(course(WAITS, **where) | {"grade": GRADE})
    told = []
    for each in (data_map, holding(data_map, "grade")):
        lms = await new_lms(COURSES, each)
        await lms.connection.execute("UPDATE course SET editor_id = id + 4 WHERE id IN (1, 2)")
        told.append(list(await (await lms.hands()).released(deferred)))
    assert told == [[0, 1], released]


async def test_what_has_come_to_bear_something_held_since_is_passed_over(
    new_lms: NewSmallLms,
) -> None:
    data_map = holding(small_map(course(WAITS) | {"grade": GRADE}), "grade")
    lms = await new_lms(COURSES, data_map)
    await lms.connection.execute("UPDATE course SET owner_id = 9, editor_id = 5 WHERE id < 3")
    hands, deferred = await lms.hands(), Deferred("course", "owner", 0, (("5",),))
    assert [list(keys) async for keys in hands.release_candidates(deferred)] == [[("2",)]]
    async with hands.batch() as batch:
        assert (await batch.release(deferred, Keys([["1", "2"]]))).count == 1
        await batch.commit()
    assert await ids(lms, "course") == {1, 3, 4, 5, 6}
    assert await ids(lms, "grade") >= {100}

"""The person's own row and the stand-in are found within the controller, and the stand-in is made once."""

from typing import Any

import pytest

from schemas.vocabulary import Right
from tests.fixtures.small_lms import NewSmallLms, small_map

PEOPLE = {"person": {"erasure": "delete"}}


@pytest.mark.parametrize(
    ("subject", "more", "is_there"),
    [
        pytest.param(1, {}, True, id="a person of the school"),
        pytest.param(4, {}, False, id="of another school"),
        pytest.param(5, {}, False, id="nobody"),
        pytest.param(4, {"controller": None}, True, id="where the source has one controller"),
        pytest.param(1, {"where": {"is": {"name": "Ola"}}}, False, id="a row that is nobody"),
        pytest.param(2, {"where": {"is": {"name": "Ola"}}}, True, id="a row that is somebody"),
    ],
)
async def test_a_person_is_there_within_the_controller(
    new_lms: NewSmallLms, subject: int, more: dict[str, Any], *, is_there: bool
) -> None:
    lms = await new_lms("", small_map(PEOPLE, subject=more))
    assert await (await lms.hands(subject=subject)).is_there() is is_there


NUMBERED = """
CREATE SEQUENCE numbers START 30;
ALTER TABLE person ALTER id SET DEFAULT nextval('numbers'), ADD active boolean;
DELETE FROM person WHERE id = 9;
"""
LOOKS = {"set": {"name": "Nobody", "active": None}}


async def test_a_stand_in_is_made_once_a_controller(new_lms: NewSmallLms) -> None:
    lms = await new_lms(NUMBERED, small_map(PEOPLE, subject={"stand_in": LOOKS}))
    await lms.connection.execute("INSERT INTO person VALUES (20, 8, 'Nobody')")
    hands = await lms.hands()
    assert await hands.known_stand_in() == ""
    assert [await hands.stand_in() for _ in range(2)] == ["30", "30"]
    assert await hands.known_stand_in() == "30"
    assert await lms.rows("SELECT * FROM person WHERE id >= 20") == [
        (20, 8, "Nobody", None),
        (30, 7, "Nobody", None),
    ]


async def test_of_several_that_look_like_a_stand_in_the_first_is_taken(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(NUMBERED, small_map(PEOPLE, subject={"stand_in": LOOKS}))
    await lms.connection.execute(
        "INSERT INTO person VALUES (12, 7, 'Nobody', NULL), (11, 7, 'Nobody', NULL), (10, 7, 'Nobody', true)"
    )
    assert await (await lms.hands()).stand_in() == "11"


async def test_a_stand_in_may_have_the_key_0(new_lms: NewSmallLms) -> None:
    lms = await new_lms(NUMBERED, small_map(PEOPLE, subject={"stand_in": LOOKS}))
    await lms.connection.execute("INSERT INTO person VALUES (0, 7, 'Nobody', NULL)")
    assert await (await lms.hands()).known_stand_in() == "0"


async def test_a_source_of_one_controller_has_one_stand_in(new_lms: NewSmallLms) -> None:
    tables = f"{NUMBERED} ALTER TABLE person DROP school_id;"
    lms = await new_lms(tables, small_map(PEOPLE, subject={"stand_in": LOOKS, "controller": None}))
    hands = await lms.hands()
    assert [await hands.stand_in() for _ in range(2)] == ["30", "30"]


async def test_a_map_without_a_stand_in_needs_none(new_lms: NewSmallLms) -> None:
    lms = await new_lms("", small_map(PEOPLE, subject={"stand_in": None}))
    hands = await lms.hands()
    assert (await hands.stand_in(), await hands.known_stand_in()) == ("", "")


NAMED = """
CREATE TABLE course (id bigint PRIMARY KEY, teacher_id bigint, kind text);
CREATE TABLE lesson (id bigint PRIMARY KEY, teacher_id bigint);
CREATE TABLE photo (id bigint PRIMARY KEY, person_id bigint);
"""
STRIPPED: dict[str, Any] = {
    "person": {
        "erasure": [
            {
                "when": {"named_by_kept": True},
                "effect": "anonymise",
                "set": {"name": "$key gone"},
                "until": {"not": {"named_by_kept": True}},
                "then": "delete",
            },
            "delete",
        ]
    },
    "course": {
        "where": {"is": {"kind": "course"}},
        "roles": {
            "teacher": {
                "column": "teacher_id",
                "where": {"not": {"is": {"id": 3}}},
                "erasure": "keep",
            }
        },
    },
    "lesson": {"roles": {"teacher": {"column": "teacher_id", "erasure": "delete"}}},
    "photo": {
        "source": "store",
        "roles": {"person": {"column": "person_id", "erasure": "keep"}},
    },
}
SOURCES = {"lms": {"kind": "sql", "url": "x"}, "store": {"kind": "sql", "url": "y"}}


@pytest.mark.parametrize(
    ("row", "left"),
    [
        pytest.param(
            "course VALUES (1, 1, 'course')", (1, "1 gone"), id="a kept record names them"
        ),
        pytest.param("lesson VALUES (1, 1)", (1, "1 gone"), id="one without conditions"),
        pytest.param("course VALUES (1, 2, 'course')", None, id="one that names another"),
        pytest.param("course VALUES (1, 1, 'draft')", None, id="a row of no record type"),
        pytest.param("course VALUES (3, 1, 'course')", None, id="a row that is in no role"),
        pytest.param("photo VALUES (1, 1)", None, id="a table of another source"),
    ],
)
async def test_a_persons_row_is_stripped_while_a_kept_record_names_it_else_it_goes(
    new_lms: NewSmallLms, row: str, left: tuple[int, str] | None
) -> None:
    lms = await new_lms(f"{NAMED} INSERT INTO {row}", small_map(STRIPPED, sources=SOURCES))
    await lms.act("person")
    assert await lms.rows("SELECT id, name FROM person WHERE id = 1") == (
        [] if left is None else [left]
    )


async def test_what_is_longer_than_its_column_is_cut(new_lms: NewSmallLms) -> None:
    narrow = "ALTER TABLE person ALTER name TYPE varchar(3) USING left(name, 3)"
    course = "INSERT INTO course VALUES (1, 1, 'course')"
    lms = await new_lms(f"{NAMED} {narrow}; {course}", small_map(STRIPPED, sources=SOURCES))
    await lms.act("person")
    assert await lms.rows("SELECT name FROM person WHERE id = 1") == [("1 g",)]


@pytest.mark.parametrize(("subject", "effect"), [(1, "anonymise"), (2, "delete")])
async def test_a_rule_may_ask_whether_no_kept_record_names_the_person(
    new_lms: NewSmallLms, subject: int, effect: str
) -> None:
    rules = [
        {"when": {"named_by_kept": False}, "effect": "delete"},
        {"effect": "anonymise", "set": {"name": "x"}},
    ]
    lms = await new_lms(
        f"{NAMED} INSERT INTO course VALUES (1, 1, 'course')",
        small_map(STRIPPED | {"person": {"erasure": rules}}, sources=SOURCES),
    )
    found = await (await lms.hands(subject=subject)).counts(["person"], is_forecast=False)
    assert {each.branch.rule.effect for each in found} == {effect}


async def test_a_forecast_of_the_persons_row_asks_what_will_be_kept(new_lms: NewSmallLms) -> None:
    row = "INSERT INTO course VALUES (1, 1, 'course'), (2, 2, 'course')"
    lms = await new_lms(f"{NAMED} {row}", small_map(STRIPPED, sources=SOURCES))
    for subject, effects in ((1, {"keep", "anonymise"}), (3, {"delete"})):
        found = await (await lms.hands(Right.ERASURE, subject)).counts(
            ["course", "person"], is_forecast=True
        )
        assert {each.branch.rule.effect for each in found} == effects


async def test_a_forecast_does_not_count_what_names_the_person_and_will_go(
    new_lms: NewSmallLms,
) -> None:
    row = "INSERT INTO lesson VALUES (1, 1)"
    lms = await new_lms(f"{NAMED} {row}", small_map(STRIPPED, sources=SOURCES))
    found = await (await lms.hands()).counts(["lesson", "person"], is_forecast=True)
    assert {each.branch.rule.effect for each in found} == {"delete"}

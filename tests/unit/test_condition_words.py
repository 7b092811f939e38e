"""What a record waits for is said in words, with no noun but the map's own."""

from typing import Any

import pytest

from app.conditions import in_words
from schemas.data_map import Condition
from tests.fixtures.bundles import campus

SAID: list[tuple[dict[str, Any], str]] = [
    ({"nobody_left": "thread"}, "nobody else is left in its thread"),
    ({"only_subject": "seen_by"}, "nobody else is left in its seen by"),
    ({"shared": "project"}, "somebody else is in its project"),
    ({"container_gone": "course_id"}, "its course is gone"),
    ({"container_gone": ["course_id", "project_id"]}, "its course and project are gone"),
    ({"container_gone": "announcement_id.course_id"}, "its announcement's course is gone"),
    ({"person_gone": "student_id"}, "the student is erased"),
    ({"person_gone": "class_teacher_id"}, "the class teacher is erased"),
    ({"named_by_kept": True}, "records that are kept show the name"),
    ({"named_by_kept": False}, "no record that is kept shows the name any more"),
    ({"is": {"kind": "personal"}}, "its kind is personal"),
    ({"is": {"kind": ["a", None]}}, "its kind is a or empty"),
    ({"is": {"is_open": True}}, "its is open is true"),
    ({"not": {"nobody_left": "thread"}}, "somebody else is in its thread"),
    ({"not": {"shared": "thread"}}, "nobody else is left in its thread"),
    ({"not": {"container_gone": "course_id"}}, "its course is not gone"),
    (
        {"not": {"container_gone": ["course_id", "project_id"]}},
        "its course and project are not all gone",
    ),
    ({"not": {"person_gone": "student_id"}}, "the student is not erased"),
    ({"not": {"named_by_kept": True}}, "no record that is kept shows the name any more"),
    ({"not": {"is": {"kind": "personal"}}}, "its kind is not personal"),
    ({"not": {"not": {"person_gone": "student_id"}}}, "the student is erased"),
    (
        {"nobody_left": "share", "container_gone": "course_id"},
        "nobody else is left in its share and its course is gone",
    ),
    (
        {"not": {"nobody_left": "share", "container_gone": "course_id"}},
        "it is not so that nobody else is left in its share and its course is gone",
    ),
    (
        {"not": {"not": {"nobody_left": "share", "container_gone": "course_id"}}},
        "nobody else is left in its share and its course is gone",
    ),
]


@pytest.mark.parametrize(("condition", "words"), SAID, ids=[words for _, words in SAID])
def test_a_condition_reads_as(condition: dict[str, Any], words: str) -> None:
    assert in_words(Condition.model_validate(condition)) == words


def test_everything_that_the_campus_defers_says_until_when() -> None:
    waits = [
        rule.until
        for record_type in campus().record_types.values()
        for rules in (
            record_type.erasure,
            *(role.erasure for role in record_type.roles.values()),
        )
        for rule in rules or ()
        if rule.until is not None
    ]
    assert len(waits) > 10
    assert all("_" not in in_words(each) for each in waits)

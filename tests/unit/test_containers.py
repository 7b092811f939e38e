"""A deferral remembers the columns that its condition looks at, and no others."""

from typing import Any

import pytest

from app.conditions import container_columns
from schemas.data_map import Condition
from tests.fixtures.small_lms import small_map

AUDIENCES = {
    "thread": {"table": "member", "match": {"thread_id": "id", "part": "part"}, "person": "who"},
    "course": {"table": "enrolment", "match": {"course_id": "course_id"}, "person": "who"},
    "anybody": {"any": ["course", {"everyone": {"is": {"scope": "library"}}}]},
    "members": {"any": [{"everyone": {"not": {"is": {"kind": "guest"}}}}]},
}
MAP = small_map({"message": {}}, audiences=AUDIENCES)


@pytest.mark.parametrize(
    ("until", "columns"),
    [
        pytest.param({"nobody_left": "thread"}, ("part", "thread_id"), id="nobody is left"),
        pytest.param({"only_subject": "course"}, ("course_id",), id="only the subject"),
        pytest.param({"shared": "course"}, ("course_id",), id="shared"),
        pytest.param({"nobody_left": "anybody"}, ("course_id", "scope"), id="one of audiences"),
        pytest.param({"shared": "members"}, ("kind",), id="everyone, less some"),
        pytest.param({"container_gone": "post_id.course_id"}, ("post_id",), id="a path's start"),
        pytest.param({"container_gone": ["b", "a"]}, ("a", "b"), id="two containers, sorted"),
        pytest.param({"person_gone": "student_id"}, ("student_id",), id="a person is gone"),
        pytest.param({"named_by_kept": False}, ("id",), id="kept records name the person"),
        pytest.param({"is": {"scope": "x", "kind": 1}}, ("kind", "scope"), id="values"),
        pytest.param({"not": {"person_gone": "student_id"}}, ("student_id",), id="the opposite"),
        pytest.param(
            {"person_gone": "who", "not": {"is": {"who": 1}}}, ("who",), id="each column once"
        ),
    ],
)
def test_a_container_is_the_columns_that_the_condition_looks_at(
    until: dict[str, Any], columns: tuple[str, ...]
) -> None:
    assert container_columns(MAP, Condition.model_validate(until)) == columns

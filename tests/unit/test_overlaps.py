"""What restrictions that hold the same record make of each other where the platform has written it since."""

import json

import pytest

from app.engine.overlaps import taken_over, what_is_left
from app.sources.hands import NOTHING, FormerRecord


def held(former: dict[str, str], after: dict[str, str] | None) -> FormerRecord:
    return FormerRecord(("7",), 1, json.dumps(former), None if after is None else json.dumps(after))


def cells(record: FormerRecord | None) -> tuple[object, object]:
    assert record is not None
    return json.loads(record.former), None if record.after is None else json.loads(record.after)


OLDER = held({"owner": "4", "hidden": "f"}, {"owner": "-1", "hidden": "t"})


@pytest.mark.parametrize("is_same_subject", [True, False])
@pytest.mark.parametrize(
    ("known", "former"),
    [
        pytest.param(OLDER, held({"owner": "4"}, {"owner": "-1"}), id="taken over"),
        pytest.param(OLDER, held({"title": "x"}, {"title": ""}), id="of another column"),
        pytest.param(held({}, {}), held({"owner": "3"}, {"owner": "-1"}), id="noted"),
        pytest.param(
            held({"owner": "4"}, None), held({"owner": "3"}, {"owner": "-1"}), id="of a row away"
        ),
        pytest.param(held({"owner": "4"}, None), held({"owner": "4"}, None), id="the same row"),
    ],
)
def test_what_both_would_give_back_alike_is_held_as_before(
    known: FormerRecord, former: FormerRecord, *, is_same_subject: bool
) -> None:
    assert what_is_left(known, former, is_same_subject=is_same_subject) == known


def test_what_is_noted_only_takes_nothing_from_anybody() -> None:
    noted = FormerRecord(("7",), 1, json.dumps({"owner": "3"}), NOTHING)
    assert what_is_left(OLDER, noted, is_same_subject=False) == OLDER


@pytest.mark.parametrize("after", [{"owner": "-2"}, None])
def test_a_cell_that_was_written_since_is_lost_to_another_subjects_restriction(
    after: dict[str, str] | None,
) -> None:
    written = held({"owner": "3"}, after)
    left = what_is_left(OLDER, written, is_same_subject=False)
    assert cells(left) == ({"hidden": "f"}, {"owner": "-1", "hidden": "t"})
    only = held({"owner": "4"}, {"owner": "-1"})
    assert what_is_left(only, written, is_same_subject=False) is None


def test_a_row_that_was_written_anew_is_lost_to_another_subjects_restriction() -> None:
    older, newer = held({"id": "7", "owner": "4"}, None), held({"id": "7", "owner": "3"}, None)
    assert what_is_left(older, newer, is_same_subject=False) is None
    assert cells(what_is_left(older, newer, is_same_subject=True)) == (cells(newer)[0], None)


@pytest.mark.parametrize(
    ("after", "expected"),
    [({"owner": "-2"}, {"owner": "-2", "hidden": "t"}), (None, {"owner": "-1", "hidden": "t"})],
)
def test_what_was_written_since_is_held_by_the_same_subjects_older_restriction_too(
    after: dict[str, str] | None, expected: dict[str, str]
) -> None:
    left = what_is_left(OLDER, held({"owner": "3"}, after), is_same_subject=True)
    assert cells(left) == ({"owner": "3", "hidden": "f"}, expected)


def test_what_another_restriction_set_is_taken_over_and_what_the_platform_wrote_is_not() -> None:
    here = held({"owner": "-1", "hidden": "f"}, {"owner": "-1", "hidden": "t"})
    assert cells(taken_over(here, [OLDER]))[0] == {"owner": "4", "hidden": "f"}
    assert taken_over(here, [held({"owner": "4"}, None)]) == here

"""What waits and is referred to goes with what lies under it, once nothing that stays refers to it."""

from typing import Any

import pytest

from app.sources.keys import Keys
from tests.fixtures.small_lms import NewSmallLms, ids, small_map
from tests.fixtures.waiting_posts import (
    COURSES,
    KEEP,
    LATER,
    POSTS,
    REMNANTS,
    post,
    released,
    waiting,
)

OWNED: dict[str, Any] = {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}
REMARKS = """
CREATE TABLE remark (id bigint PRIMARY KEY, owner_id bigint, post_id bigint REFERENCES post);
INSERT INTO remark VALUES (30, 2, 4);
"""
ANSWERS = "ALTER TABLE post ADD COLUMN answers_id bigint REFERENCES post;"


@pytest.mark.parametrize(
    ("on_delete", "stays"),
    [
        pytest.param("", True, id="it would be refused"),
        pytest.param("ON DELETE RESTRICT", True, id="it would be refused at once"),
        pytest.param("ON DELETE CASCADE", False, id="what refers to it would go along"),
        pytest.param("ON DELETE SET NULL", False, id="what refers to it would be emptied"),
    ],
)
async def test_what_a_row_of_another_table_refers_to_stays_where_the_database_would_not_let_it_go(
    new_lms: NewSmallLms, on_delete: str, *, stays: bool
) -> None:
    remarks = REMARKS.replace("REFERENCES post", f"REFERENCES post {on_delete}")
    lms = await new_lms(POSTS + remarks, small_map(post(LATER) | {"remark": OWNED}, **COURSES))
    await released(lms, waiting("10"))
    assert (4 in await ids(lms, "post")) is stays
    assert 1 not in await ids(lms, "post")


async def test_what_is_to_be_anonymised_then_is_so_whatever_refers_to_it(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": "course_id"}, "then": "anonymise"}
    lms = await new_lms(POSTS + REMARKS, small_map(post(later) | {"remark": OWNED}, **COURSES))
    await released(lms, waiting("10"))
    assert await lms.rows("SELECT id, owner_id FROM post WHERE id = 4") == [(4, 9)]


async def test_what_the_map_names_in_another_database_refers_to_nothing_here(
    new_lms: NewSmallLms,
) -> None:
    sources = {name: {"kind": "sql", "url": "x"} for name in ("lms", "archive")}
    archived = OWNED | {"source": "archive", "table": "archived"}
    data_map = small_map(post(LATER) | {"archived": archived}, sources=sources, **COURSES)
    lms = await new_lms(POSTS, data_map)
    (acted,) = await released(lms, waiting("10"))
    assert acted.count == 7


async def test_what_somebodys_row_refers_to_stays_and_what_lies_under_it_goes_with_it(
    new_lms: NewSmallLms,
) -> None:
    replies = f"""
        {ANSWERS}
        INSERT INTO post (id, owner_id, course_id, kind, answers_id) VALUES
            (20, 9, 10, 'own', 1), (21, 2, 10, 'own', 20), (22, 9, 10, 'own', 4),
            (23, 9, 10, 'own', 22), (24, 9, 10, 'own', 21);
    """
    lms = await new_lms(POSTS + replies, small_map(post(LATER), **COURSES))
    before = await ids(lms, "post")
    (acted,) = await released(lms, waiting("10"))
    assert {1, 20, 21} <= await ids(lms, "post")
    gone = {int(key) for each in acted.branches for (key,) in each.keys}
    assert gone == before - await ids(lms, "post")
    assert {4, 22, 23, 24} <= gone
    await lms.rows("DELETE FROM post WHERE id = 21")
    await released(lms, waiting("10"))
    assert not {1, 20} & await ids(lms, "post")


async def test_a_reply_that_is_not_of_the_batch_holds_what_it_answers_until_it_went(
    new_lms: NewSmallLms,
) -> None:
    replies = f"{ANSWERS} UPDATE post SET answers_id = 4 WHERE id = 12;"
    lms = await new_lms(POSTS + replies, small_map(post(LATER), **COURSES))
    for sent, gone in ((["4"], set()), (["12"], {12}), (["4"], {4})):
        before = await ids(lms, "post")
        async with (await lms.hands(remnants=REMNANTS)).batch() as batch:
            await batch.release(waiting("10"), Keys([sent]))
            await batch.commit()
        assert before - await ids(lms, "post") == gone


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("owner_id = 2", id="it is somebody's"),
        pytest.param("course_id = 20", id="its container is there"),
    ],
)
async def test_a_reply_that_is_sent_along_and_stays_holds_what_it_answers(
    new_lms: NewSmallLms, other: str
) -> None:
    replies = f"{ANSWERS} UPDATE post SET answers_id = 4, {other} WHERE id = 12;"
    lms = await new_lms(POSTS + replies, small_map(post(LATER), **COURSES))
    async with (await lms.hands(remnants=REMNANTS)).batch() as batch:
        acted = await batch.release(waiting("10"), Keys([["1", "4", "12"]]))
        await batch.commit()
    assert [list(each.keys) for each in acted.branches] == [[("1",)]]
    assert await ids(lms, "post") == set(range(2, 14))

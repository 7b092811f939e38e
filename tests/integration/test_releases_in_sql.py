"""What deferrals waited for happens to the records that were left for it, and to no others."""

import asyncio
from typing import Any

import pytest

from app.domain.errors import IntegrityViolation
from app.sources.hands import Acted, Deferred, LostUpload
from app.sources.keys import Keys
from tests.fixtures.patience import until
from tests.fixtures.small_lms import NewSmallLms, ids, small_map
from tests.fixtures.waiting_posts import (
    COURSES,
    FILE,
    KEEP,
    LATER,
    POSTS,
    REMNANTS,
    post,
    released,
    waiting,
)


async def test_containers_of_which_the_condition_holds_are_told_by_number(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(POSTS, small_map(post(LATER), **COURSES))
    hands = await lms.hands()
    assert set(await hands.released(waiting("20", "10", "11", None))) == {1, 2, 3}


async def test_what_names_somebody_who_is_there_stays_and_what_names_nobody_goes(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(POSTS, small_map(post(LATER, where={"is": {"kind": "own"}}), **COURSES))
    done = await released(lms, waiting("10"))
    assert await ids(lms, "post") == {2, 3, 6, 9, 10, 11, 13}
    assert {key for acted in done for each in acted.branches for key in each.keys} == {
        (each,) for each in ("1", "4", "5", "7", "8", "12")
    }
    assert all(each.is_deleted for acted in done for each in acted.branches)
    assert {each for acted in done for each in acted.uploads} == {
        LostUpload("file", name) for name in ("a", "d", "h", "l")
    }


async def test_keys_of_what_does_not_follow_are_passed_over(new_lms: NewSmallLms) -> None:
    lms = await new_lms(POSTS, small_map(post(LATER, where={"is": {"kind": "own"}}), **COURSES))
    async with (await lms.hands(remnants=REMNANTS)).batch() as batch:
        acted = await batch.release(waiting("10"), Keys([["2", "3", "6", "11", "13"]]))
        await batch.commit()
    assert acted.branches == ()
    assert len(await ids(lms, "post")) == 13


async def test_what_is_to_be_anonymised_then_keeps_its_row_and_an_empty_name(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": "course_id"}, "then": "anonymise"}
    lms = await new_lms(POSTS, small_map(post(later), **COURSES))
    (acted,) = await released(lms, waiting("10"))
    assert [each.is_deleted for each in acted.branches] == [False]
    assert acted.uploads == ()
    rows = "SELECT id, owner_id, editor_id, file FROM post WHERE id IN (4, 5, 7, 12)"
    assert await lms.rows(rows) == [
        (12, 9, 9, "l"),
        (4, 9, None, "d"),
        (5, None, None, None),
        (7, 9, None, ""),
    ]


async def test_what_is_anonymised_then_loses_the_upload_that_the_change_takes(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": "course_id"}, "then": "anonymise"}
    change = {"set": {"owner_id": None}, "blank": ["file"]}
    lms = await new_lms(POSTS, small_map(post(later, anonymise=change), **COURSES))
    (acted,) = await released(lms, waiting("10"))
    assert {each.value for each in acted.uploads} == {"a", "d", "h", "l", "m"}


OWN = {"is": {"kind": "own"}}
OTHER = {"is": {"kind": "other"}}


@pytest.mark.parametrize(
    ("rules", "position", "left"),
    [
        pytest.param([LATER], 0, set(), id="one rule"),
        pytest.param(
            [{"when": OTHER, **KEEP}, LATER], 1, {13}, id="an earlier rule's is left to it"
        ),
        pytest.param([{"when": {"not": OWN}, **KEEP}, LATER], 1, {13}, id="also where it says not"),
        pytest.param(
            [{"when": OTHER | {"not": {"is": {"file": "z"}}}, **KEEP}, LATER],
            1,
            {13},
            id="where it says both",
        ),
        pytest.param([{"when": OWN, **LATER}, KEEP], 0, {13}, id="its own condition holds still"),
        pytest.param(
            [LATER | {"when": OWN}, {"when": OWN, **KEEP}, KEEP], 0, {13}, id="a later rule"
        ),
        pytest.param(
            [{"when": OTHER | {"container_gone": "course_id"}, **KEEP}, LATER],
            1,
            set(),
            id="an earlier rule that asked for more than columns tell",
        ),
        pytest.param(
            [{"when": {"not": {"not": {"container_gone": "course_id"}}}, **KEEP}, LATER],
            1,
            set(),
            id="an earlier rule that asked for more than columns tell, not",
        ),
        pytest.param(
            [{"when": {"container_gone": "course_id"}, **LATER}, KEEP],
            0,
            set(),
            id="its own condition asked nothing of columns",
        ),
    ],
)
async def test_a_record_is_left_to_the_rule_that_decided_it(
    new_lms: NewSmallLms, rules: list[Any], position: int, left: set[int]
) -> None:
    lms = await new_lms(POSTS, small_map(post(*rules), **COURSES))
    await released(lms, waiting("10", position=position))
    assert await ids(lms, "post") & {1, 13} == left


PLACES = """
CREATE TABLE course (id bigint PRIMARY KEY);
CREATE TABLE place (a bigint, b bigint, owner_id bigint, course_id bigint, unit_id bigint,
    PRIMARY KEY (a, b));
INSERT INTO place VALUES (1, 1, 9, 10, 5), (1, 2, 9, 10, 6), (2, 1, 9, 11, 5), (2, 2, 9, 10, NULL),
    (3, 1, 9, 11, NULL);
"""
IN_COURSES = "ALTER TABLE place ALTER course_id SET NOT NULL;"
IN_BOTH = {
    "effect": "anonymise",
    "until": {"container_gone": ["course_id", "unit_id"]},
    "then": "delete",
}


@pytest.mark.parametrize("more", ["", IN_COURSES], ids=["either may be empty", "one may not"])
async def test_a_container_of_two_columns_holds_what_agrees_in_both(
    new_lms: NewSmallLms, more: str
) -> None:
    place = {
        "key": ["a", "b"],
        "anonymise": {"set": {"owner_id": "$stand_in"}},
        "roles": {"owner": {"column": "owner_id", "erasure": IN_BOTH}},
    }
    references = {"place.course_id": "course.id", "place.unit_id": "course.id"}
    lms = await new_lms(PLACES + more, small_map({"place": place}, references=references))
    done = await released(lms, Deferred("place", "owner", 0, (("10", "5"),)))
    assert [acted.count for acted in done] == [2]
    assert await lms.rows("SELECT a, b FROM place") == [(1, 2), (2, 1), (3, 1)]


async def test_of_keys_of_two_columns_those_that_are_sent_are_released(
    new_lms: NewSmallLms,
) -> None:
    place = {
        "key": ["a", "b"],
        "anonymise": {"set": {"owner_id": "$stand_in"}},
        "roles": {"owner": {"column": "owner_id", "erasure": IN_BOTH}},
    }
    references = {"place.course_id": "course.id", "place.unit_id": "course.id"}
    lms = await new_lms(PLACES, small_map({"place": place}, references=references))
    deferred = Deferred("place", "owner", 0, ())
    async with (await lms.hands()).batch() as batch:
        acted = await batch.release(deferred, Keys([["1", "2"], ["1", "2"]]))
        await batch.commit()
    assert acted.count == 2
    assert await lms.rows("SELECT a, b FROM place") == [(1, 2), (2, 1), (3, 1)]


async def test_a_record_that_may_lie_in_two_containers_is_a_candidate_once(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(POSTS, small_map(post(LATER, where={"is": {"kind": "own"}}), **COURSES))
    hands = await lms.hands(remnants=REMNANTS)
    batches = [keys async for keys in hands.release_candidates(waiting("10", "11"))]
    found = sorted(int(key) for keys in batches for (key,) in keys)
    assert found == [1, 4, 5, 7, 8, 12]


async def test_a_rule_that_defers_nothing_releases_nothing(new_lms: NewSmallLms) -> None:
    lms = await new_lms(POSTS, small_map(post({"when": OTHER, **KEEP}, LATER), **COURSES))
    with pytest.raises(IntegrityViolation):
        await (await lms.hands()).released(waiting("10", position=0))


async def test_what_the_lms_gives_to_somebody_meanwhile_is_not_released(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(POSTS, small_map(post(LATER), **COURSES))
    await lms.connection.execute("BEGIN; UPDATE post SET kind = 'x', owner_id = 2 WHERE id = 1")

    async def releasing() -> Acted:
        async with (await lms.hands()).batch() as batch:
            acted = await batch.release(waiting("10"), Keys([["1", "12"]]))
            await batch.commit()
        return acted

    working = asyncio.create_task(releasing())
    await until(lms.is_waited_for)
    await lms.connection.execute("COMMIT")
    assert (await working).count == 1
    assert await ids(lms, "post") == set(range(1, 14)) - {12}


async def test_what_the_role_does_not_mean_stays_though_it_lies_in_the_container(
    new_lms: NewSmallLms,
) -> None:
    spec = post(LATER)
    spec["post"]["roles"]["owner"]["where"] = OWN
    lms = await new_lms(POSTS, small_map(spec, **COURSES))
    await released(lms, waiting("10"))
    assert await ids(lms, "post") & {1, 13} == {13}


async def test_rules_of_another_role_are_another_matter(new_lms: NewSmallLms) -> None:
    owner = {"column": "owner_id", "erasure": [{"when": OWN, **KEEP}, KEEP]}
    editor = {"column": "editor_id", "erasure": [{"when": OTHER, **KEEP}, LATER]}
    spec = post()
    spec["post"]["roles"] = {"owner": owner, "editor": editor}
    lms = await new_lms(POSTS, small_map(spec, **COURSES))
    await released(lms, Deferred("post", "editor", 1, (("10",),)))
    assert await ids(lms, "post") & {1, 12, 13} == {13}


REPLIES = """
CREATE TABLE course (id bigint PRIMARY KEY);
CREATE TABLE member (id bigint PRIMARY KEY, thread_id bigint, person_id bigint);
CREATE TABLE reply (id bigint PRIMARY KEY, thread_id bigint, course_id bigint);
INSERT INTO reply VALUES (1, 5, 10), (2, 5, NULL), (3, 5, 11);
"""


async def test_what_names_nobody_by_a_column_is_looked_for_in_its_container_only(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": "course_id"}, "then": "delete"}
    via = {"via": "member", "match": {"thread_id": "thread_id"}, "erasure": [later]}
    types = {
        "member": {"roles": {"member": {"column": "person_id", "erasure": "delete"}}},
        "reply": {"roles": {"reader": via}},
    }
    references = {"reply.course_id": "course.id"}
    lms = await new_lms(REPLIES, small_map(types, references=references))
    await released(lms, Deferred("reply", "reader", 0, (("10",),)))
    assert await lms.rows("SELECT id FROM reply") == [(2,), (3,)]


async def test_a_column_that_names_no_person_is_set_also_where_it_was_empty(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": "course_id"}, "then": "anonymise"}
    change = {"set": {"owner_id": "$stand_in", "kind": "done"}}
    lms = await new_lms(POSTS, small_map(post(later, anonymise=change), **COURSES))
    await lms.connection.execute("UPDATE post SET kind = NULL WHERE id = 12")
    await released(lms, waiting("10"))
    assert await lms.rows("SELECT id, kind FROM post WHERE id IN (5, 12)") == [
        (12, "done"),
        (5, "done"),
    ]


async def test_an_upload_that_a_number_names_is_told_as_text(new_lms: NewSmallLms) -> None:
    tables = """
        CREATE TABLE course (id bigint PRIMARY KEY);
        CREATE TABLE post (id bigint PRIMARY KEY, owner_id bigint, course_id bigint, kind text, file bigint);
        INSERT INTO post VALUES (1, 9, 10, 'own', 5), (2, 1, 10, 'own', 6), (3, 9, 10, 'own', 0);
    """
    rules = [{"when": OWN, "effect": "delete"}, LATER]
    role = {"column": "owner_id", "erasure": rules}
    spec = {
        "post": {"fields": FILE, "anonymise": {"set": {"owner_id": None}}, "roles": {"owner": role}}
    }
    lms = await new_lms(tables, small_map(spec, **COURSES))
    (acted,) = await lms.act("post")
    assert acted.uploads == (LostUpload("file", "6"),)
    await lms.connection.execute("UPDATE post SET kind = 'other'")
    (acted,) = await released(lms, waiting("10", position=1))
    assert set(acted.uploads) == {LostUpload("file", "5"), LostUpload("file", "0")}


TWO = """
CREATE TABLE course (id bigint PRIMARY KEY);
CREATE TABLE folder (id bigint PRIMARY KEY, owner_id bigint);
CREATE TABLE doc (id bigint PRIMARY KEY, folder_id bigint, course_id bigint, project_id bigint);
INSERT INTO folder VALUES (1, 1);
INSERT INTO course VALUES (5);
INSERT INTO doc VALUES (1, 1, 5, NULL), (2, 1, 6, NULL), (3, 1, 5, 7), (4, 1, NULL, NULL);
"""


async def test_what_lies_in_one_of_two_containers_is_released_with_that_one(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": ["course_id", "project_id"]}, "then": "delete"}
    via = {"via": "folder", "match": {"folder_id": "id"}, "erasure": [later]}
    types = {
        "folder": {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}},
        "doc": {"roles": {"owner": via}},
    }
    references = {"doc.course_id": "course.id", "doc.project_id": "course.id"}
    lms = await new_lms(TWO, small_map(types, references=references))
    deferred = Deferred("doc", "owner", 0, (("5", None),))
    assert await (await lms.hands()).released(deferred) == ()
    await lms.connection.execute("DELETE FROM course")
    await released(lms, deferred)
    assert await ids(lms, "doc") == {2, 3, 4}


async def test_a_container_waits_on_as_long_as_it_holds_what_somebody_erased_left(
    new_lms: NewSmallLms,
) -> None:
    """Of 10, what names somebody who is there beside stays; what is somebody's own waits for nobody."""
    lms = await new_lms(POSTS, small_map(post(LATER, where={"is": {"kind": "own"}}), **COURSES))
    await released(lms, waiting("10"))
    hands = await lms.hands(remnants=REMNANTS)
    assert await hands.waiting(waiting("11", "10")) == (1,)
    await lms.rows("DELETE FROM post WHERE id = 11")
    assert {3, 6} <= await ids(lms, "post")
    assert await hands.waiting(waiting("11", "10")) == ()


async def test_what_is_anonymised_then_waits_no_more_and_is_not_so_again(
    new_lms: NewSmallLms,
) -> None:
    later = KEEP | {"until": {"container_gone": "course_id"}, "then": "anonymise"}
    lms = await new_lms(POSTS, small_map(post(later), **COURSES))
    await lms.rows("UPDATE post SET owner_id = 3 WHERE id IN (11, 13)")
    assert [acted.count for acted in await released(lms, waiting("10"))] == [3]
    assert await released(lms, waiting("10")) == []
    hands = await lms.hands(remnants=REMNANTS)
    assert await hands.waiting(waiting("10")) == (0,), "one names an editor who is there"
    await lms.rows("UPDATE post SET editor_id = 3 WHERE id = 11")
    assert [acted.count for acted in await released(lms, waiting("10"))] == [1]
    assert await hands.waiting(waiting("10")) == (0,), "some keep names of whom it is not known"
    await lms.rows("DELETE FROM post WHERE owner_id IN (2, 4)")
    assert await hands.waiting(waiting("10")) == ()

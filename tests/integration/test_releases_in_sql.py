"""What deferrals waited for happens to the records that were left for it, and to no others."""

from typing import Any

import pytest

from app.sources.hands import Acted, Deferred, LostUpload
from app.sources.keys import Keys
from tests.fixtures.small_lms import NewSmallLms, SmallLms, small_map

POSTS = """
CREATE TABLE course (id bigint PRIMARY KEY);
INSERT INTO course VALUES (20);
CREATE TABLE post (id bigint PRIMARY KEY, owner_id bigint, editor_id bigint, course_id bigint,
    kind text, file text);
INSERT INTO post VALUES
    (1, 9, NULL, 10, 'own', 'a'), (2, 9, NULL, 20, 'own', 'b'), (3, 2, NULL, 10, 'own', 'c'),
    (4, 99, NULL, 10, 'own', 'd'), (5, NULL, NULL, 10, 'own', NULL), (6, 4, NULL, 10, 'own', 'f'),
    (7, 3, NULL, 10, 'own', ''), (8, 9, NULL, NULL, 'own', 'h'), (9, NULL, NULL, NULL, 'own', 'i'),
    (10, 99, NULL, NULL, 'own', 'j'), (11, 9, 2, 10, 'own', 'k'), (12, 9, 9, 10, 'own', 'l'),
    (13, 9, NULL, 10, 'other', 'm');
"""
REMNANTS = ("3",)
LATER: dict[str, Any] = {
    "effect": "anonymise",
    "until": {"container_gone": "course_id"},
    "then": "delete",
}
FILE = {"file": {"title": "x", "file": {"source": "uploads"}}}
ANONYMISE = {"set": {"owner_id": "$stand_in", "editor_id": "$stand_in"}}
COURSES = {"references": {"post.course_id": "course.id"}}


def post(*rules: Any, **spec: Any) -> dict[str, Any]:
    """Build a record type whose owners' rules these are."""
    editor = {
        "column": "editor_id",
        "erasure": [{"when": {"is": {"kind": "own"}}, **KEEP}, "delete"],
    }
    roles = {"owner": {"column": "owner_id", "erasure": list(rules)}, "editor": editor}
    return {"post": {"anonymise": ANONYMISE, "fields": FILE, "roles": roles, **spec}}


KEEP: dict[str, Any] = {"effect": "keep", "because": "x"}


async def released(lms: SmallLms, deferred: Deferred) -> list[Acted]:
    """Let go of what lies in containers of which the condition holds."""
    hands = await lms.hands(remnants=REMNANTS)
    done: list[Acted] = []
    async for keys in hands.release_candidates(deferred):
        async with hands.batch() as batch:
            done.append(await batch.release(deferred, keys))
            await batch.commit()
    return done


def waiting(*containers: str | None, position: int = 0) -> Deferred:
    return Deferred("post", "owner", position, tuple((each,) for each in containers))


async def ids(lms: SmallLms) -> set[int]:
    return {row[0] for row in await lms.rows("SELECT id FROM post")}


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
    assert await ids(lms) == {2, 3, 6, 9, 10, 11, 13}
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
    assert len(await ids(lms)) == 13


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
            [{"when": {"not": {"container_gone": "course_id"}}, **KEEP}, LATER],
            1,
            set(),
            id="an earlier rule that asked for more than columns tell, not",
        ),
    ],
)
async def test_a_record_is_left_to_the_rule_that_decided_it(
    new_lms: NewSmallLms, rules: list[Any], position: int, left: set[int]
) -> None:
    lms = await new_lms(POSTS, small_map(post(*rules), **COURSES))
    await released(lms, waiting("10", position=position))
    assert await ids(lms) & {1, 13} == left


PLACES = """
CREATE TABLE course (id bigint PRIMARY KEY);
CREATE TABLE place (a bigint, b bigint, owner_id bigint, course_id bigint NOT NULL, unit_id bigint,
    PRIMARY KEY (a, b));
INSERT INTO place VALUES (1, 1, 9, 10, 5), (1, 2, 9, 10, 6), (2, 1, 9, 11, 5), (2, 2, 9, 10, NULL),
    (3, 1, 9, 11, NULL);
"""
IN_BOTH = {
    "effect": "anonymise",
    "until": {"container_gone": ["course_id", "unit_id"]},
    "then": "delete",
}


async def test_a_container_of_two_columns_holds_what_agrees_in_both(new_lms: NewSmallLms) -> None:
    place = {
        "key": ["a", "b"],
        "anonymise": {"set": {"owner_id": "$stand_in"}},
        "roles": {"owner": {"column": "owner_id", "erasure": IN_BOTH}},
    }
    references = {"place.course_id": "course.id", "place.unit_id": "course.id"}
    lms = await new_lms(PLACES, small_map({"place": place}, references=references))
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

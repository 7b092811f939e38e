"""What one statement does to a batch of records, on tables as untidy as a data map may name."""

import asyncio
from typing import Any

import pytest

from app.sources.hands import Acted, LostUpload
from app.sources.keys import Keys
from schemas.vocabulary import Right
from tests.fixtures.patience import until
from tests.fixtures.small_lms import NewSmallLms, SmallLms, small_map

NOTES = """
CREATE TABLE note (id bigint PRIMARY KEY, owner_id bigint, editor_id bigint, kind text, file text);
INSERT INTO note VALUES
    (1, 1, 1, 'own', 'a'), (2, 1, 2, 'own', 'b'), (3, 2, 1, 'own', NULL), (4, 1, NULL, 'own', ''),
    (5, 1, 3, 'kept', 'e'), (6, 2, 3, 'own', 'f'), (7, 4, 4, 'own', 'g');
"""
BY_KIND: list[dict[str, Any]] = [
    {"when": {"is": {"kind": "kept"}}, "effect": "keep", "because": "x"},
    {"effect": "anonymise"},
]
NOTE: dict[str, Any] = {
    "anonymise": {"set": {"owner_id": "$stand_in", "editor_id": "$stand_in"}},
    "roles": {
        "owner": {"column": "owner_id", "erasure": BY_KIND},
        "editor": {"column": "editor_id", "erasure": BY_KIND},
    },
}
FILE = {"file": {"title": "x", "file": {"source": "uploads"}}}
UNCONDITIONAL = {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}
CONDITIONAL = {
    "roles": {
        "owner": {
            "column": "owner_id",
            "erasure": [{"when": {"is": {"kind": "kept"}}, "effect": "delete"}, "delete"],
        }
    }
}
BOTH_WAYS = pytest.mark.parametrize(
    "spec", [UNCONDITIONAL, CONDITIONAL], ids=["decided at once", "decided under locks"]
)


def told(done: list[Acted]) -> dict[tuple[tuple[str, ...], str], int]:
    """Sum what was done by roles and by role of the branch."""
    return {
        (branch.counted.roles, branch.counted.branch.role): branch.counted.count
        for acted in done
        for branch in acted.branches
    }


async def test_a_record_that_names_two_persons_loses_the_subject_only(new_lms: NewSmallLms) -> None:
    lms = await new_lms(NOTES, small_map({"note": NOTE}))
    done = await lms.act("note")
    assert await lms.rows("SELECT id, owner_id, editor_id FROM note") == [
        (1, 9, 9),
        (2, 9, 2),
        (3, 2, 9),
        (4, 9, None),
        (5, 1, 3),
        (6, 2, 3),
        (7, 4, 4),
    ]
    assert told(done) == {
        (("owner", "editor"), "owner"): 1,
        (("owner",), "owner"): 2,
        (("editor",), "editor"): 1,
    }


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        pytest.param({"set": {"owner_id": None}}, set(), id="its file stays"),
        pytest.param(
            {"set": {"owner_id": None}, "blank": ["file"]}, {"a", "b"}, id="its file goes"
        ),
    ],
)
async def test_an_upload_is_lost_with_the_column_that_names_it(
    new_lms: NewSmallLms, change: dict[str, Any], lost: set[str]
) -> None:
    role = {"column": "owner_id", "erasure": BY_KIND}
    note = {"anonymise": change, "fields": FILE, "roles": {"owner": role}}
    lms = await new_lms(NOTES, small_map({"note": note}))
    done = await lms.act("note")
    assert {each for acted in done for each in acted.uploads} == {
        LostUpload("file", value) for value in lost
    }


async def test_a_record_that_goes_loses_its_uploads(new_lms: NewSmallLms) -> None:
    lms = await new_lms(NOTES, small_map({"note": CONDITIONAL | {"fields": FILE}}))
    (acted,) = await lms.act("note")
    assert {each.value for each in acted.uploads} == {"a", "b", "e"}


async def test_only_records_that_lose_their_upload_name_it(new_lms: NewSmallLms) -> None:
    rules = [{"when": {"is": {"kind": "kept"}}, "effect": "delete"}, "anonymise"]
    role = {"column": "owner_id", "erasure": rules}
    note = {"anonymise": {"set": {"owner_id": None}}, "fields": FILE, "roles": {"owner": role}}
    lms = await new_lms(NOTES, small_map({"note": note}))
    (acted,) = await lms.act("note")
    assert acted.count == 4
    assert {each.value for each in acted.uploads} == {"e"}


@pytest.mark.parametrize("hide", [{"set": {"kind": "x"}}, {"remove": True}, {"blank": ["file"]}])
async def test_a_restriction_loses_no_upload(new_lms: NewSmallLms, hide: dict[str, Any]) -> None:
    role = {"column": "owner_id", "restriction": "hide"}
    lms = await new_lms(
        NOTES, small_map({"note": {"hide": hide, "fields": FILE, "roles": {"owner": role}}})
    )
    (acted,) = await lms.act("note", Right.RESTRICTION)
    assert (acted.count, acted.uploads) == (4, ())


@BOTH_WAYS
async def test_what_is_not_the_subjects_is_passed_over_also_when_it_is_named(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(NOTES, small_map({"note": spec}))
    hands = await lms.hands()
    async with hands.batch() as batch:
        assert (await batch.act("note", Keys([["3", "6", "7"]]))).branches == ()
        await batch.commit()
    assert len(await lms.rows("SELECT id FROM note")) == 7


@BOTH_WAYS
async def test_a_person_of_another_school_loses_nothing_also_when_it_is_named(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(NOTES, small_map({"note": spec}))
    hands = await lms.hands(subject=4)
    assert [keys async for keys in hands.candidates("note")] == []
    async with hands.batch() as batch:
        assert (await batch.act("note", Keys([["7"]]))).branches == ()
        await batch.commit()
    assert len(await lms.rows("SELECT id FROM note")) == 7


async def test_a_noted_record_is_acted_on_in_the_roles_that_were_noted(
    new_lms: NewSmallLms,
) -> None:
    kinds = {"where": {"is": {"kind": "own"}}}
    lms = await new_lms(NOTES, small_map({"note": NOTE | kinds}))
    hands = await lms.hands()
    async with hands.batch() as batch:
        acted = await batch.act("note", Keys([["2", "6", "5"]]), [1, 2, 1])
        await batch.commit()
    assert told([acted]) == {(("owner",), "owner"): 1, (("editor",), "editor"): 1}
    assert await lms.rows("SELECT id, owner_id, editor_id FROM note WHERE id IN (2, 5, 6)") == [
        (2, 9, 2),
        (5, 1, 3),
        (6, 2, 3),
    ]


async def test_a_restriction_acts_on_noted_records_of_a_type_with_one_role(
    new_lms: NewSmallLms,
) -> None:
    role = {"via": "binder", "match": {"binder_id": "id"}, "restriction": "hide"}
    note = {"hide": {"set": {"is_hidden": True}}, "roles": {"keeper": role}}
    binder = {
        "anonymise": {"set": {"keeper_id": None}},
        "roles": {"keeper": {"column": "keeper_id", "restriction": "anonymise"}},
    }
    lms = await new_lms(BINDERS, small_map({"note": note, "binder": binder}))
    async with (await lms.hands(Right.RESTRICTION)).batch() as batch:
        acted = await batch.act("note", Keys([["1", "2"]]), [1, 1])
        await batch.commit()
    assert told([acted]) == {(("keeper",), "keeper"): 2}


async def test_a_record_has_the_roles_that_are_brought_along_and_those_it_is_found_in(
    new_lms: NewSmallLms,
) -> None:
    """Whom its own columns name, the record says itself; what led to it may be changed by now."""
    hide = [{"when": {"is": {"kind": "own"}}, "effect": "hide"}, "keep"]
    roles = {
        "owner": {"column": "owner_id", "restriction": hide},
        "reader": {"via": "binder", "match": {"binder_id": "id"}, "restriction": "keep"},
        "keeper": {"via": "binder", "match": {"binder_id": "id"}, "restriction": hide},
    }
    note = {"hide": {"set": {"is_hidden": True}}, "roles": roles}
    binder = {
        "anonymise": {"set": {"keeper_id": None}},
        "roles": {"keeper": {"column": "keeper_id", "restriction": "anonymise"}},
    }
    lms = await new_lms(BINDERS, small_map({"note": note, "binder": binder}))
    async with (await lms.hands(Right.RESTRICTION)).batch() as batch:
        keys = Keys([["1", "2", "3", "4", "5", "6"]])
        acted = await batch.act("note", keys, [0, 4, 4, 2, 0, 4])
        await batch.commit()
    assert told([acted]) == {
        (("keeper",), "keeper"): 2,
        (("owner", "reader"), "owner"): 1,
    }
    assert await lms.rows("SELECT id FROM note WHERE is_hidden") == [(2,), (3,), (4,)]


BINDERS = """
CREATE TABLE binder (id bigint PRIMARY KEY, keeper_id bigint);
CREATE TABLE note (id bigint PRIMARY KEY, owner_id bigint, binder_id bigint, kind text,
    is_hidden boolean NOT NULL DEFAULT false);
INSERT INTO binder VALUES (10, NULL);
INSERT INTO note VALUES (1, 2, 10, 'own'), (2, 2, 10, 'own'), (3, 2, 10, 'own'), (4, 1, 10, 'own'),
    (5, 2, 10, 'own'), (6, 2, 10, 'shared');
"""


@BOTH_WAYS
async def test_a_noted_record_is_acted_on_also_where_nothing_names_the_subject_any_more(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(NOTES, small_map({"note": spec}))
    async with (await lms.hands()).batch() as batch:
        assert (await batch.act("note", Keys([["2", "6"]]), [1, 1])).count == 2
        await batch.commit()
    assert {row[0] for row in await lms.rows("SELECT id FROM note")} == {1, 3, 4, 5, 7}


async def test_of_a_type_that_is_kept_altogether_nothing_is_changed_also_where_it_is_named(
    new_lms: NewSmallLms,
) -> None:
    owner = {"column": "owner_id", "restriction": "hide", "erasure": "keep"}
    note = {"hide": {"remove": True}, "roles": {"owner": owner}}
    lms = await new_lms(NOTES, small_map({"note": note}))
    before = await lms.rows("SELECT * FROM note")
    assert await lms.act("note") == []
    async with (await lms.hands()).batch() as batch:
        assert (await batch.act("note", Keys([["1", "2"]]), [1, 1])).branches == ()
        assert (await batch.act("note", Keys([["1", "2"]]))).branches == ()
        await batch.commit()
    assert await lms.rows("SELECT * FROM note") == before


async def test_what_the_lms_changes_meanwhile_is_decided_as_it_is_then(
    new_lms: NewSmallLms,
) -> None:
    rules = [{"when": {"is": {"kind": "own"}}, "effect": "delete"}, "anonymise"]
    role = {"column": "owner_id", "erasure": rules}
    note = {"anonymise": {"set": {"owner_id": None}}, "roles": {"owner": role}}
    lms = await new_lms(NOTES, small_map({"note": note}))
    (keys,) = [keys async for keys in (await lms.hands()).candidates("note")]
    await lms.connection.execute("BEGIN; UPDATE note SET kind = 'shared' WHERE id = 2")

    async def acting() -> Acted:
        async with (await lms.hands()).batch() as batch:
            acted = await batch.act("note", keys)
            await batch.commit()
        return acted

    async def is_waiting() -> bool:
        return bool(
            await lms.connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
        )

    working = asyncio.create_task(acting())
    await until(lms.is_waited_for)
    await lms.connection.execute("COMMIT")
    assert (await working).count == 4
    assert await lms.rows("SELECT id, owner_id FROM note WHERE id IN (1, 2, 4, 5)") == [
        (2, None),
        (5, None),
    ]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("effect", "is_deleted", "left"),
    [
        pytest.param("delete", True, {3: 2, 6: 2, 7: 4}, id="deleted"),
        pytest.param(
            "anonymise", False, {1: 9, 2: 9, 3: 2, 4: 9, 5: 9, 6: 2, 7: 4}, id="anonymised"
        ),
    ],
)
async def test_what_was_done_is_done_to_the_subjects_records_and_told_so(
    new_lms: NewSmallLms,
    spec: dict[str, Any],
    effect: str,
    left: dict[int, int],
    *,
    is_deleted: bool,
) -> None:
    rules = spec["roles"]["owner"]["erasure"]
    listed = [rules] if isinstance(rules, str) else rules[:-1]
    first = [{**each, "effect": effect} for each in listed if isinstance(each, dict)]
    role = {"column": "owner_id", "erasure": [*first, effect]}
    note = {"anonymise": {"set": {"owner_id": "$stand_in"}}, "roles": {"owner": role}}
    lms = await new_lms(NOTES, small_map({"note": note}))
    done = await lms.act("note")
    branches = [branch for acted in done for branch in acted.branches]
    assert {branch.is_deleted for branch in branches} == {is_deleted}
    assert sum(branch.counted.count for branch in branches) == 4
    assert {key for branch in branches for key in branch.keys} == {("1",), ("2",), ("4",), ("5",)}
    assert dict(await lms.rows("SELECT id, owner_id FROM note")) == left


MARKS = """
CREATE TABLE mark (a bigint, b text, owner_id bigint, kind text, PRIMARY KEY (a, b));
INSERT INTO mark VALUES (1, 'x', 1, 'k'), (1, 'y', 2, 'k'), (2, 'x', 2, 'k'), (2, 'y', 1, 'k'),
    (3, 'a,b', 1, 'other');
"""


@BOTH_WAYS
async def test_a_key_of_two_columns_names_one_record(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(MARKS, small_map({"mark": spec | {"key": ["a", "b"]}}))
    done = await lms.act("mark")
    assert {key for acted in done for each in acted.branches for key in each.keys} == {
        ("1", "x"),
        ("2", "y"),
        ("3", "a,b"),
    }
    assert sum(acted.count for acted in done) == 3
    assert await lms.rows("SELECT a, b FROM mark") == [(1, "y"), (2, "x")]


@BOTH_WAYS
async def test_of_two_keys_that_differ_in_one_column_the_one_that_is_sent_is_acted_on(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(MARKS, small_map({"mark": spec | {"key": ["a", "b"]}}))
    await lms.connection.execute("UPDATE mark SET owner_id = 1")
    hands = await lms.hands()
    async with hands.batch() as batch:
        acted = await batch.act("mark", Keys([["1", "2"], ["x", "y"]]))
        await batch.commit()
    assert acted.count == 2
    assert await lms.rows("SELECT a, b FROM mark") == [(1, "y"), (2, "x"), (3, "a,b")]


async def test_a_text_key_with_a_comma_is_one_key(new_lms: NewSmallLms) -> None:
    tables = "CREATE TABLE tag (id text PRIMARY KEY, owner_id bigint);"
    lms = await new_lms(
        f"{tables} INSERT INTO tag VALUES ('a', 2), ('a,b', 1)", small_map({"tag": UNCONDITIONAL})
    )
    assert [acted.count for acted in await lms.act("tag")] == [1]
    assert await lms.rows("SELECT id FROM tag") == [("a",)]


async def test_what_is_left_is_told_from_what_was_done(new_lms: NewSmallLms) -> None:
    lms: SmallLms = await new_lms(NOTES, small_map({"note": NOTE}))
    hands = await lms.hands()

    async def counts() -> dict[str, int]:
        found = await hands.counts(["note"], is_forecast=False)
        by_effect: dict[str, int] = {}
        for each in found:
            by_effect[each.branch.rule.effect] = (
                by_effect.get(each.branch.rule.effect, 0) + each.count
            )
        return by_effect

    assert await counts() == {"anonymise": 4, "keep": 1}
    await lms.act("note", Right.ERASURE)
    assert await counts() == {"keep": 1}


async def test_containers_of_what_waits_are_told_once_each(new_lms: NewSmallLms) -> None:
    waiting = {"until": {"is": {"file": "a"}}, "then": "delete"}
    rules = [
        {"when": {"is": {"kind": "kept"}}, "effect": "anonymise"},
        {"effect": "anonymise", **waiting},
    ]
    role = {"column": "owner_id", "erasure": rules}
    note = {"anonymise": {"set": {"owner_id": "$stand_in"}}, "roles": {"owner": role}}
    lms = await new_lms(NOTES, small_map({"note": note}))
    await lms.connection.execute("UPDATE note SET file = 'a' WHERE id = 2")
    (acted,) = await lms.act("note")
    found = [(branch.position, cells) for branch, cells in acted.containers]
    assert sorted(found) == [(1, ("",)), (1, ("a",))]

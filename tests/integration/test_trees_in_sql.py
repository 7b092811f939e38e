"""Of rows that refer to rows of their own table those come first that no other refers to."""

from typing import Any

import pytest

from tests.fixtures.small_lms import NewSmallLms, small_map

BY_KIND = [{"when": {"is": {"kind": "kept"}}, "effect": "delete"}, "delete"]
CONDITIONAL: dict[str, Any] = {"roles": {"owner": {"column": "owner_id", "erasure": BY_KIND}}}

REPLIES = """
CREATE TABLE reply (
    id bigint PRIMARY KEY, owner_id bigint, kind text, parent_id bigint REFERENCES reply);
INSERT INTO reply VALUES (5, 1, 'k', NULL), (3, 1, 'k', 5), (4, 2, 'k', 5), (1, 1, 'k', 4), (2, 1, 'k', 1);
"""


async def test_of_rows_that_refer_to_each_other_the_leaves_come_first(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(REPLIES, small_map({"reply": CONDITIONAL}))
    hands = await lms.hands()
    ((columns,),) = [keys.columns async for keys in hands.candidates("reply")]
    assert list(columns) == ["2", "1", "3", "5"]


async def test_a_root_may_refer_to_itself_and_rows_to_each_other_in_a_circle(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(REPLIES, small_map({"reply": CONDITIONAL}))
    await lms.connection.execute(
        "UPDATE reply SET parent_id = 5 WHERE id = 5; INSERT INTO reply VALUES (6, 1, 'k', NULL),"
        "(7, 1, 'k', 6); UPDATE reply SET parent_id = 7 WHERE id = 6"
    )
    hands = await lms.hands()
    ((columns,),) = [keys.columns async for keys in hands.candidates("reply")]
    assert [key for key in columns if key not in {"6", "7"}] == ["2", "1", "3", "5"]
    assert set(columns) == {"1", "2", "3", "5", "6", "7"}


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(
            "CREATE TABLE reply (id bigint PRIMARY KEY, owner_id bigint, kind text,"
            " first_id text UNIQUE, again_id text REFERENCES reply (first_id));",
            id="by another column than the key",
        ),
        pytest.param(
            "CREATE TABLE thread (id text PRIMARY KEY);"
            "CREATE TABLE reply (id bigint PRIMARY KEY, owner_id bigint, kind text,"
            " thread_id text REFERENCES thread);",
            id="to another table",
        ),
    ],
)
async def test_rows_that_are_no_tree_need_no_order(new_lms: NewSmallLms, tables: str) -> None:
    rows = "INSERT INTO reply (id, owner_id) VALUES (1, 1), (2, 1)"
    lms = await new_lms(f"{tables} {rows}", small_map({"reply": CONDITIONAL}))
    assert sum(acted.count for acted in await lms.act("reply")) == 2


async def test_rows_in_a_circle_come_after_what_refers_to_them(new_lms: NewSmallLms) -> None:
    lms = await new_lms(REPLIES, small_map({"reply": CONDITIONAL}))
    await lms.connection.execute(
        "DELETE FROM reply; INSERT INTO reply VALUES (1, 1, 'k', NULL), (2, 1, 'k', 1), (3, 1, 'k', 2);"
        "UPDATE reply SET parent_id = 2 WHERE id = 1"
    )
    hands = await lms.hands()
    ((columns,),) = [keys.columns async for keys in hands.candidates("reply")]
    assert columns[0] == "3"


async def test_rows_that_refer_by_a_key_of_two_columns_are_given_in_any_order(
    new_lms: NewSmallLms,
) -> None:
    tables = """
    CREATE TABLE reply (id bigint, part bigint, owner_id bigint, kind text, to_id bigint, to_part bigint,
        PRIMARY KEY (id, part), FOREIGN KEY (to_id, to_part) REFERENCES reply);
    INSERT INTO reply VALUES (1, 1, 1, 'k', NULL, NULL), (1, 2, 1, 'k', 1, 1);
    """
    lms = await new_lms(tables, small_map({"reply": CONDITIONAL | {"key": ["id", "part"]}}))
    assert sum(acted.count for acted in await lms.act("reply")) == 2


TURNS = small_map(
    {
        "reply": {"where": {"is": {"kind": "r"}}, **CONDITIONAL},
        "remark": {"table": "reply", "where": {"is": {"kind": "k"}}, **CONDITIONAL},
    }
)


async def test_a_row_with_rows_of_another_record_type_under_it_goes_in_a_later_turn(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(REPLIES, TURNS)
    await lms.connection.execute(
        "DELETE FROM reply; INSERT INTO reply VALUES (1, 1, 'k', NULL), (2, 1, 'r', 1),"
        "(3, 1, 'r', 2), (4, 1, 'k', 3), (5, 1, 'k', NULL), (6, 2, 'k', NULL), (7, 2, 'r', 6),"
        "(8, 1, 'k', 7), (9, 1, 'r', 5), (10, 1, 'k', 4)"
    )
    hands = await lms.hands()
    assert hands.order.interleaved == (("reply", "remark"),)
    assert (hands.order.turns("reply"), hands.order.turns("remark")) == ((), ("reply", "remark"))
    left = []
    for name in ("reply", "remark", "reply", "remark", "reply"):
        await lms.act(name)
        left.append(
            [row["id"] for row in await lms.connection.fetch("SELECT id FROM reply ORDER BY id")]
        )
    assert left == [
        [1, 2, 3, 4, 5, 6, 7, 8, 10],
        [1, 2, 3, 6, 7],
        [1, 6, 7],
        [6, 7],
        [6, 7],
    ]


async def test_only_what_goes_waits_for_what_lies_under_it(new_lms: NewSmallLms) -> None:
    """Under remarks lie replies of another person, and a note of a third kind."""
    rules = [{"when": {"is": {"id": 1}}, "effect": "anonymise"}, "delete"]
    owner = {"roles": {"owner": {"column": "owner_id", "erasure": rules}}}
    types = {
        name: {"table": "reply", "where": {"is": {"kind": kind}}, **spec}
        for name, kind, spec in (
            ("remark", "k", owner | {"anonymise": {"set": {"owner_id": "$stand_in"}}}),
            ("answer", "r", CONDITIONAL),
            ("note", "n", CONDITIONAL),
        )
    }
    lms = await new_lms(REPLIES, small_map(types))
    await lms.connection.execute(
        "DELETE FROM reply; INSERT INTO reply VALUES (1, 1, 'k', NULL), (2, 2, 'r', 1),"
        "(3, 1, 'k', NULL), (4, 2, 'r', 3), (5, 1, 'k', NULL), (6, 1, 'n', 5), (7, 1, 'k', NULL)"
    )
    await lms.act("remark")
    rows = await lms.rows("SELECT id, owner_id FROM reply WHERE kind = 'k'")
    assert rows == [(1, 9), (3, 1), (5, 1)]


ROOMS = """
CREATE TABLE reply (room bigint, id bigint, owner_id bigint, kind text, to_room bigint, to_id bigint,
    about_room bigint, about_id bigint, PRIMARY KEY (room, id),
    FOREIGN KEY (to_room, to_id) REFERENCES reply, FOREIGN KEY (about_room, about_id) REFERENCES reply);
INSERT INTO reply (room, id, owner_id, kind, to_room, to_id, about_room, about_id) VALUES
    (1, 1, 1, 'k', NULL, NULL, NULL, NULL), (2, 1, 1, 'k', NULL, NULL, NULL, NULL),
    (1, 2, 1, 'r', 2, 1, NULL, NULL), (5, 5, 1, 'r', NULL, NULL, NULL, NULL),
    (6, 6, 1, 'r', 5, 5, NULL, NULL), (6, 9, 1, 'k', NULL, NULL, NULL, NULL),
    (7, 1, 1, 'k', NULL, NULL, NULL, NULL), (7, 2, 1, 'r', NULL, NULL, 7, 1),
    (6, 10, 1, 'r', 6, 9, NULL, NULL),
    (8, 1, 1, 'k', NULL, NULL, NULL, NULL), (8, 2, 1, 'r', 8, 1, NULL, NULL),
    (9, 1, 1, 'k', NULL, NULL, NULL, NULL), (9, 2, 1, 'k', 9, 1, NULL, NULL);
UPDATE reply SET to_room = room, to_id = 2 WHERE room IN (8, 9) AND id = 1;
"""
"""Rows that refer by two columns, and in two ways; those of rooms 8 and 9 to each other."""


async def test_what_lies_under_a_row_is_found_by_whole_keys_and_in_every_way(
    new_lms: NewSmallLms,
) -> None:
    by_two = {"key": ["room", "id"], **CONDITIONAL}
    types = {
        "reply": {"where": {"is": {"kind": "r"}}, **by_two},
        "remark": {"table": "reply", "where": {"is": {"kind": "k"}}, **by_two},
    }
    lms = await new_lms(ROOMS, small_map(types))
    left = []
    for name in ("remark", "reply", "remark", "reply"):
        await lms.act(name)
        rows = await lms.connection.fetch("SELECT room, id FROM reply ORDER BY room, id")
        left.append([tuple(row) for row in rows])
    circle = [(8, 1), (8, 2)]
    assert left == [
        [(1, 2), (2, 1), (5, 5), (6, 6), (6, 9), (6, 10), (7, 1), (7, 2), *circle],
        [(2, 1), (6, 9), (7, 1), *circle],
        circle,
        circle,
    ]

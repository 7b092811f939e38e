"""After an effect it is looked whether it stands, also when the person's own row is gone."""

from typing import Any

import pytest

from app.sources.hands import SetCells
from app.sources.keys import Keys
from app.sources.sql.effects.uploads import still_named
from schemas.data_map import Change
from tests.fixtures.small_lms import NewSmallLms, small_map

NOTES = """
CREATE TABLE note (id bigint PRIMARY KEY, owner_id bigint, editor_id bigint, text text, scan text);
INSERT INTO note VALUES
    (1, 1, 1, 'a', 'x'), (2, 1, 2, 'b', 'y'), (3, 2, 1, NULL, 'x'), (4, 2, 2, 'd', 'z');
"""
SET = {"owner_id": "$stand_in", "editor_id": "$stand_in", "text": "gone"}
NOTE: dict[str, Any] = {
    "anonymise": {"set": SET},
    "fields": {
        "scan": {"title": "x", "file": {"source": "uploads"}},
        "picture": {"title": "x", "column": "text", "file": {"source": "uploads"}},
    },
    "roles": {
        each: {"column": f"{each}_id", "erasure": "anonymise"} for each in ("owner", "editor")
    },
}
WHOLE = Change.model_validate({"set": SET})
TEXT = Change.model_validate({"set": {"text": "gone"}})
ALL = Keys([["1", "2", "3", "4", "5"]])


async def test_records_that_do_not_look_as_they_were_left_are_counted(new_lms: NewSmallLms) -> None:
    lms = await new_lms(NOTES, small_map({"note": NOTE}))
    hands = await lms.hands()
    assert await hands.unaffected([SetCells("note", ALL, WHOLE)]) == 4
    await lms.act("note")
    assert await hands.unaffected([SetCells("note", Keys([["1", "2", "3"]]), WHOLE)]) == 0
    await lms.connection.execute(
        "UPDATE note SET editor_id = 1 WHERE id = 1; UPDATE note SET text = NULL WHERE id = 2;"
        "UPDATE note SET editor_id = 3 WHERE id = 3"
    )
    assert await hands.unaffected([SetCells("note", ALL, WHOLE)]) == 3
    assert await hands.unaffected([SetCells("note", ALL, TEXT)]) == 2
    assert await hands.unaffected([SetCells("note", Keys([["1", "5"]]), None)]) == 1
    both = [SetCells("note", ALL, TEXT), SetCells("note", ALL, WHOLE), SetCells("note", ALL)]
    assert await hands.unaffected(both) == 2 + 3 + 4


async def test_a_blank_of_a_fixed_width_looks_as_it_was_left(new_lms: NewSmallLms) -> None:
    tables = "CREATE TABLE tag (id bigint PRIMARY KEY, owner_id bigint, code char(4) NOT NULL)"
    role = {"column": "owner_id", "erasure": "anonymise"}
    spec = {"anonymise": {"blank": ["code"]}, "roles": {"owner": role}}
    lms = await new_lms(f"{tables}; INSERT INTO tag VALUES (1, 1, 'ab')", small_map({"tag": spec}))
    left = [SetCells("tag", Keys([["1"]]), Change.model_validate(spec["anonymise"]))]
    hands = await lms.hands()
    assert await hands.unaffected(left) == 1
    await lms.act("tag")
    assert await hands.unaffected(left) == 0


async def test_what_is_set_looks_as_it_was_left_however_its_type_spells_it(
    new_lms: NewSmallLms,
) -> None:
    tables = """
        CREATE TABLE mark (id bigint PRIMARY KEY, owner_id bigint, is_open boolean, points numeric(4,1));
        INSERT INTO mark VALUES (1, 1, false, 3.5);
    """
    spec = {
        "anonymise": {"set": {"is_open": True, "points": 5}},
        "roles": {"owner": {"column": "owner_id", "erasure": "anonymise"}},
    }
    lms = await new_lms(tables, small_map({"mark": spec}))
    await lms.act("mark")
    hands, key = await lms.hands(), Keys([["1"]])
    for name, value in {"is_open": True, "points": 5}.items():
        change = Change.model_validate({"set": {name: value}})
        assert await hands.unaffected([SetCells("mark", key, change)]) == 0


async def test_a_look_back_finds_what_names_the_person_when_its_row_is_gone(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(NOTES, small_map({"note": NOTE}))
    await lms.connection.execute("DELETE FROM person WHERE id = 1")
    hands = await lms.hands()
    assert await hands.counts(["note"], is_forecast=True) == []
    found = await hands.counts(["note"], is_forecast=False)
    assert {each.roles: each.count for each in found} == {
        ("owner", "editor"): 1,
        ("owner",): 1,
        ("editor",): 1,
    }


async def test_an_upload_is_named_as_long_as_any_row_of_the_table_names_it(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(NOTES, small_map({"note": NOTE}))
    hands = await lms.hands()
    assert await hands.still_named("note", "scan", ["x", "z", "a", "gone"]) == {"x", "z"}
    assert await hands.still_named("note", "picture", ["x", "z", "a", "gone"]) == {"a"}


_SCAN = "0b0e7a3c-1d55-4f0e-9a41-5d1f1e0c2b11"
_SCANS = f"""
CREATE DOMAIN short AS text CHECK (length(value) < 3);
CREATE TABLE scan (id bigint PRIMARY KEY, owner_id bigint, by_uuid uuid, by_number integer, by_code char(4),
    by_moment date, by_short short, by_name varchar(3));
INSERT INTO scan VALUES (1, 1, '{_SCAN}', 4711, 'ab', '2026-01-02', 'a', 'abc'),
    (2, 1, '{_SCAN}', 4711, 'ab', '2026-01-02', 'a', 'abc');
"""
_SENT = [
    _SCAN,
    _SCAN[:-1],
    "4711",
    "12345678901",
    "1" * 30,
    "ab",
    "2026-01-02",
    "a",
    "abc",
    "abcd",
    "x",
]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("by_uuid", _SCAN),
        ("by_number", "4711"),
        ("by_code", "ab"),
        ("by_moment", "2026-01-02"),
        ("by_short", "a"),
        ("by_name", "abc"),
    ],
)
async def test_names_of_uploads_are_looked_for_also_where_a_column_cannot_hold_them_all(
    new_lms: NewSmallLms, column: str, value: str
) -> None:
    spec = {
        "fields": {column: {"title": "x", "file": {"source": "uploads"}}},
        "roles": {"owner": {"column": "owner_id", "erasure": "delete"}},
    }
    hands = await (await new_lms(_SCANS, small_map({"scan": spec}))).hands()
    assert await hands.still_named("scan", column, _SENT) == {value}


@pytest.mark.parametrize("column", ["by_uuid", "by_short", "by_name"])
async def test_an_index_serves_the_look_for_names_of_uploads(
    new_lms: NewSmallLms, column: str
) -> None:
    lms = await new_lms(f"{_SCANS} CREATE INDEX ON scan ({column});", small_map({"note": NOTE}))
    sql = still_named(await lms.source.describe(), "scan", column)
    await lms.connection.execute("SET enable_seqscan = off")
    plan = await lms.connection.fetch(f"EXPLAIN {sql}", _SENT)
    assert any("Index Cond" in row[0] for row in plan)


async def test_all_records_are_noted_with_their_roles_also_those_that_stay(
    new_lms: NewSmallLms,
) -> None:
    roles = {
        "owner": {"column": "owner_id", "erasure": "keep"},
        "editor": {"column": "editor_id", "erasure": "anonymise"},
    }
    hands = await (await new_lms(NOTES, small_map({"note": NOTE | {"roles": roles}}))).hands()
    assert sorted(await hands.notes("note")) == [(("1",), 3), (("2",), 1), (("3",), 2)]
    assert sorted([key async for keys in hands.candidates("note") for key in keys]) == [
        ("1",),
        ("3",),
    ]


async def test_where_nothing_is_found_no_branch_is_counted(new_lms: NewSmallLms) -> None:
    owner = {"owner": {"column": "owner_id", "erasure": "delete"}}
    lms = await new_lms(NOTES, small_map({"note": {"roles": owner}}))
    found = [await (await lms.hands(subject=n)).counts(["note"], is_forecast=True) for n in (1, 3)]
    assert [[(each.roles, each.count) for each in counted] for counted in found] == [
        [(("owner",), 2)],
        [],
    ]

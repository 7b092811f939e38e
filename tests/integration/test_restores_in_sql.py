"""Former values are read back to the byte, where what was set still stands, whatever the columns hold."""

import asyncio
from typing import Any

import pytest

from app.sources.hands import LOGIN, Acted, FormerRecord, Restored
from app.sources.sql.effects.hands import SqlHands
from schemas.vocabulary import Right
from tests.fixtures.patience import until
from tests.fixtures.small_lms import NewSmallLms, SmallLms, small_map

HIDDEN = {"roles": {"owner": {"column": "owner_id", "restriction": "hide"}}}


async def formers_of(lms: SmallLms, name: str) -> tuple[FormerRecord, ...]:
    """Restrict and give what was read before."""
    return tuple(each for acted in await restricted(lms, name) for each in acted.formers)


async def restricted(lms: SmallLms, name: str) -> list[Acted]:
    return await lms.act(name, Right.RESTRICTION)


async def lifted(lms: SmallLms, name: str, formers: tuple[FormerRecord, ...]) -> Restored:
    async with (await lms.hands(Right.RESTRICTION)).batch() as batch:
        restored = await batch.restore(name, formers)
        await batch.commit()
    return restored


async def restriction(lms: SmallLms) -> SqlHands:
    return await lms.hands(Right.RESTRICTION)


UNTIDY = """
CREATE TYPE mood AS ENUM ('fine', 'so so');
CREATE TABLE thing (
    a bigint, b text, owner_id bigint, hidden boolean NOT NULL DEFAULT false,
    plain text, needed text NOT NULL, padded bpchar, narrow char(5), feeling mood, said json,
    listed text[], at timestamptz, flag boolean,
    twice text GENERATED ALWAYS AS (needed || needed) STORED, PRIMARY KEY (a, b));
INSERT INTO thing (a, b, owner_id, plain, needed, padded, narrow, feeling, said, listed, at, flag) VALUES
    (1, 'x', 1, 'it''s', '', 'ends  ', 'ab', 'fine', '{"b":  1, "a": null}', '{a,NULL,"b,c"}', now(), true),
    (1, 'y', 1, NULL, ' n ', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (2, 'x', 1, '', 'NULL', '', '', 'so so', 'null', '{}', 'infinity', false),
    (2, 'y', 2, '', 'another''s', '', '', 'so so', 'null', '{}', 'infinity', false);
"""
EVERYTHING = "SELECT a || b, *, needed::bytea, padded::text || '|' FROM thing"
COLUMNS = ["plain", "padded", "narrow", "feeling", "said", "listed", "at", "flag"]


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param({"remove": True}, id="the row itself went"),
        pytest.param({"blank": ["needed", *COLUMNS]}, id="its columns were emptied"),
        pytest.param({"set": {"hidden": True, "plain": "gone"}}, id="a mark was set"),
    ],
)
async def test_whatever_a_row_holds_it_comes_back_as_it_was(
    new_lms: NewSmallLms, hide: dict[str, Any]
) -> None:
    lms = await new_lms(UNTIDY, small_map({"thing": HIDDEN | {"key": ["a", "b"], "hide": hide}}))
    before = await lms.rows(EVERYTHING)
    formers = await formers_of(lms, "thing")
    assert len(formers) == 3
    assert await lms.rows(EVERYTHING) != before
    assert await (await restriction(lms)).unrestored("thing", formers) == 3
    restored = await lifted(lms, "thing", formers)
    assert (set(restored.whole), restored.partial, restored.gone) == (
        {("1", "x"), ("1", "y"), ("2", "x")},
        (),
        (),
    )
    assert await lms.rows(EVERYTHING) == before
    assert await (await restriction(lms)).unrestored("thing", formers) == 0


async def test_a_row_of_very_many_columns_comes_back(new_lms: NewSmallLms) -> None:
    columns = ", ".join(f"c{n} text" for n in range(120))
    values = ", ".join(f"'v{n}'" for n in range(120))
    lms = await new_lms(
        f"CREATE TABLE wide (id bigint PRIMARY KEY, owner_id bigint, {columns});"
        f"INSERT INTO wide VALUES (1, 1, {values})",
        small_map({"wide": HIDDEN | {"hide": {"remove": True}}}),
    )
    before = await lms.rows("SELECT * FROM wide")
    formers = await formers_of(lms, "wide")
    assert await lms.rows("SELECT * FROM wide") == []
    await lifted(lms, "wide", formers)
    assert await lms.rows("SELECT * FROM wide") == before


NOTES = """
CREATE TABLE note (id bigint PRIMARY KEY, owner_id bigint, text text, more text, touched int NOT NULL DEFAULT 0);
INSERT INTO note VALUES (1, 1, 'a', 'b'), (2, 1, 'c', 'd'), (3, 1, 'e', 'f'), (4, 1, 'g', 'h');
"""
BLANKED = HIDDEN | {"hide": {"blank": ["text", "more"]}}


async def test_what_somebody_changed_meanwhile_is_left_and_what_is_gone_stays_so(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(NOTES, small_map({"note": BLANKED}))
    formers = await formers_of(lms, "note")
    await lms.connection.execute(
        "UPDATE note SET text = 'new' WHERE id = 1; UPDATE note SET text = 'c' WHERE id = 2;"
        "DELETE FROM note WHERE id = 3"
    )
    restored = await lifted(lms, "note", formers)
    assert (set(restored.whole), restored.partial, restored.gone) == (
        {("2",), ("4",)},
        (("1",),),
        (("3",),),
    )
    assert await lms.rows("SELECT id, text, more FROM note") == [
        (1, "new", "b"),
        (2, "c", "d"),
        (4, "g", "h"),
    ]
    assert await (await restriction(lms)).unrestored("note", formers) == 0


TRIGGER = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.touched := NEW.touched + 1; RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE note ADD twice text GENERATED ALWAYS AS (more || more) STORED;
"""


async def test_what_a_trigger_changes_comes_back_too_and_what_nobody_changed_is_not_kept(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(NOTES + TRIGGER, small_map({"note": BLANKED}))
    before = await lms.rows("SELECT * FROM note")
    formers = await formers_of(lms, "note")
    assert {each[4] for each in await lms.rows("SELECT * FROM note")} == {1}
    assert '"touched": "0"' in formers[0].former
    assert "owner_id" not in formers[0].former
    await lifted(lms, "note", formers)
    assert await lms.rows("SELECT * FROM note") == before
    await lms.connection.execute("UPDATE note SET text = 'x' WHERE id = 1")
    assert await lms.rows("SELECT touched FROM note WHERE id = 1") == [(1,)]


PARTS = """
CREATE TABLE whole (id bigint, kind bigint, PRIMARY KEY (id, kind));
INSERT INTO whole VALUES (1, 1), (2, 1), (2, 2);
CREATE SCHEMA away;
CREATE TABLE away.place (id bigint PRIMARY KEY);
INSERT INTO away.place VALUES (5);
CREATE TABLE part (id bigint PRIMARY KEY, owner_id bigint, whole_id bigint, whole_kind bigint,
    place_id bigint REFERENCES away.place, FOREIGN KEY (whole_id, whole_kind) REFERENCES whole);
INSERT INTO part VALUES (1, 1, 1, 1, 5), (2, 1, 2, 2, 5), (3, 1, NULL, 2, NULL), (4, 1, 2, 1, NULL);
"""


async def test_a_row_without_what_it_refers_to_cannot_come_back_and_the_others_do(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(PARTS, small_map({"part": HIDDEN | {"hide": {"remove": True}}}))
    formers = await formers_of(lms, "part")
    await lms.connection.execute("DELETE FROM whole WHERE kind = 2")
    restored = await lifted(lms, "part", formers)
    assert (set(restored.whole), restored.gone) == ({("1",), ("3",), ("4",)}, (("2",),))
    assert await lms.rows("SELECT * FROM part") == [
        (1, 1, 1, 1, 5),
        (3, 1, None, 2, None),
        (4, 1, 2, 1, None),
    ]


async def test_rows_that_went_and_rows_that_were_changed_come_back_together(
    new_lms: NewSmallLms,
) -> None:
    role = {
        "column": "owner_id",
        "restriction": [{"when": {"is": {"text": "a"}}, "effect": "hide"}, "anonymise"],
    }
    note = {
        "hide": {"remove": True},
        "anonymise": {"set": {"owner_id": "$stand_in"}},
        "roles": {"owner": role},
    }
    lms = await new_lms(NOTES, small_map({"note": note}))
    before = await lms.rows("SELECT * FROM note")
    formers = await formers_of(lms, "note")
    assert {each.key: each.is_removed for each in formers} == {
        ("1",): True,
        ("2",): False,
        ("3",): False,
        ("4",): False,
    }
    restored = await lifted(lms, "note", formers)
    assert sorted(restored.whole) == [("1",), ("2",), ("3",), ("4",)]
    assert await lms.rows("SELECT * FROM note") == before


LOGINS = """
ALTER TABLE person ADD active boolean, ADD tried int NOT NULL DEFAULT 0;
UPDATE person SET active = id <> 3;
"""
CLOSED = {"login": {"set": {"active": False}}}
KEPT = {"person": {"restriction": "keep", "erasure": "keep"}}


async def test_a_log_in_is_blocked_once_and_given_back(new_lms: NewSmallLms) -> None:
    people = {"person": {"restriction": "keep", "erasure": "keep"}}
    lms = await new_lms(LOGINS, small_map(people, subject=CLOSED))
    before = await lms.rows("SELECT * FROM person")
    async with (await restriction(lms)).batch() as batch:
        former = await batch.block_login()
        assert former == FormerRecord(("1",), 1, '{"active": "t"}', '{"active": "f"}')
        assert await batch.block_login() is None
        await batch.commit()
    assert [row[0] for row in await lms.rows("SELECT id FROM person WHERE active")] == [2, 4, 9]
    restored = await lifted(lms, LOGIN, (former,))
    assert restored.whole == (("1",),)
    assert await lms.rows("SELECT * FROM person") == before


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("active = false", id="one of two columns is set already"),
        pytest.param("active = NULL, tried = 5", id="a column says nothing"),
    ],
)
async def test_a_log_in_is_blocked_where_anything_of_it_is_left(
    new_lms: NewSmallLms, before: str
) -> None:
    closed = {"login": {"set": {"active": False, "tried": 5}}}
    lms = await new_lms(LOGINS, small_map(KEPT, subject=closed))
    await lms.connection.execute(f"UPDATE person SET {before} WHERE id = 1")
    async with (await restriction(lms)).batch() as batch:
        assert await batch.block_login() is not None
        await batch.commit()
    assert await lms.rows("SELECT active, tried FROM person WHERE id = 1") == [(False, 5)]


TRIES = """
CREATE FUNCTION tries() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.tried := NEW.tried + 1; RETURN NEW; END $$;
CREATE TRIGGER tries BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION tries();
"""


async def test_what_a_trigger_changes_with_the_log_in_comes_back_too(new_lms: NewSmallLms) -> None:
    lms = await new_lms(LOGINS + TRIES, small_map(KEPT, subject=CLOSED))
    before = await lms.rows("SELECT * FROM person")
    async with (await restriction(lms)).batch() as batch:
        former = await batch.block_login()
        await batch.commit()
    assert await lms.rows("SELECT active, tried FROM person WHERE id = 1") == [(False, 1)]
    assert former is not None
    await lifted(lms, LOGIN, (former,))
    assert await lms.rows("SELECT * FROM person") == before


async def test_a_log_in_that_the_lms_blocks_meanwhile_is_not_blocked_again(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(LOGINS, small_map(KEPT, subject=CLOSED))
    await lms.connection.execute("BEGIN; UPDATE person SET active = false WHERE id = 1")

    async def blocking() -> FormerRecord | None:
        async with (await restriction(lms)).batch() as batch:
            former = await batch.block_login()
            await batch.commit()
        return former

    working = asyncio.create_task(blocking())
    await until(lms.is_waited_for)
    await lms.connection.execute("COMMIT")
    assert await working is None


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        pytest.param(3, CLOSED, id="it is blocked already"),
        pytest.param(4, CLOSED, id="the person is another school's"),
        pytest.param(1, {}, id="the map names no log-in"),
        pytest.param(1, CLOSED | {"where": {"is": {"name": "Ola"}}}, id="the row is nobody's"),
    ],
)
async def test_nothing_is_blocked_where(
    new_lms: NewSmallLms, subject: int, more: dict[str, Any]
) -> None:
    people = {"person": {"restriction": "keep", "erasure": "keep"}}
    lms = await new_lms(LOGINS, small_map(people, subject=more))
    before = await lms.rows("SELECT * FROM person")
    async with (await lms.hands(Right.RESTRICTION, subject)).batch() as batch:
        assert await batch.block_login() is None
        await batch.commit()
    assert await lms.rows("SELECT * FROM person") == before


async def test_rules_that_change_different_columns_are_each_undone(new_lms: NewSmallLms) -> None:
    rules = [{"when": {"is": {"text": "a"}}, "effect": "hide"}, "anonymise"]
    note = {
        "hide": {"blank": ["text"]},
        "anonymise": {"set": {"owner_id": "$stand_in", "more": "x"}},
        "roles": {"owner": {"column": "owner_id", "restriction": rules}},
    }
    lms = await new_lms(NOTES, small_map({"note": note}))
    before = await lms.rows("SELECT * FROM note")
    formers = await formers_of(lms, "note")
    assert await (await restriction(lms)).unrestored("note", formers) == 4
    restored = await lifted(lms, "note", formers)
    assert sorted(restored.whole) == [("1",), ("2",), ("3",), ("4",)]
    assert await lms.rows("SELECT * FROM note") == before
    assert await (await restriction(lms)).unrestored("note", formers) == 0


async def test_rows_that_lie_under_one_another_come_back_at_once(new_lms: NewSmallLms) -> None:
    tables = """
    CREATE TABLE folder (id bigint PRIMARY KEY, owner_id bigint, parent_id bigint REFERENCES folder);
    INSERT INTO folder VALUES (1, 1, NULL), (2, 1, 1), (3, 1, 2), (4, 1, 4);
    """
    lms = await new_lms(tables, small_map({"folder": HIDDEN | {"hide": {"remove": True}}}))
    before = await lms.rows("SELECT * FROM folder")
    formers = await formers_of(lms, "folder")
    assert await lms.rows("SELECT * FROM folder") == []
    await lms.connection.execute("INSERT INTO folder VALUES (3, 2, NULL)")
    restored = await lifted(lms, "folder", formers)
    assert (set(restored.whole), restored.gone) == ({("1",), ("2",), ("4",)}, (("3",),))
    await lms.connection.execute("DELETE FROM folder WHERE id = 3")
    await lifted(lms, "folder", formers)
    assert await lms.rows("SELECT * FROM folder") == before


async def test_what_the_table_has_lost_the_column_of_is_left(new_lms: NewSmallLms) -> None:
    lms = await new_lms(NOTES, small_map({"note": BLANKED}))
    formers = await formers_of(lms, "note")
    await lms.connection.execute(
        "ALTER TABLE note DROP text, DROP more; DELETE FROM note WHERE id = 4"
    )
    await lms.source.describe()
    restored = await lifted(lms, "note", formers)
    assert (set(restored.partial), restored.gone) == ({("1",), ("2",), ("3",)}, (("4",),))


BOOKS = """
CREATE TABLE shelf (id bigint, house_id bigint, PRIMARY KEY (id, house_id));
CREATE TABLE book (id bigint PRIMARY KEY, owner_id bigint, shelf_id bigint, house_id bigint, text text,
    next_id bigint REFERENCES book, FOREIGN KEY (shelf_id, house_id) REFERENCES shelf);
INSERT INTO shelf VALUES (5, 1), (6, 1);
INSERT INTO book VALUES (1, 1, 5, 1, 'a', NULL), (2, 1, 6, 1, 'b', 1), (3, 1, NULL, 1, 'c', 2);
"""
WATCHED = """
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER watch BEFORE UPDATE ON book FOR EACH ROW EXECUTE FUNCTION watch();
"""


@pytest.mark.parametrize("more", ["", WATCHED], ids=["no trigger", "a trigger to be passed by"])
async def test_a_cell_that_refers_to_what_is_gone_is_left_and_the_others_come_back(
    new_lms: NewSmallLms, more: str
) -> None:
    hide = {"blank": ["shelf_id", "text", "next_id"]}
    lms = await new_lms(BOOKS + more, small_map({"book": HIDDEN | {"hide": hide}}))
    formers = await formers_of(lms, "book")
    await lms.connection.execute("DELETE FROM shelf WHERE id = 5")
    restored = await lifted(lms, "book", formers)
    assert (set(restored.whole), restored.partial) == ({("2",), ("3",)}, (("1",),))
    assert await lms.rows("SELECT id, shelf_id, text, next_id FROM book") == [
        (1, None, "a", None),
        (2, 6, "b", 1),
        (3, None, "c", 2),
    ]
    assert await (await restriction(lms)).unrestored("book", formers) == 0

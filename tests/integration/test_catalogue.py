"""A live catalogue is read as PostgreSQL means it."""

import asyncpg
import pytest

from app.domain.catalogue import Catalogue, Column, ForeignKey
from app.embedded.stack import Stack
from app.sources.sql.catalogue import read_catalogue
from tests.fixtures.catalogues import SOUND_CATALOGUE
from tests.fixtures.data_maps import SCHEMA, SILENT
from tests.fixtures.stack import NewDatabase

ODDITIES = """
CREATE SCHEMA other;
CREATE TABLE other.place (id int PRIMARY KEY);
CREATE TABLE other.far (id int PRIMARY KEY, place_id int REFERENCES other.place);
CREATE DOMAIN short AS varchar(8) NOT NULL;
CREATE DOMAIN shorter AS short;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE "Odd ""Table" (
    "Key One" bigint, "key,two" text, note shorter, amount positive, tags text[], at timestamptz,
    state mood, twice int GENERATED ALWAYS AS (2) STORED, gone int, price numeric(6,2), only_once text, PRIMARY KEY ("key,two", "Key One"));
ALTER TABLE "Odd ""Table" DROP COLUMN gone;
CREATE UNIQUE INDEX ON "Odd ""Table" (note) WHERE amount > 3;
CREATE UNIQUE INDEX ON "Odd ""Table" (lower(note), amount);
CREATE UNIQUE INDEX ON "Odd ""Table" (amount) INCLUDE (note);
CREATE UNIQUE INDEX ON "Odd ""Table" (only_once) NULLS NOT DISTINCT;
CREATE INDEX ON "Odd ""Table" (at DESC, note);
CREATE INDEX ON "Odd ""Table" USING gin (tags);
CREATE TABLE child (
    id bigint PRIMARY KEY, parent_text text, parent_number bigint, place_id int REFERENCES other.place,
    self_id bigint REFERENCES child ON DELETE SET NULL,
    CONSTRAINT child_parent FOREIGN KEY (parent_number, parent_text)
        REFERENCES "Odd ""Table" ("Key One", "key,two") ON DELETE CASCADE);
CREATE TABLE log (id bigint, at date, child_id bigint REFERENCES child, PRIMARY KEY (id, at))
    PARTITION BY RANGE (at);
CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX ON log (child_id);
CREATE VIEW glad AS SELECT id, parent_text FROM child;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM child;
CREATE TABLE nothing ();
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TABLE other.pet (id int PRIMARY KEY, child_id bigint REFERENCES child ON DELETE CASCADE);
CREATE TRIGGER switched_off BEFORE UPDATE ON child FOR EACH ROW EXECUTE FUNCTION stamp();
ALTER TABLE child DISABLE TRIGGER switched_off;
"""


async def catalogue_of(stack: Stack, new_database: NewDatabase, sql: str, schema: str) -> Catalogue:
    connection = await asyncpg.connect(stack.database_url(new_database()))
    try:
        await connection.execute(sql)
        return await read_catalogue(connection, schema)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def odd(stack: Stack, new_database: NewDatabase) -> Catalogue:
    return await catalogue_of(stack, new_database, ODDITIES, "public")


async def test_the_catalogue_of_a_real_database_is_the_one_that_the_rules_are_tested_with(
    stack: Stack, new_database: NewDatabase
) -> None:
    found = await catalogue_of(stack, new_database, SCHEMA + SILENT, "public")
    assert found.tables.keys() == SOUND_CATALOGUE.tables.keys()
    for name, table in found.tables.items():
        expected = SOUND_CATALOGUE.tables[name]
        assert dict(table.columns) == dict(expected.columns)
        assert table.primary_key == expected.primary_key
        assert set(table.unique_keys) == set(expected.unique_keys)
        assert set(table.indexes) == set(expected.indexes)
        assert table.foreign_keys == expected.foreign_keys
        assert (table.triggers, table.is_table, table.row_estimate) == ((), True, 0)


def test_names_are_read_as_the_database_spells_them(odd: Catalogue) -> None:
    table = odd.tables['Odd "Table']
    assert list(table.columns)[:3] == ["Key One", "key,two", "note"]
    assert table.primary_key == ("key,two", "Key One")


def test_dropped_columns_are_gone(odd: Catalogue) -> None:
    assert "gone" not in odd.tables['Odd "Table'].columns


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("note", Column("note", "shorter", "varchar", "S", is_nullable=False)),
        ("amount", Column("amount", "positive", "int4", "N", is_nullable=True)),
        ("tags", Column("tags", "text[]", "_text", "A", is_nullable=True)),
        ("at", Column("at", "timestamp with time zone", "timestamptz", "D", is_nullable=True)),
        ("state", Column("state", "mood", "mood", "E", is_nullable=True, labels=("glad",))),
        ("twice", Column("twice", "integer", "int4", "N", is_nullable=True, is_generated=True)),
        ("price", Column("price", "numeric(6,2)", "numeric", "N", is_nullable=True)),
        ("Key One", Column("Key One", "bigint", "int8", "N", is_nullable=False)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_types_are_followed_through_their_domains(
    odd: Catalogue, name: str, expected: Column
) -> None:
    assert odd.tables['Odd "Table'].columns[name] == expected


def test_only_unique_indexes_over_columns_and_all_rows_are_keys(odd: Catalogue) -> None:
    keys = odd.tables['Odd "Table'].unique_keys
    assert set(keys) == {("key,two", "Key One"), ("amount",), ("only_once",)}


def test_unique_indexes_over_expressions_or_some_rows_name_their_columns(odd: Catalogue) -> None:
    assert set(odd.tables['Odd "Table'].partial_keys) == {("amount", "note")}
    assert odd.tables["child"].partial_keys == ()


def test_only_indexes_that_look_for_a_value_among_all_rows_are_listed(odd: Catalogue) -> None:
    assert set(odd.tables['Odd "Table'].indexes) == {
        ("key,two", "Key One"),
        ("", "amount"),
        ("amount",),
        ("only_once",),
        ("at", "note"),
    }


def test_foreign_keys_pair_their_columns_and_say_what_a_delete_does(odd: Catalogue) -> None:
    assert odd.tables["child"].foreign_keys == (
        ForeignKey(
            "child_parent",
            ("parent_number", "parent_text"),
            'Odd "Table',
            ("Key One", "key,two"),
            "CASCADE",
        ),
        ForeignKey("child_place_id_fkey", ("place_id",), "other.place", ("id",), "NO ACTION"),
        ForeignKey("child_self_id_fkey", ("self_id",), "child", ("id",), "SET NULL"),
    )


def test_foreign_keys_of_other_schemas_are_told_apart_with_the_table_they_stand_in(
    odd: Catalogue,
) -> None:
    key = ForeignKey("pet_child_id_fkey", ("child_id",), "child", ("id",), "CASCADE")
    assert odd.from_elsewhere == {"other.pet": (key,)}
    assert "other.pet" not in odd.tables


def test_a_partitioned_table_stands_for_its_partitions(odd: Catalogue) -> None:
    assert "log_2024" not in odd.tables
    log = odd.tables["log"]
    assert (log.is_table, log.primary_key, log.unique_keys) == (True, ("id", "at"), (("id", "at"),))
    assert ("child_id",) in log.indexes
    assert [key.references for key in log.foreign_keys] == ["child"]


def test_views_have_columns_and_no_rows_of_their_own(odd: Catalogue) -> None:
    assert (odd.tables["glad"].is_table, list(odd.tables["glad"].columns)) == (
        False,
        ["id", "parent_text"],
    )
    assert odd.tables["kept"].is_table


def test_a_table_without_columns_is_a_table(odd: Catalogue) -> None:
    assert odd.tables["nothing"].columns == {}


def test_triggers_that_fire_are_named(odd: Catalogue) -> None:
    assert odd.tables["child"].triggers == ("stamped",)


async def test_only_the_schema_asked_for_is_read(stack: Stack, new_database: NewDatabase) -> None:
    other = await catalogue_of(stack, new_database, ODDITIES, "other")
    assert list(other.tables) == ["far", "pet", "place"]
    assert list(other.from_elsewhere) == ["public.child"]
    assert (await catalogue_of(stack, new_database, ODDITIES, "nowhere")).tables == {}

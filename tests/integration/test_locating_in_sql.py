"""Records are a person's by column, through other records, in part of them, and of one kind and school only."""

from typing import Any

import pytest

from app.sources.keys import Keys
from tests.fixtures.small_lms import NewSmallLms, SmallLms, small_map

TABLES = """
CREATE TABLE box (id bigint, shelf bigint, school_id bigint, owner_id bigint, helper_id bigint, kind text,
    PRIMARY KEY (id, shelf));
CREATE TABLE thing (id bigint PRIMARY KEY, box_id bigint, box_shelf bigint, maker_id bigint, kind text);
INSERT INTO box VALUES (1, 1, 7, 1, 2, 'box'), (2, 1, 7, 2, 1, 'box'), (3, 2, 7, 2, 1, 'box'),
    (4, 1, 8, 1, 1, 'box'), (5, 1, 7, 1, 1, 'bag'), (6, 1, 7, 2, 2, 'box');
INSERT INTO thing VALUES (10, 1, 1, 2, 'thing'), (11, 1, 2, 2, 'thing'), (12, 2, 1, 2, 'thing'), (13, 3, 2, 2, 'thing'),
    (14, 4, 1, 2, 'thing'), (15, 5, 1, 2, 'thing'), (16, 6, 1, 1, 'thing'), (17, 1, 1, 1, 'sketch'), (18, 2, 2, 2, 'thing');
"""
"""The subject owns the first box and helps with the second; the third is on another shelf, the fourth another
school's, the fifth a bag."""

BOX: dict[str, Any] = {
    "key": ["id", "shelf"],
    "controller": "school_id",
    "where": {"is": {"kind": "box"}},
    "roles": {
        "owner": {"column": "owner_id", "erasure": "delete"},
        "helper": {"column": "helper_id", "where": {"is": {"shelf": 1}}, "erasure": "delete"},
    },
}
IN_BOX = {"via": "box", "match": {"box_id": "id", "box_shelf": "shelf"}, "erasure": "delete"}
MAKER = {"column": "maker_id", "erasure": "delete"}
HELPER = IN_BOX | {"via_roles": ["helper"]}
OF_KIND = {"table": "thing", "where": {"is": {"kind": "thing"}}}


async def located(lms: SmallLms, name: str) -> dict[tuple[str, ...], int]:
    return dict(await (await lms.hands()).notes(name))


async def deleted(lms: SmallLms, name: str, key: list[str]) -> set[Any]:
    """Name every row of the table to an erasure; give the ids of those that went."""
    rows = f"SELECT {', '.join(key)} FROM {name}"
    before = await lms.rows(rows)
    async with (await lms.hands()).batch() as batch:
        await batch.act(name, Keys.of(tuple(map(str, row)) for row in before))
        await batch.commit()
    return {row[0] for row in set(before) - set(await lms.rows(rows))}


async def test_by_columns_each_role_under_its_own_condition(new_lms: NewSmallLms) -> None:
    lms = await new_lms(TABLES, small_map({"box": BOX}))
    assert await located(lms, "box") == {("1", "1"): 1, ("2", "1"): 2}
    assert await deleted(lms, "box", ["id", "shelf"]) == {1, 2}


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        ({"keeper": IN_BOX}, {"10": 1, "12": 1}),
        ({"helper": HELPER}, {"12": 1}),
        ({"maker": MAKER}, {"16": 1}),
        (
            {"maker": MAKER, "keeper": IN_BOX, "helper": HELPER},
            {"10": 2, "12": 6, "16": 1},
        ),
    ],
    ids=["through all roles", "through one of them", "by a column", "in several roles"],
)
async def test_through_other_records_of_the_right_kind_and_school(
    new_lms: NewSmallLms, roles: dict[str, Any], found: dict[str, int]
) -> None:
    lms = await new_lms(TABLES, small_map({"box": BOX, "thing": OF_KIND | {"roles": roles}}))
    assert await located(lms, "thing") == {(key,): mask for key, mask in found.items()}
    assert await deleted(lms, "thing", ["id"]) == {int(key) for key in found}

"""A restricted person's records are looked at as they were before, beside those that came since."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.sources.hands import FormerRecord
from app.sources.keys import Key
from app.sources.protocol import SubjectRef
from schemas.vocabulary import Right
from tests.fixtures.small_lms import NewSmallLms, SmallLms, small_map

TABLES = """
CREATE TABLE thread (id bigint PRIMARY KEY);
INSERT INTO thread VALUES (20);
CREATE TABLE note (a bigint, b text, owner_id bigint, editor_id bigint, thread_id bigint, kind text,
    text text, PRIMARY KEY (a, b));
INSERT INTO note VALUES
    (1, 'x', 1, 1, 10, 'gone', 'one'), (1, 'y', 1, 2, 10, 'mine', NULL), (2, 'x', 2, 1, 20, 'mine', ''),
    (2, 'y', 2, 2, 10, 'mine', 'another''s'), (3, 'x', 1, NULL, NULL, 'kept', 'three'),
    (3, 'y', 1, 1, 20, 'mine', 'five');
"""
RULES: list[Any] = [
    {"when": {"is": {"kind": "gone"}}, "effect": "hide"},
    {"when": {"is": {"kind": "kept"}}, "effect": "keep", "because": "x"},
    {"effect": "anonymise"},
]
ERASED: list[Any] = [
    {"when": {"is": {"kind": "gone"}}, "effect": "delete"},
    {
        "effect": "keep",
        "because": "x",
        "until": {"container_gone": "thread_id"},
        "then": "delete",
    },
]
ROLES = {
    "owner": {"column": "owner_id", "restriction": RULES, "erasure": ERASED},
    "editor": {"column": "editor_id", "restriction": RULES, "erasure": ERASED},
}
NOTE: dict[str, Any] = {
    "key": ["a", "b"],
    "hide": {"remove": True},
    "anonymise": {"set": {"owner_id": "$stand_in", "editor_id": "$stand_in"}, "blank": ["text"]},
    "fields": {"text": {"title": "x"}, "kind": {"title": "x"}},
}
BOTH = NOTE | {"roles": ROLES}
ONE = NOTE | {"roles": {"owner": ROLES["owner"]}}
IN_PLACE = ONE | {
    "hide": {"set": {"text": "hidden"}},
    "roles": {"owner": {"column": "owner_id", "restriction": "hide", "erasure": ERASED}},
}
REFERENCES = {"references": {"note.thread_id": "thread.id"}}
EMPTIED = ONE | {"anonymise": {"blank": ["owner_id", "text"]}}
IN_EITHER = pytest.mark.parametrize("spec", [BOTH, ONE], ids=["two roles", "one role"])


@dataclass(frozen=True, slots=True)
class Vault:
    """What a restriction read, in memory, two entries at a time."""

    formers: tuple[FormerRecord, ...]

    def holds(self, record_type: str) -> bool:
        return bool(self.formers) and record_type == "note"

    async def keys(self, record_type: str) -> list[Key]:
        return [each.key for each in self.formers if record_type == "note"]

    async def chunks(self, record_type: str) -> AsyncIterator[list[FormerRecord]]:
        for at in range(0, len(self.formers), 2):
            yield list(self.formers[at : at + 2]) if record_type == "note" else []


async def restrict(lms: SmallLms) -> Vault:
    acted = await lms.act("note", Right.RESTRICTION)
    return Vault(tuple(each for one in acted for each in one.formers))


Counts = set[tuple[tuple[str, ...], int, int]]


async def counts(lms: SmallLms, held: Vault | None = None) -> Counts:
    found = await (await lms.hands()).counts(["note"], is_forecast=True, held=held)
    return {(each.roles, each.branch.number, each.count) for each in found}


async def exported(lms: SmallLms, held: Vault | None = None) -> set[str]:
    chunks: list[bytes] = []

    async def sink(chunk: bytes) -> None:
        chunks.append(chunk)

    async with lms.source.snapshot(SubjectRef("7", "1"), Right.ACCESS, held) as snapshot:
        await snapshot.export("note", sink)
    return set(b"".join(chunks).decode().splitlines())


async def kept_containers(lms: SmallLms, held: Vault | None = None) -> list[tuple[int, Any]]:
    hands = await lms.hands()
    return [
        (branch.number, container)
        async for branch, containers in hands.kept_containers("note", held)
        for container in containers
    ]


@pytest.mark.parametrize(
    "spec", [BOTH, ONE, IN_PLACE], ids=["two roles", "one role", "hidden where they are"]
)
async def test_counts_exports_and_containers_are_those_of_before(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(TABLES, small_map({"note": spec}, **REFERENCES))
    before = await counts(lms), await exported(lms), set(await kept_containers(lms))
    vault = await restrict(lms)
    assert (await counts(lms), await exported(lms)) != before[:2]
    assert (
        await counts(lms, vault),
        await exported(lms, vault),
        set(await kept_containers(lms, vault)),
    ) == before


@pytest.mark.parametrize(
    "spec", [BOTH, ONE, EMPTIED], ids=["two roles", "one role", "the column is emptied"]
)
async def test_what_came_since_is_looked_at_too_and_what_the_lms_deleted_is_not(
    new_lms: NewSmallLms, spec: dict[str, Any]
) -> None:
    lms = await new_lms(TABLES, small_map({"note": spec}, **REFERENCES))
    before = await exported(lms)
    vault = await restrict(lms)
    await lms.connection.execute(
        "DELETE FROM note WHERE (a, b) = (1, 'y'); INSERT INTO note VALUES (4, 'x', 1, NULL, 20, 'mine', 'new')"
    )
    after = await exported(lms, vault)
    assert {each.split('"')[1] for each in before - after} == {"1/y"}
    assert {each.split('"')[1] for each in after - before} == {"4/x"}


@IN_EITHER
@pytest.mark.parametrize(
    ("owner", "shown"), [pytest.param(1, 1, id="theirs"), pytest.param(2, 0, id="somebody else's")]
)
async def test_what_the_lms_writes_anew_where_a_row_was_taken_away_is_looked_at_as_it_is_now(
    new_lms: NewSmallLms, spec: dict[str, Any], owner: int, shown: int
) -> None:
    lms = await new_lms(TABLES, small_map({"note": spec}, **REFERENCES))
    vault = await restrict(lms)
    await lms.connection.execute(
        f"INSERT INTO note VALUES (1, 'x', {owner}, NULL, 20, 'mine', NULL)"
    )
    now, then = [
        [each for each in await exported(lms, held) if 'key="1/x"' in each]
        for held in (None, vault)
    ]
    assert len(now) == shown
    assert then == now, "a lift would leave it"


async def test_a_cell_that_an_erasure_has_taken_out_of_the_vault_is_looked_at_as_it_is_now(
    new_lms: NewSmallLms,
) -> None:
    """It was of somebody else, set to what the restriction had set, which stays."""
    lms = await new_lms(TABLES, small_map({"note": IN_PLACE}, **REFERENCES))
    now, vault = await exported(lms), await restrict(lms)
    cells = [json.loads(each.former) for each in vault.formers]
    assert {name for each in cells for name in each} == {"text"}
    gone = Vault(tuple(replace(each, former="{}") for each in vault.formers))
    before, after = await exported(lms, vault), await exported(lms, gone)
    assert before == now
    assert all('<field name="text">hidden</field>' in each for each in after)


async def test_containers_are_told_once_by_the_rule_that_keeps_for_them(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(TABLES, small_map({"note": BOTH}, **REFERENCES))
    again = "INSERT INTO note VALUES (4, 'x', 1, NULL, 10, 'mine', 'six'), (4, 'y', 1, NULL, NULL, 'mine', '')"
    await lms.connection.execute(again)
    told = await kept_containers(lms)
    assert sorted(told, key=str) == sorted(set(told), key=str)
    assert set(told) == {
        (1, ("10",)),
        (1, ("20",)),
        (1, (None,)),
        (3, ("20",)),
    }


async def test_what_is_anonymised_until_later_tells_its_containers_when_that_is_done(
    new_lms: NewSmallLms,
) -> None:
    later = {"effect": "anonymise", "until": {"container_gone": "thread_id"}, "then": "delete"}
    role = {"column": "owner_id", "restriction": RULES, "erasure": [ERASED[0], later]}
    lms = await new_lms(
        TABLES, small_map({"note": NOTE | {"roles": {"owner": role}}}, **REFERENCES)
    )
    assert await kept_containers(lms) == []


async def test_what_is_kept_for_good_waits_for_no_container(new_lms: NewSmallLms) -> None:
    role = {"column": "owner_id", "restriction": RULES, "erasure": "keep"}
    note = NOTE | {"roles": {"owner": role}}
    lms = await new_lms(TABLES, small_map({"note": note}, **REFERENCES))
    assert await kept_containers(lms) == []

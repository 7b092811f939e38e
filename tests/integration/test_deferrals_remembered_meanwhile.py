"""What begins to wait while others look at its container is not forgotten with what they have seen."""

import asyncio

import pytest

from app.engine import erasure, releases
from app.engine.batches import Batches
from app.engine.work import Work
from app.sources.hands import Deferred
from app.sources.sql.effects.hands import SqlHands
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.pairs import bind, newcomer, record_type
from tests.fixtures.patience import until

_TABLES = """
CREATE TABLE hall (id bigint PRIMARY KEY);
CREATE TABLE call (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hall_id bigint NOT NULL,
    caller_id bigint REFERENCES person);
CREATE INDEX ON call (hall_id);
CREATE INDEX ON call (caller_id);
INSERT INTO hall VALUES (1);
"""
_CALLER: Json = {
    "column": "caller_id",
    "restriction": "keep",
    "erasure": {
        "effect": "keep",
        "until": {"container_gone": "hall_id"},
        "then": "delete",
        "because": "others were there",
    },
}


async def test_a_call_that_comes_to_wait_while_its_hall_is_looked_at_goes_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.workplace.lms_does(_TABLES)
    await bind(
        office,
        {"call": record_type("call", roles={"caller": _CALLER})},
        references={"call.hall_id": "hall.id"},
    )
    first, second = [await newcomer(office, name) for name in ("first", "second")]
    for each in (first, second):
        await office.lms("INSERT INTO call (hall_id, caller_id) VALUES (1, $1)", each.id)
    await office.erase(first)
    digest = (await office.preview("erasure", second))["digest"]
    asked = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
    asked["confirmation"] = await office.confirmed(second)
    remembered, finds, carried_out = asyncio.Event(), SqlHands.waiting, releases.release

    async def look_while_the_second_is_erased(
        hands: SqlHands, deferred: Deferred
    ) -> tuple[int, ...]:
        found = await finds(hands, deferred)
        if deferred.record_type == "call" and not remembered.is_set():
            await office.post("subject-requests", asked)
            await asyncio.wait_for(remembered.wait(), 30)
        return found

    async def release_after_the_other(work: Work, batches: Batches) -> int:
        remembered.set()
        running = "SELECT FROM job WHERE kind = 're_examination' AND state <> 'completed'"

        async def is_over() -> bool:
            return not await office.workplace.execute(running)

        await until(is_over)
        return await carried_out(work, batches)

    monkeypatch.setattr(SqlHands, "waiting", look_while_the_second_is_erased)
    monkeypatch.setattr(erasure, releases.release.__name__, release_after_the_other)
    await office.workplace.lms_does("DELETE FROM hall")
    await office.post("lms-events", {"type": "container.deleted", "table": "hall", "key": "1"})
    await office.work()
    assert await office.lms("SELECT count(*) FROM call") == 0
    assert (await office.get("deferrals"))["items"] == []

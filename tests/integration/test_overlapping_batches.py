"""One transaction works while the one before is committed, where records hang on nothing but themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.engine import batches
from app.engine.batches import Batches
from app.engine.intent_content import IntentContent
from app.sources.sql.effects.batch import SqlBatch
from schemas.vocabulary import Right
from tests.fixtures.workplace import Workplace

VISITS, AT_A_STRETCH, IN_AN_INTENT = 40, 5, 10
_LONG_SECONDS = 0.05
_OPEN = "SELECT count(*) FROM intent WHERE state = 'open'"


@dataclass(slots=True)
class Watched:
    """What was seen of transactions that are committed.

    Attributes:
        is_landing: Whether one is.
        acted: The record types that were acted on meanwhile.
        open_intents: How many there were, each time one had been stored.
    """

    is_landing: bool = False
    acted: list[str] = field(default_factory=list)
    open_intents: list[int] = field(default_factory=list)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, workplace: Workplace) -> Watched:
    """Watch small transactions, each of which takes long to be committed."""
    seen = Watched()
    for name in ("_FEWEST", "_FIRST", "_MOST"):
        monkeypatch.setattr(batches, name, 2)
    monkeypatch.setattr(batches, "_BATCH_SECONDS", 0)
    intend: Callable[..., Awaitable[Any]] = Batches._intend
    act: Callable[..., Awaitable[Any]] = SqlBatch.act

    async def intend_slowly(self: Batches, *arguments: Any) -> Any:
        seen.is_landing = True
        intent_id = await intend(self, *arguments)
        ((count,),) = await workplace.execute(_OPEN)
        seen.open_intents.append(count)
        await asyncio.sleep(_LONG_SECONDS)
        seen.is_landing = False
        return intent_id

    async def act_and_tell(self: SqlBatch, record_type: str, *arguments: Any) -> Any:
        acted = await act(self, record_type, *arguments)
        if seen.is_landing:
            seen.acted.append(record_type)
        return acted

    monkeypatch.setattr(Batches, "_intend", intend_slowly)
    monkeypatch.setattr(SqlBatch, "act", act_and_tell)
    return seen


async def somebody(workplace: Workplace) -> str:
    """Find a pupil and let them log in often."""
    institution = int(workplace.controller.key_in_lms or "0")
    await workplace.lms_does(
        "INSERT INTO login_session SELECT gen_random_uuid(), id, '192.0.2.1', 'Firefox', 'Linux',"
        f" now(), now() FROM generate_series(1, {VISITS}), (SELECT min(id) AS id FROM person"
        f" WHERE role = 'student' AND institution_id = {institution}) AS one"
    )
    rows = await workplace.lms_rows(
        "SELECT person_id, count(*) FROM login_session GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
    )
    assert rows[0][1] >= VISITS
    return str(rows[0][0])


async def test_what_hangs_on_nothing_else_is_acted_on_while_the_batch_before_is_committed(
    workplace: Workplace, watched: Watched
) -> None:
    person = await somebody(workplace)
    before = await workplace.lms_rows(
        f"SELECT count(*) FROM login_session WHERE person_id = {person}"
    )
    request = await workplace.carry_out(person, Right.ERASURE)
    job = await workplace.job(request)
    assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
    assert "login_session" in watched.acted
    assert max(watched.open_intents) == 1
    counted = await workplace.execute(
        "SELECT sum(record_count) FROM tally WHERE job_id = $1 AND phase = 'done'"
        " AND record_type = 'login_session'",
        request.job_id,
    )
    assert counted[0][0] == before[0][0]


async def test_what_depends_on_other_rows_waits_until_the_batch_before_is_committed(
    workplace: Workplace, watched: Watched
) -> None:
    person = await somebody(workplace)
    await workplace.carry_out(person, Right.ERASURE)
    assert watched.open_intents
    assert not {"message", "thread", "material", "person"} & set(watched.acted)


async def test_one_intent_holds_so_many_records_at_most_however_quick_they_are(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_FEWEST", "_FIRST", "_MOST"):
        monkeypatch.setattr(batches, name, AT_A_STRETCH)
    monkeypatch.setattr(batches, "_BATCH_SECONDS", 3_600)
    monkeypatch.setattr(batches, "_BATCH_RECORDS", IN_AN_INTENT)
    held: list[int] = []
    intend: Callable[..., Awaitable[Any]] = Batches._intend

    async def intend_and_tell(self: Batches, batch: Any, content: IntentContent) -> Any:
        held.append(sum(len(each.keys) for each in content.done))
        return await intend(self, batch, content)

    monkeypatch.setattr(Batches, "_intend", intend_and_tell)
    request = await workplace.carry_out(await somebody(workplace), Right.ERASURE)
    assert (await workplace.job(request))["state"] == "completed"
    assert sum(held) > VISITS
    assert IN_AN_INTENT <= max(held) < IN_AN_INTENT + 2 * AT_A_STRETCH

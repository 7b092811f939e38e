"""Who calls too often is told to wait; nobody else is held back, and nobody while the counter is away."""

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.api.rate_limits import _network
from app.domain.scopes import OF_CONTROLLERS
from app.embedded.stack import Stack
from app.services import rate_limits
from app.services.context import Context
from app.services.rate_limits import Allowance, Counted, RateLimits
from schemas.vocabulary import Scope
from tests.fixtures.api import Service, counts, issue, listening, opened
from tests.fixtures.patience import PATIENCE_SECONDS

URL = "/v1/subject-requests"
_FRESH = count(1)


@contextmanager
def limited(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch, **a_minute: int
) -> Iterator[str]:
    """Serve with limits, in a minute that does not end and that nobody else counts in."""
    monkeypatch.setattr(rate_limits, "_PREFIX", f"test:{uuid4()}:{next(_FRESH)}")
    monkeypatch.setattr(rate_limits, "WINDOW_SECONDS", 86_400)
    limits = {Counted[name.upper()]: value for name, value in a_minute.items()}

    @asynccontextmanager
    async def open_context() -> AsyncIterator[Context]:
        async with opened(service, stack.redis_url, {}) as context:
            counter = RateLimits(stack.redis_url, limits)
            yield replace(context, rate_limits=counter)
            await counter.close()

    with listening(open_context) as url:
        yield url


async def test_every_answer_tells_what_is_left_and_the_one_too_many_is_refused(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with limited(service, stack, monkeypatch, requests=3) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            answers = [await http.get(URL, headers=service.one.headers) for _ in range(5)]
            other = await http.get(URL, headers=service.two.headers)
            _, second = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(hours=1))
            another_client = await http.get(URL, headers=second)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    left = [re.fullmatch(r'"client";r=(\d+);t=\d+', each.headers["ratelimit"]) for each in answers]
    assert [each and each[1] for each in left] == ["2", "1", "0", "0", "0"]
    assert {each.headers["ratelimit-policy"] for each in answers} == {'"client";q=3;w=60'}
    refused = answers[-1]
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert int(refused.headers["retry-after"]) >= 1
    assert other.status_code == another_client.status_code == 200


async def test_one_too_many_changes_nothing_and_its_body_is_not_read(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with limited(service, stack, monkeypatch, requests=1) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            await http.get(URL, headers=service.one.headers)
            before = await counts(service)
            answer = await http.post(URL, content=b"not json", headers=service.one.headers)
    assert answer.status_code == 429
    assert await counts(service) == before


async def test_invalid_keys_of_one_address_are_counted_and_valid_ones_are_let_through(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"Authorization": "Bearer habeas_wrong"}
    with limited(service, stack, monkeypatch, failures=2) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            answers = [await http.get(URL, headers=wrong) for _ in range(3)]
            nobody = await http.get(URL)
            links = [await http.get("/d/guessed"), await http.post("/d/guessed")]
            valid = await http.get(URL, headers=service.one.headers)
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[-1].headers["ratelimit-policy"] == '"failed-authentications";q=2;w=60'
    assert nobody.status_code == 401  # names no key, so guesses none
    assert [answer.status_code for answer in links] == [429, 429]
    assert valid.status_code == 200


async def test_a_key_used_from_a_foreign_network_is_counted_apart_and_fills_no_trail(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, headers = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(hours=1))
    connection = await asyncpg.connect(service.superuser_url)
    move = "UPDATE api_client SET allowed_networks = $1 WHERE id = $2"
    refusals = "SELECT count(*) FROM audit_entry WHERE action = 'call.refused' AND client_id = $1"
    await connection.execute(move, ["192.0.2.0/24"], client.id)
    with limited(service, stack, monkeypatch, requests=2) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            elsewhere = [await http.get(URL, headers=headers) for _ in range(4)]
            await connection.execute(move, [], client.id)
            own = [await http.get(URL, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in elsewhere] == [403, 403, 429, 429]
    assert [answer.status_code for answer in own] == [200, 200, 429]
    assert await connection.fetchval(refusals, client.id) == 2
    await connection.close()


async def test_what_a_client_may_not_do_is_recorded_so_often_and_then_that_more_follows(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, headers = await issue(service, service.one, {Scope.SUBJECTS_READ}, timedelta(hours=1))
    details = """SELECT details::jsonb - 'operation' FROM audit_entry
        WHERE action = 'call.refused' AND client_id = $1 ORDER BY sequence"""
    with limited(service, stack, monkeypatch, refusals=2) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            answers = [await http.get("/v1/audit/verification", headers=headers) for _ in range(5)]
    connection = await asyncpg.connect(service.superuser_url)
    told = [json.loads(row[0]) for row in await connection.fetch(details, client.id)]
    await connection.close()
    assert {answer.status_code for answer in answers} == {403}
    refused = {"problem": "scope-missing"}
    assert told == [refused, refused, refused | {"more_follow": True}]


async def test_a_counter_that_is_away_holds_nobody_back_and_is_logged_once_in_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counter = RateLimits("redis://127.0.0.1:1", {Counted.REQUESTS: 1})
    with caplog.at_level(logging.WARNING):
        assert [await counter.count(Counted.REQUESTS, "a") for _ in range(3)] == [None] * 3
    assert [record.message for record in caplog.records] == ["rate_limits.away"]
    await counter.close()


async def test_processes_count_together_and_the_next_minute_begins_anew(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = str(uuid4())
    moment = 1_000 * 60
    monkeypatch.setattr("app.services.rate_limits.time.time", lambda: moment + 59)
    counters = [RateLimits(stack.redis_url, {Counted.REQUESTS: 2}) for _ in "12"]
    told = [await each.count(Counted.REQUESTS, who) for each in (*counters, *counters)]
    assert told == [Allowance(Counted.REQUESTS, 2, used, 1) for used in (1, 2, 3, 4)]
    assert [each is not None and each.is_exceeded for each in told] == [False, False, True, True]
    monkeypatch.setattr("app.services.rate_limits.time.time", lambda: moment + 60)
    assert await counters[0].count(Counted.REQUESTS, who) == Allowance(Counted.REQUESTS, 2, 1, 60)
    for each in counters:
        await each.close()


async def test_what_has_no_limit_is_not_counted(stack: Stack) -> None:
    counter = RateLimits(stack.redis_url, {Counted.REQUESTS: 0, Counted.FAILURES: None})
    assert await counter.count(Counted.REQUESTS, "a") is None
    assert await counter.count(Counted.FAILURES, "a") is None
    await counter.close()


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_address_of_version_6_counts_as_its_network(host: str, network: str) -> None:
    assert _network(host) == network

"""What the LMS itself does meanwhile: single rows read and written, 300 times a second."""

import asyncio
import random
import time
from collections.abc import Callable
from statistics import quantiles

import asyncpg

from benchmarks.lms import TABLES

RATE = 300
"""Requests a second, whether or not the ones before have been answered."""

_CONNECTIONS = 8
_WARM_UP_SECONDS = 2.0
"""An LMS has been at work for a while whenever something begins beside it."""

_TEXTS = {"message": "body", "activity": "detail", "post": "body", "submission": "answer",
          "answer": "text"}  # fmt: skip


async def p99_milliseconds(
    url: str, bystander: int, seconds: float, begins: Callable[[], object]
) -> float:
    """Read and write single rows of a bystander for a while.

    Args:
        url: The measured LMS.
        bystander: Whose rows.
        seconds: For how long it is measured.
        begins: Called when the measured while begins; the rows were at work before.

    Returns:
        The 99th percentile of the time from when a request was due to its answer.
    """
    async with asyncpg.create_pool(url, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:
        keys = await _keys(pool, bystander)
        choose = random.Random(1)  # noqa: S311 - rows, not secrets
        taken: list[float] = []
        begun = time.perf_counter()
        pending = set()
        warm_up = int(_WARM_UP_SECONDS * RATE)
        for number in range(warm_up + int(seconds * RATE)):
            if number == warm_up:
                taken.clear()
                begins()
            due = begun + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            table = choose.choice(tuple(TABLES))
            key = choose.choice(keys[table])
            one = asyncio.create_task(_one(pool, table, key, taken, due))
            pending.add(one)
            one.add_done_callback(pending.discard)
        await asyncio.gather(*pending)
    return 1_000 * quantiles(taken, n=100)[98]


async def _keys(pool: asyncpg.Pool, bystander: int) -> dict[str, list[int]]:
    return {
        table: [
            row["id"]
            for row in await pool.fetch(
                f"SELECT id FROM {table} WHERE {column} = {bystander} LIMIT 20000"
            )
        ]
        for table, column in TABLES.items()
    }


async def _one(pool: asyncpg.Pool, table: str, key: int, taken: list[float], due: float) -> None:
    """Every other request writes."""
    async with pool.acquire() as connection:
        if key % 2:
            await connection.fetchrow(f"SELECT * FROM {table} WHERE id = $1", key)
        else:
            text = _TEXTS[table]
            await connection.execute(f"UPDATE {table} SET {text} = {text} WHERE id = $1", key)
    taken.append(time.perf_counter() - due)

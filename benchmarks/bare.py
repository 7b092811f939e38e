"""Bare FastAPI routes to measure against: each validates the same body and answers 202.

One inserts one row. The other goes as often to PostgreSQL and to Valkey as a submission has to, and does
nothing there: what it takes to look up a key, count a call, hold a transaction with a locked audit
trail, and ring, before anything of Habeas's own is done.

Run by uvicorn as a process of its own: ``uvicorn benchmarks.bare:app``.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from fastapi import FastAPI, Request
from redis.asyncio import Redis

from schemas.submissions import AnySubmission

TABLE = """
    CREATE TABLE submission (id uuid PRIMARY KEY, body jsonb NOT NULL,
        accepted_at timestamptz NOT NULL DEFAULT now())
"""
_NOTHING = "SELECT 1"
_MORE_STATEMENTS = 3
_INSERT = "INSERT INTO submission (id, body) VALUES ($1, $2)"


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    async with (
        asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=10, max_size=15) as pool,
        Redis.from_url(os.environ["HABEAS_REDIS_URL"]) as redis,
    ):
        application.state.pool = pool
        application.state.redis = redis
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/v1/subject-requests", status_code=202)
async def submit(request: Request, submission: AnySubmission) -> dict[str, str]:
    """Store a submission."""
    number = uuid4()
    await request.app.state.pool.execute(_INSERT, number, submission.model_dump_json())
    return {"id": str(number)}


@app.post("/v1/round-trips", status_code=202)
async def go_there_and_back(request: Request, submission: AnySubmission) -> dict[str, str]:
    """Store a submission, in as many round trips as Habeas makes: seven to PostgreSQL, two to Valkey."""
    number, state = uuid4(), request.app.state
    async with state.pool.acquire() as connection:
        await connection.fetchrow(_NOTHING)
        await state.redis.incr("bare")
        await connection.execute("BEGIN")
        for _ in range(_MORE_STATEMENTS):
            await connection.fetchrow(_NOTHING)
        await connection.execute(_INSERT, number, submission.model_dump_json())
        await connection.execute("COMMIT")
    await state.redis.incr("bare")
    return {"id": str(number)}


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    """Say that it answers."""
    return {"is_ready": True}

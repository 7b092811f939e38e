"""A bare FastAPI route to measure against: validates the same body, inserts one row, answers 202.

Run by uvicorn as a process of its own: ``uvicorn benchmarks.bare:app``.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from fastapi import FastAPI, Request

from schemas.submissions import AnySubmission

TABLE = """
    CREATE TABLE submission (id uuid PRIMARY KEY, body jsonb NOT NULL,
        accepted_at timestamptz NOT NULL DEFAULT now())
"""
_INSERT = "INSERT INTO submission (id, body) VALUES ($1, $2)"


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["BARE_DATABASE_URL"], min_size=10, max_size=15
    ) as pool:
        application.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/v1/subject-requests", status_code=202)
async def submit(request: Request, submission: AnySubmission) -> dict[str, str]:
    """Store a submission."""
    number = uuid4()
    await request.app.state.pool.execute(_INSERT, number, submission.model_dump_json())
    return {"id": str(number)}


@app.get("/readyz")
async def ready() -> dict[str, bool]:
    """Say that it answers."""
    return {"is_ready": True}

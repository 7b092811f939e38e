"""A large data map is read beside everything else."""

import asyncio
from pathlib import Path

import httpx

from tests.fixtures.api import Service, support
from tests.fixtures.taking_on import key

MOODLE = Path("datamaps/moodle.yaml").read_text(encoding="utf-8")
"""Takes seconds to be checked."""


async def test_others_are_answered_while_a_large_data_map_is_read_and_checked(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    body = {"controller_id": str(service.one.id), "document": MOODLE, "reason": "r"}
    publishing = asyncio.create_task(http.post("/v1/data-maps", json=body, headers=staff | key()))
    answered = 0
    while not publishing.done():
        assert (await http.get("/livez")).status_code == 200
        answered += 1
    assert publishing.result().status_code == 201, publishing.result().text
    assert answered > 20

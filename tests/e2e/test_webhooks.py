"""A receiver that somebody copied from the documentation, told by real processes what happens."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from app.api.webhook_events import EVENTS
from app.embedded.process import BoundProcess, Start
from tests.fixtures.campus import Campus
from tests.fixtures.customers import Customer
from tests.fixtures.habeas import Habeas, NewHabeas, free_port
from tests.fixtures.patience import PATIENCE_SECONDS, until
from tests.fixtures.tree import ROOT

DOCS = ROOT / "docs"
RECEIVER = DOCS / "webhook_receiver.py"


@pytest.fixture(scope="module")
async def habeas(campus: Campus, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    allowed = '["127.0.0.0/8"]'
    async with new_habeas(campus.environment, webhook_allowed_networks=allowed) as running:
        yield running


@contextmanager
def receiving(port: int, secret: str, log: Path) -> Iterator[BoundProcess]:
    """Run the documented receiver as a process of its own."""
    process = BoundProcess(
        Start(
            command=(sys.executable, str(RECEIVER), str(port)),
            death_signal=signal.SIGTERM,
            account=None,
            log=log,
            guarded=False,
            environment=os.environ | {"WEBHOOK_SECRET": secret},
            directory=DOCS,
        )
    )
    try:
        yield process
    finally:
        process.send(signal.SIGTERM)
        assert process.ends_within(PATIENCE_SECONDS)


async def registered(customer: Customer, port: int) -> tuple[str, str]:
    answer = await customer.http.post(
        "/v1/webhook-endpoints",
        json={"url": f"http://127.0.0.1:{port}/"},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["secret"]


async def until_told(log: Path, event_type: str) -> list[str]:
    """Wait until the receiver has told of an event; give the types in the order of arrival."""

    def heard() -> list[str]:
        return [line.split()[0] for line in log.read_text("utf-8").splitlines() if " {" in line]

    async def is_told() -> bool:
        return event_type in await asyncio.to_thread(heard)

    await until(is_told)
    return await asyncio.to_thread(heard)


async def test_the_receiver_of_the_documentation_is_told_what_happens_in_order(
    habeas: Habeas, campus: Campus, tmp_path: Path
) -> None:
    institution = campus.facts.institutions[0]
    school = await habeas.customer(institution.key)
    port, log = free_port(), tmp_path / "receiver.log"
    _, secret = await registered(school, port)
    with receiving(port, secret, log):
        request = await school.export(institution.namesakes[0].email)
        await school.download(request)
        told = await until_told(log, "bundle.downloaded")
    assert told == [
        "subject_request.accepted",
        "bundle.ready",
        "subject_request.completed",
        "bundle.downloaded",
    ]
    heard = await asyncio.to_thread(log.read_text, "utf-8")
    assert request["id"] in heard
    assert institution.namesakes[0].email not in heard
    assert secret not in habeas.api.output + "".join(each.output for each in habeas.workers)


async def test_the_receiver_of_the_documentation_believes_nobody_else(
    habeas: Habeas, campus: Campus, tmp_path: Path
) -> None:
    school = await habeas.customer(campus.facts.institutions[1].key)
    port, log = free_port(), tmp_path / "receiver.log"
    endpoint_id, _ = await registered(school, port)
    _, of_another = await registered(school, free_port())
    with receiving(port, of_another, log):
        sent = await school.http.post(f"/v1/webhook-endpoints/{endpoint_id}/test")
        path = f"/v1/webhook-deliveries/{sent.json()['id']}"

        async def has_failed() -> bool:
            return bool((await school.http.get(path)).json()["last_status"] == 401)

        await until(has_failed)
    assert "webhook_endpoint.test" not in await asyncio.to_thread(log.read_text, "utf-8")


def test_the_page_shows_the_receiver_and_every_event() -> None:
    page = (DOCS / "webhooks.md").read_text("utf-8")
    text = RECEIVER.read_text("utf-8")
    assert f"```python\n{text}```" in page
    assert len(text.splitlines()) <= 30
    assert [each for each in EVENTS if f"| `{each}` |" not in page] == []

"""A whole Habeas on a private stack, for measuring: real processes, real HTTP."""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any

import asyncpg
import httpx

from app.demo.ports import listening_socket
from app.domain.scopes import OF_CONTROLLERS
from app.embedded.postgresql import PORT
from app.embedded.process import BoundProcess, Start
from app.embedded.stack import Stack
from app.keyring import KeyRing
from app.services import controllers, enablement, operator_clients
from app.services.controllers import NewController
from app.services.operator_clients import NewClient
from app.store import migrations
from app.store.engine import create_engine
from app.store.roles import Role
from benchmarks import development, lms
from schemas.controllers import ControllerSettings, EnablementChange, VolumeBrake

ROOT = Path(__file__).resolve().parents[1]
_READY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running Habeas.

    Attributes:
        client: Speaks to its API, with a key that may do everything.
        worker_pid: The worker's process id.
        stack: The servers.
        directory: Where everything lies.
        lms_url: The measured LMS, as Habeas reaches it.
    """

    client: httpx.Client
    worker_pid: int
    stack: Stack
    directory: Path
    lms_url: str

    def settle(self) -> None:
        """Let the server write out what was changed, so that it does not while it is measured."""
        asyncio.run(_settle(self.stack.superuser_url))

    def confirmation(self, person: int) -> str:
        """Find a person and give their confirmation."""
        body = {"identifier": "email", "value": f"{person}@school.example", "reason": "measured"}
        answer = self.client.post("/v1/subject-searches", json=body)
        answer.raise_for_status()
        token: str = answer.json()["candidates"][0]["confirmation"]
        return token

    def preview(self, confirmation: str) -> dict[str, Any]:
        """Count what an erasure would do."""
        body = {"right": "erasure", "confirmation": confirmation, "reason": "measured"}
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        answer = self.client.post("/v1/previews", json=body, headers=headers)
        answer.raise_for_status()
        preview: dict[str, Any] = answer.json()
        return preview

    def erase(self, confirmation: str, digest: str) -> dict[str, Any]:
        """Erase a person and wait until it has ended and is verified.

        Returns:
            The finished subject request.
        """
        return self._submit(confirmation, {"right": "erasure", "preview_digest": digest})

    def export(self, confirmation: str) -> dict[str, Any]:
        """Ask for access and wait until it has ended.

        Returns:
            The finished subject request.
        """
        return self._submit(confirmation, {"right": "access"})

    def _submit(self, confirmation: str, wanted: dict[str, str]) -> dict[str, Any]:
        body = wanted | {
            "confirmation": confirmation,
            "approval": {
                "approved_by": "Measurer",
                "approved_at": datetime.now(UTC).isoformat(),
                "reference": "1",
                "reason": "measured",
            },
        }
        request = self._sent(body)
        while request["state"] in {"accepted", "running"}:  # longer than one answer may take
            request = self.client.get(f"/v1/subject-requests/{request['id']}").json()
            time.sleep(0.02)
        if request["state"] != "completed":
            raise RuntimeError(f"the subject request is {request['state']}")
        return request

    def _sent(self, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Idempotency-Key": secrets.token_hex(16), "Prefer": "wait=60"}
        answer = self.client.post("/v1/subject-requests", json=body, headers=headers)
        answer.raise_for_status()
        request: dict[str, Any] = answer.json()
        return request


@contextmanager
def service(
    directory: Path,
    subjects: dict[int, int],
    *,
    over_tcp: bool = False,
    has_children: bool = False,
) -> Iterator[Service]:
    """Run Habeas beside the measured LMS.

    Args:
        directory: An empty one.
        subjects: A person's key to how many records they have.
        over_tcp: Whether the LMS's database is reached by TCP, as it is where it has a machine of
            its own, or by a Unix socket.
        has_children: Whether another table refers to each measured one.
    """
    with Stack(directory / "servers", on_loopback=over_tcp) as stack:
        for role in ("habeas_owner", *Role, "habeas_auditor", "lms"):
            stack.ensure_role(role)
        stack.ensure_database("habeas", "habeas_owner")
        stack.ensure_database("lms", "lms")
        url = stack.database_url("lms", "lms")
        asyncio.run(lms.fill(url, subjects, has_children=has_children))
        asyncio.run(_settle(stack.superuser_url))
        if over_tcp:
            url = asyncio.run(_open_loopback(stack))
        environment = os.environ | {
            "HABEAS_REDIS_URL": stack.redis_url,
            "HABEAS_DATA_DIRECTORY": str(directory),
            "MEASURED_DATABASE_URL": url,
        }
        as_api, as_worker = [
            environment | {"HABEAS_DATABASE_URL": stack.database_url("habeas", role)}
            for role in (Role.API, Role.WORKER)
        ]
        key = asyncio.run(_prepare(stack, directory, url))
        listening = listening_socket()
        api = _start(directory, as_api, ("api", "--fd", str(listening.fileno())), listening)
        worker = _start(directory, as_worker, ("worker",), None)
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        headers = {"Authorization": f"Bearer {key}", "X-Acting-Person": "A measurer"}
        try:
            with httpx.Client(base_url=base_url, headers=headers, timeout=120) as client:
                wait_until_ready(client)
                yield Service(client, worker.pid, stack, directory, url)
        finally:
            for process in (api, worker):
                process.send(signal.SIGTERM)
                process.ends_within(15)


async def _settle(superuser_url: str) -> None:
    """Write out what was loaded or changed, so that the server does not do so while it is measured."""
    connection = await asyncpg.connect(superuser_url)
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _open_loopback(stack: Stack) -> str:
    """Let the LMS's role in by TCP, with a password, and give the way there."""
    password = secrets.token_hex(16)
    rules = stack.directory / "postgresql" / "pg_hba.conf"
    rules.write_text("local all all trust\nhost lms lms 127.0.0.1/32 scram-sha-256\n", "utf-8")
    connection = await asyncpg.connect(stack.superuser_url)
    await connection.execute(f"ALTER ROLE lms PASSWORD '{password}'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
    return f"postgresql://lms:{password}@127.0.0.1:{PORT}/lms"


async def _prepare(stack: Stack, directory: Path, lms_url: str) -> str:
    await migrations.upgrade(stack.database_url("habeas", "habeas_owner"))
    database = create_engine(stack.database_url("habeas", Role.COMMANDS))
    keyring = KeyRing.kept_at(directory / "keys")
    settings = ControllerSettings(volume_brake=VolumeBrake(daily_limit=1_000))
    wanted = NewController("Measured School", "1", settings)
    school = await controllers.create(database, keyring, wanted)
    async with lms.sources(lms_url) as sources:
        await controllers.bind_data_map(database, sources, school.id, lms.data_map())
    enabled = EnablementChange(is_enabled=True, reason="To be measured.", reference="bench")
    await enablement.decide(database, keyring, school.id, enabled)
    _, key = await operator_clients.issue(
        database, school.id, NewClient("measurer", OF_CONTROLLERS, timedelta(days=1))
    )
    await database.dispose()
    return key.text


def _start(
    directory: Path, environment: dict[str, str], words: tuple[str, ...], listening: socket | None
) -> BoundProcess:
    hidden = ",".join(development.modules())
    return BoundProcess(
        Start(
            command=(sys.executable, "-m", "benchmarks.as_installed", hidden, *words),
            death_signal=signal.SIGTERM,
            account=None,
            log=directory / f"{words[0]}.log",
            environment=environment,
            directory=ROOT,
            descriptor=listening.fileno() if listening else None,
        )
    )


def wait_until_ready(client: httpx.Client) -> None:
    """Wait until a service answers that it is ready."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if client.get("/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the API did not come up")

"""``POST /v1/subject-requests`` under load, against a bare FastAPI route that inserts one row."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median

import asyncpg
import httpx
import uvloop

from app.demo.ports import listening_socket
from app.domain.scopes import OF_CONTROLLERS
from app.embedded.process import BoundProcess, Start
from app.embedded.stack import Stack
from app.keyring import KeyRing
from app.services import controllers, enablement, operator_clients
from app.services.controllers import NewController
from app.services.operator_clients import NewClient
from app.store import migrations
from app.store.engine import create_engine
from app.store.roles import Role
from benchmarks import bare, lms
from benchmarks.load import Load, NextRequest, put_under_load
from benchmarks.service import ROOT, wait_until_ready
from schemas.controllers import EnablementChange

_CONTROLLERS = 50
_CLIENTS = 32
_SECONDS = 5.0
_PATH, _ROUND_TRIPS = "/v1/subject-requests", "/v1/round-trips"
_ROUNDS = 5
_PEOPLE = """
    INSERT INTO school SELECT n, 'School ' || n FROM generate_series(2, $1::bigint) AS n;
"""
_PERSONS = """
    INSERT INTO person (id, school_id, full_name, email)
    SELECT n, n, 'Person ' || n, n || '@school.example' FROM generate_series(1, $1::bigint) AS n
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """Both services, and what is sent to them.

    Attributes:
        habeas: The port of Habeas's API.
        bare: The port of the bare route.
        senders: By controller, headers and body of its submissions.
    """

    habeas: int
    bare: int
    senders: Sequence[tuple[bytes, bytes]]


def measure() -> None:
    """Measure and print."""
    directory = Path(tempfile.mkdtemp(prefix="habeas-bench-"))
    directory.chmod(0o711)
    try:
        with _ground(directory) as ground:
            _measure(ground)
    finally:
        shutil.rmtree(directory)


def _measure(ground: Ground) -> None:
    print(
        f"\nPOST /v1/subject-requests, {_CLIENTS} connections, medians of {_ROUNDS} rounds of each."
    )
    everybody, one = _requests(ground.senders), _requests(ground.senders[:1])
    trips = _requests(ground.senders, _ROUND_TRIPS)
    found: dict[str, list[float]] = {"bare": [], "trips": [], "all": [], "one": []}
    for _ in range(_ROUNDS + 1):
        for name, port, requests in (
            ("bare", ground.bare, everybody),
            ("trips", ground.bare, trips),
            ("all", ground.habeas, everybody),
            ("one", ground.habeas, one),
        ):
            found[name].append(_accepted(_load(port, _CLIENTS, requests)).per_second)
    floor, trips_only, spread, alone = (median(each[1:]) for each in found.values())
    print(f"a bare route that inserts one row   {floor:>6,.0f} a second")
    print(
        f"nothing but Habeas's round trips    {trips_only:>6,.0f} a second  {trips_only / floor:.2f}x"
    )
    print(
        f"Habeas, spread over {_CONTROLLERS} controllers   {spread:>6,.0f} a second  {spread / floor:.2f}x"
    )
    print(f"Habeas, one controller              {alone:>6,.0f} a second  {alone / floor:.2f}x")
    many = _accepted(_load(ground.habeas, 10 * _CLIENTS, everybody))
    print(
        f"Habeas, {10 * _CLIENTS} connections             {many.per_second:>6,.0f} a second, "
        f"all {many.statuses.total():,} accepted"
    )


def _load(port: int, clients: int, requests: NextRequest) -> Load:
    return uvloop.run(put_under_load(port, clients, _SECONDS, requests))


def _accepted(load: Load) -> Load:
    if set(load.statuses) != {202}:
        raise RuntimeError(f"not every submission was accepted: {dict(load.statuses)}")
    return load


def _requests(senders: Sequence[tuple[bytes, bytes]], path: str = _PATH) -> NextRequest:
    turns, line = cycle(senders), f"POST {path} HTTP/1.1\r\n".encode()

    def following() -> bytes:
        head, body = next(turns)
        key = secrets.token_hex(16).encode()
        return b"%b%bIdempotency-Key: %b\r\n\r\n%b" % (line, head, key, body)

    return following


@contextmanager
def _ground(directory: Path) -> Iterator[Ground]:
    with Stack(directory / "servers") as stack:
        for role in ("habeas_owner", *Role, "habeas_auditor", "lms"):
            stack.ensure_role(role)
        for name, owner in (("habeas", "habeas_owner"), ("lms", "lms"), ("bare", "lms")):
            stack.ensure_database(name, owner)
        environment = os.environ | {
            "HABEAS_DATABASE_URL": stack.database_url("habeas", Role.API),
            "HABEAS_REDIS_URL": stack.redis_url,
            "HABEAS_DATA_DIRECTORY": str(directory),
            "HABEAS_CLIENT_REQUESTS_PER_MINUTE": "100000000",  # counted, and never too many
            "MEASURED_DATABASE_URL": stack.database_url("lms", "lms"),
            "BARE_DATABASE_URL": stack.database_url("bare", "lms"),
        }
        keys = asyncio.run(_prepare(stack, directory))
        commands = (("app", "api"), ("uvicorn", "benchmarks.bare:app", "--no-access-log"))
        with _running(directory, environment, commands) as (habeas, plain):
            senders = [_sender(habeas, person, key) for person, key in enumerate(keys, 1)]
            yield Ground(habeas, plain, senders)


async def _prepare(stack: Stack, directory: Path) -> list[str]:
    """Make the schools, their persons, controllers and clients; give the clients' keys."""
    lms_url = stack.database_url("lms", "lms")
    await lms.fill(lms_url, {})
    for url, statement, arguments in (
        (lms_url, _PEOPLE.replace("$1", str(_CONTROLLERS)), ()),
        (lms_url, _PERSONS, (_CONTROLLERS,)),
        (stack.database_url("bare", "lms"), bare.TABLE, ()),
    ):
        connection = await asyncpg.connect(url)
        await connection.execute(statement, *arguments)
        await connection.close()
    await migrations.upgrade(stack.database_url("habeas", "habeas_owner"))
    database = create_engine(stack.database_url("habeas", Role.COMMANDS))
    keyring, keys = KeyRing.kept_at(directory / "keys"), []
    for number in range(1, _CONTROLLERS + 1):
        wanted = NewController(f"School {number}", str(number))
        school = await controllers.create(database, keyring, wanted)
        async with lms.sources(lms_url) as sources:
            await controllers.bind_data_map(database, sources, school.id, lms.data_map())
        enabled = EnablementChange(is_enabled=True, reason="To be measured.", reference="bench")
        await enablement.decide(database, keyring, school.id, enabled)
        _, key = await operator_clients.issue(
            database, school.id, NewClient("measurer", OF_CONTROLLERS, timedelta(days=1))
        )
        keys.append(key.text)
    await database.dispose()
    return keys


@contextmanager
def _running(
    directory: Path, environment: dict[str, str], commands: Sequence[tuple[str, ...]]
) -> Iterator[list[int]]:
    """Run each command on a port of its own, one process each."""
    processes, ports = [], []
    try:
        for command in commands:
            listening = listening_socket()
            # By a descriptor uvicorn's own command takes any socket for a Unix one, and leaves this out.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            descriptor = str(listening.fileno())
            processes.append(
                BoundProcess(
                    Start(
                        command=(sys.executable, "-m", *command, "--fd", descriptor),
                        death_signal=signal.SIGTERM,
                        account=None,
                        log=directory / f"{command[0]}.log",
                        environment=environment,
                        directory=ROOT,
                        descriptor=listening.fileno(),
                    )
                )
            )
            ports.append(listening.getsockname()[1])
        for port in ports:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                wait_until_ready(client)
        yield ports
    finally:
        for process in processes:
            process.send(signal.SIGTERM)
            process.ends_within(15)


def _sender(port: int, person: int, key: str) -> tuple[bytes, bytes]:
    """Have a person confirmed; give headers and body of what submits for them, but for its key."""
    headers = {"Authorization": f"Bearer {key}", "X-Acting-Person": "A measurer"}
    body = {"identifier": "email", "value": f"{person}@school.example", "reason": "measured"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        answer = client.post("/v1/subject-searches", json=body)
    (candidate,) = answer.raise_for_status().json()["candidates"]
    submission = {
        "right": "access",
        "confirmation": candidate["confirmation"],
        "approval": {
            "approved_by": "Measurer",
            "approved_at": "2026-01-12T09:00:00Z",
            "reference": "1",
            "reason": "measured",
        },
    }
    written = json.dumps(submission).encode()
    head = (
        f"Host: habeas\r\nAuthorization: Bearer {key}\r\n"
        "X-Acting-Person: A measurer\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(written)}\r\n"
    )
    return head.encode(), written

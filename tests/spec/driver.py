"""Carries cases out by the engine: a job each, under a controller that nothing was done for before."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.datamap.document import MapDocument
from app.demo.schema import TABLES
from app.domain.ids import ClientId, ControllerId, DataMapVersionId, JobId
from app.domain.scopes import OF_CONTROLLERS
from app.engine.context import EngineContext
from app.engine.runner import Runner
from app.services import controllers, operator_clients
from app.services.controllers import NewController
from app.services.operator_clients import NewClient
from app.store import data_maps, jobs, subject_requests
from app.store.transaction import transaction
from schemas.vocabulary import RestrictionGround, Right
from tests.fixtures.store import new_request
from tests.spec import uploads
from tests.spec.cases import Act
from tests.spec.paper import Decided
from tests.spec.rows import World, insert

_EMPTY = ";".join(f"DELETE FROM {table}" for table in reversed(TABLES))
_WAITING = "SELECT record_type, role FROM deferral WHERE controller_id = $1"
_JOB = "SELECT state, attention_reason, attention_detail FROM job WHERE id = $1"
_RESTRICTION = """
    SELECT restriction.id::text FROM restriction
      JOIN subject_request ON subject_request.id = subject_request_id
     WHERE restriction.controller_id = $1 AND restriction.state = 'active' AND subject_key = $2
"""


_DECIDED = """
    SELECT DISTINCT subject_request."right", record_type, role, position
      FROM tally JOIN job ON job.id = job_id
      JOIN subject_request ON subject_request.id = subject_request_id
     WHERE tally.controller_id = $1 AND position >= 0 AND phase <> 'left'
"""


@dataclass(frozen=True, slots=True)
class EngineRoom:
    """What all cases share.

    Attributes:
        context: The engine's.
        runner: Runs its jobs.
        database: Habeas's own, as whoever prepares a case.
        store: To Habeas's own database, past every rule.
        campus: To the LMS.
        files: Its file store.
        document: Its data map, read.
        text: The same, as it was written.
    """

    context: EngineContext
    runner: Runner
    database: AsyncEngine
    store: asyncpg.Connection
    campus: asyncpg.Connection
    files: Path
    document: MapDocument
    text: str

    @asynccontextmanager
    async def driver(self, world: World) -> AsyncIterator["Driver"]:
        """Insert a world, give what carries a case out on it, and empty the LMS again."""
        await insert(self.campus, world)
        uploads.store(self.files, world, self.document.data_map)
        try:
            yield await self._driver()
        finally:
            await self.campus.execute(_EMPTY)
            for path in uploads.stored(self.files):
                (self.files / path).unlink()

    async def _driver(self) -> "Driver":
        database, keyring = self.database, self.context.keyring
        controller_id = (await controllers.create(database, keyring, NewController("A", "1"))).id
        name, digest = self.document.data_map.name, self.document.digest
        async with transaction(database, controller_id) as connection:
            version = await data_maps.publish(connection, controller_id, name, digest, self.text)
        client, _ = await operator_clients.issue(
            database, controller_id, NewClient("LMS", OF_CONTROLLERS, timedelta(days=1))
        )
        return Driver(self, controller_id, version.id, client.id)


@dataclass(frozen=True, slots=True)
class Driver:
    """Does by jobs what a case's stages say, and looks after its uploads.

    Attributes:
        room: Where the engine runs.
        controller_id: Of the one institution.
        version_id: The campus map.
        client_id: Who asks.
        held: By restricted person, the uploads that their vault names.
    """

    room: EngineRoom
    controller_id: ControllerId
    version_id: DataMapVersionId
    client_id: ClientId
    held: dict[int, Counter[str]] = field(default_factory=dict)

    async def carry_out(self, act: Act, key: int) -> None:
        match act:
            case Act.RESTRICT:
                await self._restrict(key, RestrictionGround.ACCURACY_CONTESTED)
            case Act.TRASH:
                await self._restrict(key, RestrictionGround.NORMAL_FLOW)
            case Act.LIFT:
                restriction_id = await self.room.store.fetchval(
                    _RESTRICTION, self.controller_id, str(key)
                )
                await self._exercise(key, Right.RESTRICTION_LIFT, restriction_id=restriction_id)
                self.held.pop(key)
            case Act.ERASE | Act.EMPTY:
                await self._exercise(key, Right.ERASURE)
                self.held.pop(key, None)
            case Act.DELETE_COURSE | Act.DELETE_PROJECT:
                kind = "course" if act is Act.DELETE_COURSE else "project"
                await self.room.campus.execute(f"SELECT delete_{kind}($1)", key)
                await self._re_examine()
        wanted = set(await self._named()).union(*self.held.values())
        assert uploads.stored(self.room.files) == wanted, f"uploads: {act}"

    async def decided(self) -> set[tuple[Right, Decided]]:
        """Give the rules that have decided a record of somebody who was restricted or erased."""
        rows = await self.room.store.fetch(_DECIDED, self.controller_id)
        return {(Right(right), (record, role, position)) for right, record, role, position in rows}

    async def waiting(self) -> set[tuple[str, str]]:
        """Give the record types and roles of which something is kept for now."""
        found = await self.room.store.fetch(_WAITING, self.controller_id)
        return {(row["record_type"], row["role"]) for row in found}

    async def _restrict(self, key: int, ground: RestrictionGround) -> None:
        before = await self._named()
        await self._exercise(key, Right.RESTRICTION, ground=ground)
        self.held[key] = before - await self._named()

    async def _exercise(self, key: int, right: Right, **options: object) -> None:
        request = new_request(self.version_id, self.client_id, str(key), right, **options)
        async with transaction(self.room.database, self.controller_id) as connection:
            await subject_requests.insert(connection, self.controller_id, request)
        await self._run(request.job_id)

    async def _re_examine(self) -> None:
        async with transaction(self.room.database, self.controller_id) as connection:
            job_id = await jobs.enqueue_re_examination(connection, self.controller_id)
        assert job_id is not None
        await self._run(job_id)

    async def _run(self, job_id: JobId) -> None:
        runner = self.room.runner
        runner.has_room.clear()
        await runner.look_at(self.controller_id, job_id)
        await runner.has_room.wait()
        ended = await self.room.store.fetchrow(_JOB, job_id)
        assert tuple(ended) == ("completed", None, None)

    async def _named(self) -> Counter[str]:
        return await uploads.named(self.room.campus, self.room.document.data_map)

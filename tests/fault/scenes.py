"""A small LMS and an installation over it, brought to the eve of one job; copied as often as one likes."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.domain.ids import ClientId, DataMapVersionId, HoldId, new_id
from app.domain.scopes import OF_CONTROLLERS
from app.domain.subject_digests import digest
from app.domain.subject_requests import NewSubjectRequest
from app.embedded.stack import Stack
from app.engine.context import EngineContext
from app.engine.owner import owner_session
from app.engine.runner import Runner
from app.keyring import KeyRing
from app.services import controllers, operator_clients
from app.services.controllers import NewController
from app.services.operator_clients import NewClient
from app.settings import Settings
from app.sources.registry import Sources
from app.store import holds, jobs, subject_requests
from app.store.controllers import Controller
from app.store.engine import create_engine
from app.store.holds import NewHold
from app.store.roles import Role
from app.store.transaction import transaction
from schemas.vocabulary import HoldArticle, Right
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.patience import until
from tests.fixtures.store import APPLICATION, OWNER, enable, new_request
from tests.oracle.lms_database import LmsDatabase
from tests.oracle.rows import Rows

_OPEN = "SELECT EXISTS (SELECT FROM job WHERE state IN ('queued', 'running'))"
_GROUND = "accuracy_contested"
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Ground:
    """What installations are made on.

    Attributes:
        stack: The servers of Habeas.
        lms_stack: The server of the LMS; often the same.
        store_template: Habeas's own database, migrated and empty.
        empty_directory: Makes directories.
        key_entry: The operator's key.
    """

    stack: Stack
    lms_stack: Stack
    store_template: str
    empty_directory: Callable[[], Path]
    key_entry: str = field(default_factory=KeyRing.generate_entry)


@dataclass(frozen=True, slots=True)
class Place:
    """An LMS's database and files, and Habeas's own.

    Attributes:
        ground: Where it stands.
        lms: The name of the LMS's database.
        store: The name of Habeas's own.
        directory: Holds ``files`` and ``bundles``.
    """

    ground: Ground
    lms: str
    store: str
    directory: Path

    @property
    def lms_url(self) -> str:
        return self.ground.lms_stack.database_url(self.lms)

    @property
    def store_url(self) -> str:
        """Habeas's own database, past every rule."""
        return self.ground.stack.database_url(self.store)

    @property
    def files(self) -> Path:
        return self.directory / "files"

    @property
    def environment(self) -> dict[str, str]:
        """What a worker needs to work here."""
        stack = self.ground.stack
        return {
            "HABEAS_DATABASE_URL": stack.database_url(self.store, Role.WORKER),
            "HABEAS_REDIS_URL": f"{stack.redis_url}?db=0",
            "HABEAS_KEYS": self.ground.key_entry,
            "HABEAS_DATA_DIRECTORY": str(self.directory),
            "HABEAS_SWEEP_SECONDS": "0.05",
            "CAMPUS_DATABASE_URL": self.lms_url,
            "CAMPUS_FILES_URL": self.files.as_uri(),
        }

    @asynccontextmanager
    async def copied(self) -> AsyncIterator["Place"]:
        """Make another one like it until the block ends; nobody may be connected to this one."""
        number = next(_NUMBERS)
        directory = self.ground.empty_directory() / "copy"
        other = Place(self.ground, f"lms_{number}", f"store_{number}", directory)
        shutil.copytree(self.directory, directory)
        await make(self.ground, other, self.lms, self.store)
        yield other
        await maintain(self.ground.lms_stack, f"DROP DATABASE {other.lms} WITH (FORCE)")
        await maintain(self.ground.stack, f"DROP DATABASE {other.store} WITH (FORCE)")
        shutil.rmtree(directory)

    async def is_waited_for(self) -> bool:
        """Whether a job is not over yet."""
        return bool((await self.store_rows(_OPEN))[0][0])

    async def store_rows(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Look into Habeas's own database past every rule."""
        connection = await asyncpg.connect(self.store_url)
        rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
        await connection.close()
        return rows

    async def lms_does(self, sql: str) -> None:
        """Let the LMS do something."""
        connection = await asyncpg.connect(self.lms_url)
        await connection.execute(sql)
        await connection.close()

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncEngine]:
        """Give Habeas's own database, as whoever prepares a scene and looks at its end."""
        url = self.ground.stack.database_url(self.store, APPLICATION)
        database = create_engine(url, pool_size=1)
        yield database
        await database.dispose()

    @asynccontextmanager
    async def context(self, **settings: object) -> AsyncIterator[EngineContext]:
        """Give what the engine works with in this process."""
        database = create_engine(self.environment["HABEAS_DATABASE_URL"], pool_size=8)
        sources = Sources(self.environment, connections=2, jobs=8)

        async def ring(*_: object) -> None: ...

        given = {
            "data_directory": self.directory,
            "retry_seconds": 1,
            "worker_jobs": 16,
            **settings,
        }
        yield EngineContext(
            database=database,
            sources=sources,
            bundles=BundleDirectory(self.directory / "bundles"),
            keyring=KeyRing.parse(self.ground.key_entry),
            settings=Settings.model_validate(given),
            ring=ring,
        )
        await sources.close()
        await database.dispose()


async def make(ground: Ground, place: Place, lms: str, store: str) -> None:
    """Make the databases of a place as copies of others, to which nobody may be connected."""
    await maintain(
        ground.lms_stack, f"CREATE DATABASE {place.lms} TEMPLATE {lms} STRATEGY FILE_COPY"
    )
    copied = f"CREATE DATABASE {place.store} TEMPLATE {store} OWNER {OWNER} STRATEGY FILE_COPY"
    await maintain(ground.stack, copied)


async def maintain(stack: Stack, statement: str) -> None:
    """Make or drop a database."""
    connection = await asyncpg.connect(stack.superuser_url)
    await connection.execute(statement)
    await connection.close()


@dataclass(frozen=True, slots=True)
class Scene:
    """A place with one controller, to which subject requests come.

    Attributes:
        place: Where.
        controller: Of institution 1.
        version_id: Its data map.
        client_id: Its program.
    """

    place: Place
    controller: Controller
    version_id: DataMapVersionId
    client_id: ClientId

    async def accept(
        self, context: EngineContext, person: int, right: Right, **options: object
    ) -> NewSubjectRequest:
        """Accept a subject request."""
        request = new_request(self.version_id, self.client_id, str(person), right, **options)
        async with transaction(context.database, self.controller.id) as connection:
            await subject_requests.insert(connection, self.controller.id, request)
        return request

    async def hold(self, context: EngineContext, person: int, record_type: str) -> None:
        """Place a hold on a person's records of one type."""
        new = NewHold(
            id=HoldId(new_id()),
            client_id=self.client_id,
            subject_digest=digest(context.keyring.unwrap(self.controller.digest_key), str(person)),
            category=None,
            record_type=record_type,
            article=HoldArticle.LEGAL_CLAIMS,
            ends_on=None,
            sealed=None,
        )
        async with (
            self.place.database() as store,
            transaction(store, self.controller.id) as connection,
        ):
            await holds.insert(connection, self.controller.id, new)

    async def re_examine(self, context: EngineContext) -> None:
        """Queue a re-examination of the controller's deferrals."""
        async with transaction(context.database, self.controller.id) as connection:
            await jobs.enqueue_re_examination(connection, self.controller.id)

    async def carry_out(self, context: EngineContext) -> None:
        """Run until nothing waits any more."""
        async with owner_session(self.place.environment["HABEAS_DATABASE_URL"]) as (owner, _):
            runner = Runner(context, owner)
            connection = await asyncpg.connect(self.place.store_url)

            async def is_done() -> bool:
                await runner.look_around()
                return not await connection.fetchval(_OPEN)

            try:
                await until(is_done)
            finally:
                await runner.stop()
                await connection.close()

    async def did(self, context: EngineContext, person: int, right: Right) -> NewSubjectRequest:
        """Accept a subject request and carry it out."""
        options = {"ground": _GROUND} if right is Right.RESTRICTION else {}
        request = await self.accept(context, person, right, **options)
        await self.carry_out(context)
        return request

    async def accept_lift(
        self, context: EngineContext, person: int, restricted: NewSubjectRequest
    ) -> NewSubjectRequest:
        """Accept the lift of a restriction that a subject request made."""
        connection = await asyncpg.connect(self.place.store_url)
        restriction_id = await connection.fetchval(
            "SELECT id FROM restriction WHERE subject_request_id = $1", restricted.id
        )
        await connection.close()
        named = {"restriction_id": str(restriction_id)}
        return await self.accept(context, person, Right.RESTRICTION_LIFT, **named)


async def new_scene(ground: Ground, rows: Rows, document: str | None = None) -> Scene:
    """Load an LMS and install Habeas over it, under the shipped data map or another one."""
    number, directory = next(_NUMBERS), ground.empty_directory() / "scene"
    place = Place(ground, f"lms_{number}", f"store_{number}", directory)
    directory.mkdir()
    await make(ground, place, "template1", ground.store_template)
    database = await LmsDatabase.open(place.lms_url)
    await database.load(rows.tables)
    await database.close()
    for path in rows.files:
        file = place.files / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path, encoding="utf-8")
    async with place.database() as store:
        keyring = KeyRing.parse(ground.key_entry)
        controller = await controllers.create(store, keyring, NewController("School", "1"))
        text = document or CAMPUS_MAP.read_text("utf-8")
        async with Sources(place.environment, connections=1, jobs=1) as sources:
            version = await controllers.bind_data_map(store, sources, controller.id, text)
        await enable(store, controller.id)
        client, _ = await operator_clients.issue(
            store, controller.id, NewClient("LMS", OF_CONTROLLERS, timedelta(days=1))
        )
    return Scene(place, controller, version.id, client.id)

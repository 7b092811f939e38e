"""Makes a campus with two schools that Habeas works for; what is there already is kept."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.assembly.parts import open_keyring
from app.demo.generate import load_campus
from app.demo.people import NAMESAKE
from app.demo.schema import drop_tables
from app.domain.scopes import OF_CONTROLLERS
from app.services import controllers, enablement, operator_clients
from app.services.controllers import NewController
from app.services.operator_clients import NewClient
from app.settings import Settings
from app.sources.registry import Sources
from app.store import migrations
from app.store.engine import create_engine
from schemas.controllers import ControllerSettings, EnablementChange

DATA_MAP = Path(__file__).resolve().parents[2] / "datamaps" / "campus.yaml"
_LIFETIME = timedelta(days=365)
_NOTES = "demo.json"


@dataclass(frozen=True, slots=True)
class School:
    """A controller of the demo.

    Attributes:
        controller_id: In Habeas.
        name: Of the institution.
        api_key: Of a client that may do everything for it.
    """

    controller_id: str
    name: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Backends:
    """Where the demo's data lies.

    Attributes:
        database_url: Habeas's own, as the role that owns no tables.
        owner_url: The same, as the role that owns them; None where somebody else migrates.
        campus_url: The campus LMS.
        files_directory: Its uploads.
    """

    database_url: str
    owner_url: str | None
    campus_url: str
    files_directory: Path


_IS_FRESH = "SELECT count(*) = 2 FROM person WHERE full_name = $1 AND active AND NOT in_trash"


async def prepare(settings: Settings, backends: Backends) -> tuple[School, ...]:
    """Migrate, load the campus and create its controllers, as far as that is still to be done.

    Args:
        settings: Where the notes of an earlier run and the keys lie.
        backends: Where the data lies.

    Returns:
        The controllers, in the order of their keys.
    """
    if backends.owner_url is not None:
        await migrations.upgrade(backends.owner_url)
    institutions, is_fresh = await _load_campus(backends)
    database = create_engine(backends.database_url)
    try:
        noted = () if is_fresh else _noted(settings)
        known = await controllers.list_all(database)
        if noted and {each.controller_id for each in noted} <= {str(each.id) for each in known}:
            return noted
        for former in known:
            await controllers.unbind_data_map(database, former.id)
        addresses = {"CAMPUS_DATABASE_URL": backends.campus_url}
        async with Sources(addresses, connections=1, jobs=1) as sources:
            schools = [await _create(settings, database, sources, *each) for each in institutions]
    finally:
        await database.dispose()
    _note(settings, schools)
    return tuple(schools)


async def support_key(settings: Settings, backends: Backends) -> str:
    """Issue an API key for support, good for a day.

    Args:
        settings: Where the operator's keys lie.
        backends: Where the data lies.
    """
    database = create_engine(backends.database_url)
    try:
        keyring = open_keyring(settings)
        _, api_key = await operator_clients.issue_of_support(
            database, keyring, "Support desk", timedelta(days=1)
        )
    finally:
        await database.dispose()
    return api_key.text


async def _load_campus(backends: Backends) -> tuple[list[tuple[str, str]], bool]:
    """Give the keys and names of the institutions, and whether they were made now."""
    connection = await asyncpg.connect(backends.campus_url)
    try:
        is_there = await connection.fetchval("SELECT to_regclass('public.institution') IS NOT NULL")
        if is_there and not await connection.fetchval(_IS_FRESH, NAMESAKE):
            await drop_tables(
                connection
            )  # an earlier story has erased somebody whom this one needs
            is_there = False
        if not is_there:
            await load_campus(backends.campus_url, backends.files_directory)
        rows = await connection.fetch("SELECT id::text AS key, name FROM institution ORDER BY id")
    finally:
        await connection.close()
    return [(row["key"], row["name"]) for row in rows], not is_there


async def _create(
    settings: Settings, database: AsyncEngine, sources: Sources, key: str, name: str
) -> School:
    slug = name.split(maxsplit=1)[0].lower()
    own = ControllerSettings(
        legal_name=name,
        address=f"{name}\nSkolgatan 1\n123 45 {name.split(maxsplit=1)[0]}",
        contact=f"privacy@{slug}.example",
        data_protection_officer=f"dpo@{slug}.example",
        supervisory_authority="The data protection authority of your country",
    )
    made = await controllers.create(database, open_keyring(settings), NewController(name, key, own))
    await controllers.bind_data_map(database, sources, made.id, DATA_MAP.read_text("utf-8"))
    enabled = EnablementChange(
        is_enabled=True, reason="The demo's schools have agreed to it.", reference="demo"
    )
    await enablement.decide(database, open_keyring(settings), made.id, enabled)
    _, api_key = await operator_clients.issue(
        database, made.id, NewClient("Campus LMS", OF_CONTROLLERS, _LIFETIME)
    )
    return School(str(made.id), name, api_key.text)


def _noted(settings: Settings) -> tuple[School, ...]:
    notes = settings.data_directory / _NOTES
    if not notes.exists():
        return ()
    return tuple(School(**each) for each in json.loads(notes.read_text("utf-8")))


def _note(settings: Settings, schools: list[School]) -> None:
    """Keep the keys of the demo for its next run, for nobody else to read."""
    notes = settings.data_directory / _NOTES
    descriptor = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(school) for school in schools], file, indent=2)

"""Controllers are created with their trail, and given data maps and API clients."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain import api_keys
from app.domain.errors import Refused
from app.domain.ids import ControllerId, new_id
from app.keyring import KeyRing
from app.services import controllers, operator_clients
from app.services.controllers import NewController
from app.services.operator_clients import NewClient
from app.sources.registry import Sources
from app.store import clients, data_maps
from app.store import controllers as stored
from app.store.controllers import Controller
from app.store.transaction import single_reads, transaction
from schemas.controllers import ControllerSettings
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Scope
from tests.fixtures.clients import issue_client
from tests.fixtures.trails import followed

SCOPES = frozenset({Scope.SUBJECTS_READ, Scope.ACCESS_REQUEST})
DAY = timedelta(days=1)
SOURCES = Sources({}, connections=1, jobs=1)
"""Of which none is opened: the map tells no controllers apart."""
MAP = """
habeas: 1
name: tiny
sources: {lms: {kind: sql, url: "postgresql://lms"}}
subject: {source: lms, table: person, key: id, identifiers: {email: email}, display: [name]}
record_types:
  person: {category: personal_information, title: Person, table: person, fields: {name: {title: N}}}
"""


async def test_a_controller_is_created_with_its_key_settings_and_trail(
    engine: AsyncEngine, keyring: KeyRing
) -> None:
    settings = ControllerSettings(legal_name="Åsen skole", excluded_fields={"person": ("phone",)})
    made = await controllers.create(engine, keyring, NewController("Åsen", "7", settings))
    async with transaction(engine, made.id) as connection:
        found = await stored.get(connection, made.id)
    assert found is not None
    assert (found.name, found.key_in_lms, found.settings) == ("Åsen", "7", settings)
    assert len(keyring.unwrap(found.digest_key)) == 32
    assert made.id in {one.id for one in await controllers.list_all(engine)}
    assert (await followed(engine, made.id)).entries == 1


async def test_settings_can_be_changed(engine: AsyncEngine, controller: Controller) -> None:
    settings = ControllerSettings(contact="dpo@school.example")
    async with transaction(engine, controller.id) as connection:
        await stored.change_settings(connection, controller.id, settings)
        found = await stored.get(connection, controller.id)
    assert found is not None
    assert found.settings == settings


async def test_publishing_the_same_map_twice_gives_the_same_version(
    engine: AsyncEngine, controller: Controller
) -> None:
    first = await controllers.bind_data_map(engine, SOURCES, controller.id, MAP)
    again = await controllers.bind_data_map(engine, SOURCES, controller.id, MAP)
    other = await controllers.bind_data_map(engine, SOURCES, controller.id, MAP + "# changed\n")
    assert first == again
    assert first.document == MAP
    assert other.digest != first.digest
    async with transaction(engine, controller.id) as connection:
        found = await stored.get(connection, controller.id)
        assert found is not None
        assert found.data_map_version_id == other.id
        assert await data_maps.get(connection, first.id) == first
    assert (await followed(engine, controller.id)).entries == 3


async def test_a_client_proves_itself_by_its_key_before_its_controller_is_known(
    engine: AsyncEngine, controller: Controller
) -> None:
    issued, key = await operator_clients.issue(engine, controller.id, NewClient("LMS", SCOPES, DAY))
    async with single_reads(engine) as connection:
        assert await clients.authenticate(connection, api_keys.read(key.text)) == issued
        assert await clients.authenticate(connection, api_keys.make(issued.id)) is None
    assert issued.scopes == SCOPES
    assert issued.controller_id == controller.id


async def test_an_expired_or_revoked_client_is_nobody(
    engine: AsyncEngine, controller: Controller
) -> None:
    client, revoked = await operator_clients.issue(
        engine, controller.id, NewClient("Lost", SCOPES, DAY)
    )
    async with transaction(engine, controller.id) as connection:
        _, expired = await issue_client(
            connection, controller.id, "Old", SCOPES, datetime.now(UTC) - DAY
        )
        assert await clients.revoke(connection, client.id)
        assert not await clients.revoke(connection, client.id)
    async with single_reads(engine) as connection:
        assert await clients.authenticate(connection, expired) is None
        assert await clients.authenticate(connection, revoked) is None


async def test_nothing_is_done_for_a_controller_that_is_not_there(engine: AsyncEngine) -> None:
    nobody = ControllerId(new_id())
    with pytest.raises(Refused) as map_refused:
        await controllers.bind_data_map(engine, SOURCES, nobody, MAP)
    with pytest.raises(Refused) as client_refused:
        await operator_clients.issue(engine, nobody, NewClient("LMS", SCOPES, DAY))
    assert map_refused.value.problem is client_refused.value.problem is Problem.NOT_FOUND

"""Support names the addresses of a data map; whoever runs Habeas sets them, and nothing of its own goes out."""

import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain.ids import ControllerId
from app.embedded.stack import Stack
from app.store.transaction import transaction
from tests.fixtures.api import Service, listening, opened, support
from tests.fixtures.bindings import bind_unasked
from tests.fixtures.data_maps import SOUND, line_of, with_change
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.taking_on import bound_to, created, key, published

CANARY = "canarywood"
LMS, UPLOADS = '"${LMS_URL}"', '"${UPLOADS_URL}"'
ELSEWHERE = "postgresql://u:p@127.0.0.1:{port}"
NAMED, WITHHELD = "an address is one `${NAME}` and nothing besides", "which no source gets"
REFUSED = [
    pytest.param(LMS, ELSEWHERE + "/x", [NAMED], id="a literal address"),
    pytest.param(LMS, "${LMS_URL}&host=127.0.0.1:{port}", [NAMED], id="a name and more"),
    pytest.param(LMS, ELSEWHERE + "/${HABEAS_KEYS}", [NAMED, WITHHELD], id="keys sent away"),
    pytest.param(LMS, "${HABEAS_KEYS}", [WITHHELD], id="keys"),
    pytest.param(LMS, "${habeas_keys}", [WITHHELD], id="keys in small letters"),
    pytest.param(LMS, "${PGPASSWORD}", [WITHHELD], id="a password of PostgreSQL's clients"),
    pytest.param(UPLOADS, "file:///etc", [NAMED], id="any directory"),
    pytest.param(UPLOADS, "${UPLOADS_URL}/..", [NAMED], id="beside a directory"),
    pytest.param(UPLOADS, "${HABEAS_DATA_DIRECTORY}", [WITHHELD], id="the bundles"),
]


@pytest.fixture(scope="module")
async def api(service: Service, stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Serve an API in whose environment there are secrets, and addresses that are none."""
    secret = ("HABEAS_KEYS", "habeas_keys", "HABEAS_DATA_DIRECTORY", "PGPASSWORD")
    crooked = {
        "NO_ADDRESS": CANARY,
        "NO_HOST": f"postgresql://[{CANARY}/x",
        "NO_PORT": f"postgresql://u:{CANARY}/{CANARY}@127.0.0.1/x",
        "NO_SUCH_PORT": f"postgresql://{CANARY}@127.0.0.1:99999999/x",
    }
    environ = {"LMS_URL": service.lms_url} | dict.fromkeys(secret, CANARY) | crooked
    with listening(partial(opened, service, stack.redis_url, environ)) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
            yield client


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """Listen where nobody that works with Habeas has any business."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def is_called(server: socket.socket) -> bool:
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return False
    connection.close()
    return True


async def by_command(service: Service, controller_id: str, document: str) -> str:
    """Publish and bind a map as the command does, past the check that it goes through before."""
    named = ControllerId(UUID(controller_id))
    async with transaction(service.database, named) as connection:
        return str(await bind_unasked(connection, named, document))


async def left(service: Service, controller_id: str) -> tuple[int, ...]:
    """Count the controller's data maps and audit entries."""
    connection = await asyncpg.connect(service.superuser_url)
    try:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM data_map_version WHERE controller_id = $1),"
            " (SELECT count(*) FROM audit_entry WHERE controller_id = $1)",
            UUID(controller_id),
        )
        return tuple(row)
    finally:
        await connection.close()


@pytest.mark.parametrize(("old", "new", "told"), REFUSED)
async def test_a_map_whose_addresses_are_not_left_to_the_operator_is_not_published(
    service: Service,
    api: httpx.AsyncClient,
    elsewhere: socket.socket,
    old: str,
    new: str,
    told: list[str],
) -> None:
    staff = await support(service)
    controller_id = (await created(api, staff, "Foreign School"))["id"]
    before = await left(service, controller_id)
    address = new.replace("{port}", str(elsewhere.getsockname()[1]))
    document = with_change(old, f'"{address}"')
    body = {"controller_id": controller_id, "document": document, "reason": "r"}
    refused = await api.post("/v1/data-maps", json=body, headers=staff | key())
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-body")
    assert len(refused.json()["errors"]) == len(told)
    line = line_of(document, address)
    for fault in refused.json()["errors"]:
        assert fault["pointer"] == "/document"
        assert fault["detail"].startswith(f"line {line}: ")
        assert any(each in fault["detail"] for each in told)
    assert CANARY not in refused.text
    assert "127.0.0.1" not in refused.text
    assert await left(service, controller_id) == before
    assert not is_called(elsewhere)


async def test_a_map_that_names_what_the_operator_set_is_published_and_bound(
    service: Service, api: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(api, staff, "Named School")
    version_id = await published(api, staff, made["id"])
    change = bound_to(made, version_id)
    bound = await api.put(f"/v1/controllers/{made['id']}", json=change, headers=staff)
    assert (bound.status_code, bound.json()["data_map_version_id"]) == (200, version_id)


async def test_a_map_with_addresses_stays_bound_as_the_command_left_it_and_is_not_bound_over_http(
    service: Service, api: httpx.AsyncClient, elsewhere: socket.socket
) -> None:
    staff = await support(service)
    made = await created(api, staff, "Commanded School")
    controller_id = made["id"]
    address = f"postgresql://u:{CANARY}@127.0.0.1:{elsewhere.getsockname()[1]}/x"
    document = with_change(LMS, f'"{address}"')
    version_id = await by_command(service, controller_id, document)
    url = f"/v1/controllers/{controller_id}"
    change = bound_to(made, version_id) | {"name": "Renamed School"}
    assert (await api.put(url, json=change, headers=staff)).status_code == 200
    unbound = await api.put(url, json={"name": "Renamed School"}, headers=staff)
    assert unbound.status_code == 200
    refused = await api.put(url, json=change, headers=staff)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-body")
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == "/data_map_version_id"
    assert fault["detail"].startswith(f"line {line_of(document, address)}: over HTTP")
    assert CANARY not in refused.text
    assert not is_called(elsewhere)


async def test_a_map_that_asks_for_the_operators_keys_reaches_nothing_however_it_was_bound(
    service: Service, api: httpx.AsyncClient, elsewhere: socket.socket
) -> None:
    staff = await support(service)
    made = await created(api, staff, "Former School")
    controller_id = made["id"]
    address = f"postgresql://u:p@127.0.0.1:{elsewhere.getsockname()[1]}/${{HABEAS_KEYS}}"
    for document in (with_change(LMS, f'"{address}"'), with_change(LMS, '"${HABEAS_KEYS}"')):
        await by_command(service, str(service.two.id), document)
        search = {"identifier": "number", "value": "S1", "reason": "a test"}
        answer = await api.post("/v1/subject-searches", json=search, headers=service.two.headers)
        assert answer.json()["type"] == "/problems/source-unavailable"
        assert CANARY not in answer.text
        version_id = await by_command(service, controller_id, document)
        url = f"/v1/controllers/{controller_id}"
        change = bound_to(made, version_id)
        unbound = await api.put(url, json=change | {"data_map_version_id": None}, headers=staff)
        assert unbound.status_code == 200
        refused = await api.put(url, json=change, headers=staff)
        assert refused.status_code == 422
        assert CANARY not in refused.text
    await by_command(service, str(service.two.id), SOUND)
    assert not is_called(elsewhere)


@pytest.mark.parametrize("name", ["NO_ADDRESS", "NO_HOST", "NO_PORT", "NO_SUCH_PORT", "NOT_SET"])
async def test_a_value_that_is_no_address_is_not_told(
    service: Service, api: httpx.AsyncClient, name: str
) -> None:
    staff = await support(service)
    controller_id = (await created(api, staff, "Crooked School"))["id"]
    version_id = await published(api, staff, controller_id, with_change(LMS, f'"${{{name}}}"'))
    change = {"name": "Crooked School", "data_map_version_id": version_id}
    refused = await api.put(f"/v1/controllers/{controller_id}", json=change, headers=staff)
    assert refused.json()["type"] == "/problems/source-unavailable"
    assert CANARY not in refused.text

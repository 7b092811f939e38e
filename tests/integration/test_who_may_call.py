"""Every operation, called by those who may not: refused as documented, and nothing is changed."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.domain.ids import ClientId
from app.domain.scopes import OF_CONTROLLERS
from app.services.enablement import decide
from app.store import clients
from app.store.transaction import transaction
from schemas.controllers import EnablementChange
from schemas.vocabulary import Scope
from tests.fixtures.api import SOMEBODY
from tests.fixtures.clients import issue_client
from tests.fixtures.neighbours import Neighbours, unchanged
from tests.fixtures.office import Office
from tests.fixtures.operations import Operation, operations

AN_HOUR = timedelta(hours=1)
NOT_ENABLED = 409, "/problems/not-enabled"
GRANT_MISSING = 403, "/problems/support-grant-missing"
SCOPE_MISSING = 403, "/problems/scope-missing"
AT_WORK = {
    "search_subjects",
    "make_preview",
    "submit_subject_request",
    "empty_trashcan",
    "lift_restriction",
    "tell_lms_event",
    "approve_subject_request",
    "approve_batch",
}
"""What looks at persons or begins something, and is refused while a controller is not enabled. What
was begun before can be followed, read, refused and handed over all the same."""

GONE = {"container.deleted", "person.deleted"}
"""What the learning platform tells of the past. It begins nothing: erasures that were carried out while
the controller was enabled are only looked at again, as the clock does."""
THE_REFUSAL = ("audit_entry", "audit_head", "audit_text")


def named(wanted: Iterable[Operation]) -> list[Any]:
    return [pytest.param(each, id=each.name) for each in wanted]


ALL = named(operations())
OF_A_CONTROLLER = named(each for each in operations() if each.is_of_controllers)
WITHOUT_SUPPORT = named(each for each in operations() if Scope.SUPPORT not in each.scopes)


async def issued(
    office: Office, scopes: frozenset[Scope] = OF_CONTROLLERS, lifetime: timedelta = AN_HOUR
) -> tuple[ClientId, dict[str, str]]:
    """Issue a client for the office's own controller; give the headers that carry its key."""
    database, whose = office.workplace.database, office.workplace.controller.id
    async with transaction(database, whose) as connection:
        client, key = await issue_client(
            connection, whose, "Stranger", scopes, datetime.now(UTC) + lifetime
        )
    return client.id, {"Authorization": f"Bearer {key.text}"} | SOMEBODY


@pytest.fixture(scope="module")
async def shut_out(office: Office) -> list[dict[str, str]]:
    """The headers of nobody, of an expired and of a revoked client."""
    _, expired = await issued(office, lifetime=timedelta(seconds=-1))
    client_id, revoked = await issued(office)
    async with transaction(office.workplace.database, office.workplace.controller.id) as connection:
        await clients.revoke(connection, client_id)
    return [expired, revoked]


@pytest.fixture
async def switched_off(office: Office) -> AsyncIterator[None]:
    """Habeas is not enabled for the office's controller."""
    workplace, whose = office.workplace, office.workplace.controller.id
    because = {"reason": "a test", "reference": "S-1"}
    off, on = [EnablementChange(is_enabled=each, **because) for each in (False, True)]
    await decide(workplace.database, workplace.context.keyring, whose, off)
    yield
    await decide(workplace.database, workplace.context.keyring, whose, on)


async def assert_refused(
    neighbours: Neighbours,
    operation: Operation,
    headers: dict[str, str],
    expected: tuple[int, str],
    body: dict[str, Any] | None = None,
) -> None:
    """Call as somebody who may not, with the ids of what is there."""
    one = neighbours.one
    async with httpx.AsyncClient(base_url=one.office.http.base_url) as stranger:
        answer = await operation.call(stranger, one.ids, body, headers=headers)
    assert (answer.status_code, answer.json().get("type")) == expected, answer.text
    assert operation.documents(answer)
    challenge = answer.headers.get("www-authenticate", "")
    assert challenge.startswith("Bearer") == (expected != NOT_ENABLED)
    assert ("insufficient_scope" in challenge) == (expected in (SCOPE_MISSING, GRANT_MISSING))
    assert [each for each in one.told_apart_by if each in answer.text] == []


@pytest.mark.parametrize("operation", ALL)
async def test_nobody_gets_in_without_a_key_or_with_one_that_has_ended(
    neighbours: Neighbours, shut_out: list[dict[str, str]], operation: Operation
) -> None:
    async with unchanged(neighbours.one):
        missing = 401, "/problems/authentication-required"
        await assert_refused(neighbours, operation, SOMEBODY, missing)
        for headers in shut_out:
            invalid = 401, "/problems/credential-invalid"
            await assert_refused(neighbours, operation, headers, invalid)


@pytest.mark.parametrize("operation", ALL)
async def test_all_scopes_but_its_own_do_not_admit_to_an_operation(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    _, headers = await issued(office, OF_CONTROLLERS - operation.scopes)
    async with unchanged(neighbours.one, *THE_REFUSAL):
        await assert_refused(neighbours, operation, headers, SCOPE_MISSING)


@pytest.mark.parametrize("operation", ALL)
async def test_each_of_its_scopes_admits_to_an_operation(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    """Or, where the body names a right, to that right; nothing is there under these ids."""
    ids = {name: str(uuid4()) for name in operation.in_path}
    for scope in operation.scopes:
        support = scope is Scope.SUPPORT
        headers = neighbours.staff if support else (await issued(office, frozenset({scope})))[1]
        answers = [
            await operation.call(office.http, ids, body, headers=headers)
            for body in operation.bodies or (None,)
        ]
        assert {each.status_code for each in answers} - {401, 403}, answers[0].text


@pytest.mark.parametrize("operation", WITHOUT_SUPPORT)
async def test_support_reaches_nothing_of_a_controller_without_a_grant(
    neighbours: Neighbours, operation: Operation
) -> None:
    for_one = neighbours.colleague | {"X-Controller": neighbours.one.ids["controller_id"]}
    async with unchanged(neighbours.one):
        await assert_refused(neighbours, operation, neighbours.colleague, SCOPE_MISSING)
        await assert_refused(neighbours, operation, for_one, GRANT_MISSING)


@pytest.mark.usefixtures("switched_off")
@pytest.mark.parametrize("operation", OF_A_CONTROLLER)
async def test_while_a_controller_is_not_enabled_nobody_is_looked_at_and_nothing_begun(
    neighbours: Neighbours, operation: Operation
) -> None:
    if operation.name not in AT_WORK:
        assert "not-enabled" not in operation.problems
        return
    assert "not-enabled" in operation.problems
    async with unchanged(neighbours.one, *THE_REFUSAL):
        for body in operation.bodies:
            if body.get("type") not in GONE:
                key = neighbours.one.key
                await assert_refused(neighbours, operation, key, NOT_ENABLED, body)

"""Every operation, sent what nobody means: refused as documented, unrepeated, and nothing changed."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import pytest

from tests.fixtures.api import Service, counts, fresh_key, support
from tests.fixtures.operations import Operation, operations

CANARY = "canarywood"
JSON = "application/json"
ID = "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20"
BODIES = [
    (b"", JSON, 422),
    (b"{", JSON, 422),
    (b"null", JSON, 422),
    (b"[]", JSON, 422),
    (b'"canarywood"', JSON, 422),
    (b'{"canarywood":1}', JSON, 422),
    (b'{"canarywood":NaN}', JSON, 422),
    (b'{"canarywood":1e999}', JSON, 422),
    (b'{"canarywood":' + b"9" * 50_000 + b"}", JSON, 422),
    (b'{"canarywood":1,"canarywood":2}', JSON, 422),
    (b'{"canarywood":"\xff"}', JSON, 422),
    (b'{"a":' * 40 + b"1" + b"}" * 40, JSON, 422),
    (b"[" * 100_000 + b"]" * 100_000, JSON, 422),
    ("{}".encode("utf-16"), JSON, 422),
    (b"{}", "text/canarywood", 415),
    (b"{}", "application/x-www-form-urlencoded", 415),
    (b"canarywood" * 110_000, JSON, 413),
]
"""What is sent as a body, as what media type, and the status that it meets everywhere."""
VALUES: tuple[object, ...] = (
    f"{CANARY}\x00",
    f"{CANARY}\ud800",
    float("nan"),
    float("-inf"),
    10**25,
    -1,
    True,
    [[CANARY]],
    {CANARY: CANARY},
    CANARY * 9_000,
)
"""What is put in the place of each field; no field may hold any of it."""
IN_ADDRESSES = (
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "..%2f..%2fetc%2fpasswd",
    f"{ID}%00",
    f"{ID}'--",
    CANARY,
    CANARY * 500,
    "-1",
    "9" * 400,
    "0",
    "1e308",
    "NaN",
)
TRUE_OR_FREE = {"overdue", "due_soon", "texts", "record_type"}
"""Of these some odd value is a good one: `0` for no, and the name of a kind of record that there is not."""
TOLD = {"export_audit_trail"}
"""Whose answer, where an odd value is a good one, stands in the audit trail."""


def named(wanted: Iterable[Operation]) -> list[Any]:
    return [pytest.param(each, id=each.name) for each in wanted]


BODIED = named(each for each in operations() if each.bodies)
ADDRESSED = named(each for each in operations() if each.in_path)
QUERIED = named(each for each in operations() if each.in_query)


@pytest.fixture(scope="module")
async def staff(service: Service) -> dict[str, str]:
    return await support(service)


async def sent(
    http: httpx.AsyncClient,
    service: Service,
    staff: dict[str, str],
    operation: Operation,
    path: str,
    **options: Any,
) -> httpx.Response:
    """Send something to an operation as somebody who may call it."""
    whose = {} if operation.is_of_controllers else staff
    headers = fresh_key(service.one) | whose | options.pop("headers", {})
    return await http.request(operation.method, path, headers=headers, **options)


def wrong(operation: Operation, answer: httpx.Response, *allowed: int) -> str | None:
    """Say what is wrong with a refusal, if anything is."""
    told = f"{answer.status_code} {answer.text[:300]}"
    if answer.status_code not in allowed or not operation.documents(answer):
        return told
    if answer.is_success:
        return None
    is_problem = answer.headers["content-type"] == "application/problem+json"
    return None if is_problem and CANARY not in answer.text + str(answer.headers) else told


def changed(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give a body again and again, each time with one field as nobody means it."""
    for name, usual in body.items():
        for value in VALUES:
            if not (isinstance(usual, bool) and value is True):
                yield f"{name}={str(value)[:30]!r}", body | {name: value}


@pytest.mark.parametrize("operation", BODIED)
async def test_whatever_is_sent_as_a_body_is_refused(
    service: Service, http: httpx.AsyncClient, staff: dict[str, str], operation: Operation
) -> None:
    before = await counts(service)
    path = operation.path.format_map(dict.fromkeys(operation.in_path, ID))
    found = []
    for content, media_type, status in BODIES:
        headers = {"Content-Type": media_type}
        answer = await sent(http, service, staff, operation, path, content=content, headers=headers)
        found.append((content[:40], wrong(operation, answer, status)))
    for what, body in (each for example in operation.bodies for each in changed(example)):
        content = json.dumps(body).encode()
        headers = {"Content-Type": JSON}
        answer = await sent(http, service, staff, operation, path, content=content, headers=headers)
        found.append((what.encode(), wrong(operation, answer, 422)))
    assert [each for each in found if each[1]] == []
    assert await counts(service) == before


@pytest.mark.parametrize("operation", ADDRESSED)
async def test_whatever_stands_in_an_address_is_refused(
    service: Service, http: httpx.AsyncClient, staff: dict[str, str], operation: Operation
) -> None:
    before = await counts(service)
    found = []
    for name in operation.in_path:
        for odd in IN_ADDRESSES:
            path = operation.path.format_map(dict.fromkeys(operation.in_path, ID) | {name: odd})
            answer = await sent(http, service, staff, operation, path)
            found.append((path, wrong(operation, answer, 404)))
    assert [each for each in found if each[1]] == []
    assert await counts(service) == before


@pytest.mark.parametrize("operation", QUERIED)
async def test_whatever_is_asked_for_is_refused_or_finds_nothing(
    service: Service, http: httpx.AsyncClient, staff: dict[str, str], operation: Operation
) -> None:
    before = await counts(service)
    found = []
    for name in (*operation.in_query, CANARY):
        for odd in IN_ADDRESSES:
            answer = await sent(http, service, staff, operation, f"{operation.path}?{name}={odd}")
            allowed = (200, 400) if name in TRUE_OR_FREE else (400,)
            found.append((f"{name}={odd[:30]}", wrong(operation, answer, *allowed)))
    assert [each for each in found if each[1]] == []
    assert operation.name in TOLD or await counts(service) == before

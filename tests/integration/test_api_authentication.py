"""Who may call: API keys, scopes, expiry, revocation."""

from datetime import timedelta
from uuid import uuid4
from zlib import crc32

import httpx
import pytest

from app.domain.scopes import OF_CONTROLLERS
from app.store import clients
from app.store.transaction import transaction
from schemas.vocabulary import Scope
from tests.fixtures.api import Service, issue


@pytest.mark.parametrize("url", ["/v1/subject-requests", "/v1/previews"])
@pytest.mark.parametrize(
    ("right", "scope"),
    [("restriction", Scope.RESTRICTION_REQUEST), ("erasure", Scope.ERASURE_REQUEST)],
)
async def test_the_right_that_a_body_names_says_which_scope_it_takes(
    service: Service, http: httpx.AsyncClient, url: str, right: str, scope: Scope
) -> None:
    _, lacking = await issue(
        service, service.one, set(OF_CONTROLLERS) - {scope}, timedelta(hours=1)
    )
    refused = await http.post(url, json={"right": right}, headers=lacking)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    _, enough = await issue(service, service.one, {scope}, timedelta(hours=1))
    assert (await http.post(url, json={"right": right}, headers=enough)).status_code != 403


@pytest.mark.parametrize("part", ["content", "data.xml", "preview"])
async def test_asking_for_the_head_alone_takes_the_same_key(
    service: Service, http: httpx.AsyncClient, part: str
) -> None:
    url = f"/v1/bundles/{uuid4()}/{part}"
    others = set(OF_CONTROLLERS) - {Scope.BUNDLES_READ}
    _, lacking = await issue(service, service.one, others, timedelta(hours=1))
    assert (await http.head(url)).status_code == 401
    assert (await http.head(url, headers=lacking)).status_code == 403
    assert (await http.head(url, headers=service.one.headers)).status_code == 404


async def test_an_expired_or_revoked_key_is_refused_at_once(
    service: Service, http: httpx.AsyncClient
) -> None:
    url = "/v1/subject-requests"
    _, expired = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(seconds=-1))
    assert (await http.get(url, headers=expired)).status_code == 401
    client, headers = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(hours=1))
    assert (await http.get(url, headers=headers)).status_code == 200
    async with transaction(service.database, service.one.id) as connection:
        await clients.revoke(connection, client.id)
    refused = await http.get(url, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/credential-invalid")
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic aGFiZWFzOmhhYmVhcw==",
        "Bearer secret-canarywood",
        "Bearer habeas_" + "0" * 32 + "_" + "a" * 43 + "_00000000",
        "Bearer \xff\xfe",
        "Bearer " + "x" * 8_000,
    ],
)
async def test_whatever_else_is_sent_as_a_key_is_401(
    service: Service, http: httpx.AsyncClient, authorization: str
) -> None:
    answer = await http.get(
        "/v1/subject-requests",
        headers=[(b"Authorization", authorization.strip().encode("latin-1"))],
    )
    assert answer.status_code == 401
    assert "canarywood" not in answer.text
    assert service.url


async def test_a_key_with_a_changed_secret_is_refused(
    service: Service, http: httpx.AsyncClient
) -> None:
    prefix, client, secret, _ = service.one.key.split("_")
    body = f"{prefix}_{client}_{secret[::-1]}"
    headers = {"Authorization": f"Bearer {body}_{crc32(body.encode()):08x}"}
    assert (await http.get("/v1/subject-requests", headers=headers)).status_code == 401


async def test_nothing_of_the_body_is_looked_at_before_the_key(
    service: Service, http: httpx.AsyncClient
) -> None:
    answer = await http.post("/v1/subject-searches", content=b"{" * 2_000_000)
    assert answer.status_code == 401
    assert service.url

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
from tests.fixtures.api import Service, counts, issue

ID = "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20"
ANY_RIGHT = {Scope.ACCESS_REQUEST, Scope.RESTRICTION_REQUEST, Scope.ERASURE_REQUEST}
ANY_READER = ANY_RIGHT | {Scope.ERASURE_APPROVE}
ANY_CHANGE = {Scope.RESTRICTION_REQUEST, Scope.ERASURE_REQUEST}
REQUEST = f"/v1/subject-requests/{ID}"
MISDIRECTED = "/v1/misdirected-requests"
OPERATIONS = [
    pytest.param("POST", "/v1/subject-searches", {Scope.SUBJECTS_READ}, id="search"),
    pytest.param("POST", "/v1/subject-requests", {Scope.ACCESS_REQUEST}, id="submit"),
    pytest.param("POST", "/v1/previews", {Scope.ACCESS_REQUEST}, id="look"),
    pytest.param("GET", "/v1/subject-requests", ANY_READER, id="list"),
    pytest.param("GET", REQUEST, ANY_READER, id="read"),
    pytest.param("POST", f"{REQUEST}/resumption", ANY_RIGHT, id="resume"),
    pytest.param("POST", f"{REQUEST}/cancellation", ANY_RIGHT, id="cancel"),
    pytest.param("POST", f"{REQUEST}/information", {Scope.RESTRICTION_REQUEST}, id="inform"),
    pytest.param("GET", "/v1/restrictions", ANY_CHANGE, id="restrictions"),
    pytest.param("GET", f"/v1/restrictions/{ID}", ANY_CHANGE, id="restriction"),
    pytest.param("POST", f"/v1/restrictions/{ID}/lift", {Scope.RESTRICTION_REQUEST}, id="lift"),
    pytest.param("POST", "/v1/restrictions/empty", {Scope.ERASURE_REQUEST}, id="empty"),
    pytest.param("GET", "/v1/deferrals", {Scope.DEFERRALS_READ}, id="deferrals"),
    pytest.param("POST", "/v1/holds", {Scope.HOLDS_MANAGE}, id="hold"),
    pytest.param("GET", "/v1/holds", {Scope.HOLDS_MANAGE}, id="holds"),
    pytest.param("GET", f"/v1/holds/{ID}", {Scope.HOLDS_MANAGE}, id="one hold"),
    pytest.param("PATCH", f"/v1/holds/{ID}", {Scope.HOLDS_MANAGE}, id="change a hold"),
    pytest.param("POST", f"/v1/holds/{ID}/end", {Scope.HOLDS_MANAGE}, id="end a hold"),
    pytest.param("POST", "/v1/lms-events", {Scope.LMS_EVENTS_WRITE}, id="event"),
    pytest.param("POST", f"{REQUEST}/approval", {Scope.ERASURE_APPROVE}, id="approve"),
    pytest.param(
        "POST",
        f"/v1/subject-request-batches/{ID}/approval",
        {Scope.ERASURE_APPROVE},
        id="approve a batch",
    ),
    pytest.param("POST", f"{REQUEST}/refusal", ANY_READER, id="refuse"),
    pytest.param("POST", f"{REQUEST}/extension", ANY_RIGHT, id="extend"),
    pytest.param("POST", f"{REQUEST}/identity-doubt", ANY_RIGHT, id="doubt"),
    pytest.param("POST", f"{REQUEST}/identity-doubt/end", ANY_RIGHT, id="end a doubt"),
    pytest.param("POST", MISDIRECTED, {Scope.MISDIRECTED_WRITE}, id="take"),
    pytest.param("GET", MISDIRECTED, {Scope.MISDIRECTED_READ}, id="misdirected"),
    pytest.param("GET", f"{MISDIRECTED}/{ID}", {Scope.MISDIRECTED_READ}, id="read misdirected"),
    pytest.param("POST", f"{MISDIRECTED}/{ID}/handover", {Scope.MISDIRECTED_READ}, id="hand over"),
    pytest.param("GET", f"/v1/bundles/{ID}", {Scope.BUNDLES_READ}, id="bundle"),
    pytest.param("POST", f"/v1/bundles/{ID}/links", {Scope.BUNDLES_READ}, id="link"),
    pytest.param("DELETE", f"/v1/bundles/{ID}/links/{ID}", {Scope.BUNDLES_READ}, id="withdraw"),
    pytest.param("HEAD", f"/v1/bundles/{ID}/content", {Scope.BUNDLES_READ}, id="head"),
    pytest.param("GET", f"/v1/bundles/{ID}/preview", {Scope.BUNDLES_READ}, id="preview"),
    pytest.param("GET", f"/v1/bundles/{ID}/content", {Scope.BUNDLES_READ}, id="content"),
    pytest.param("GET", f"/v1/bundles/{ID}/data.xml", {Scope.BUNDLES_READ}, id="xml"),
]
BODY = {"identifier": "number", "value": "S1", "reason": "r"}


async def call(
    http: httpx.AsyncClient, method: str, url: str, headers: dict[str, str]
) -> httpx.Response:
    body = BODY if method in {"POST", "PATCH"} and "resumption" not in url else None
    return await http.request(
        method, url, json=body, headers=headers | {"Idempotency-Key": str(uuid4())}
    )


@pytest.mark.parametrize(("method", "url", "scopes"), OPERATIONS)
async def test_every_operation_needs_a_key_with_its_scope(
    service: Service, http: httpx.AsyncClient, method: str, url: str, scopes: set[Scope]
) -> None:
    before = await counts(service)
    nobody = await call(http, method, url, {})
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == 'Bearer realm="habeas"'
    _, lacking = await issue(service, service.one, set(OF_CONTROLLERS) - scopes, timedelta(hours=1))
    refused = await call(http, method, url, lacking)
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["www-authenticate"]
    assert await counts(service) == before
    for scope in scopes:
        _, enough = await issue(service, service.one, {scope}, timedelta(hours=1))
        assert (await call(http, method, url, enough)).status_code not in (401, 403)


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

"""Tokens of a configured issuer in place of API keys, and whatever else looks like one."""

import asyncio
import base64
import hashlib
import hmac
import json
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.errors import Refused
from app.domain.ids import PROCESSOR, ClientId, new_id
from app.domain.scopes import OF_SUPPORT
from app.embedded.stack import Stack
from app.services import issuer_keys, operator_clients
from app.services.context import Context
from app.services.issuer_keys import IssuerKeys
from app.services.operator_clients import NewClient
from app.services.tokens import LARGEST_CHARACTERS, Tokens
from app.settings import OAuthSettings
from app.store import clients
from app.store.clients import ApiClient
from app.store.transaction import transaction
from schemas.clients import Revocation, Rotation
from schemas.vocabulary import Scope
from tests.fixtures.api import Service, listening, opened
from tests.fixtures.issuer import AUDIENCE, ISSUER, Issuer, issuing
from tests.fixtures.patience import PATIENCE_SECONDS, until

SEARCH = {"identifier": "number", "value": "S1", "reason": "a test"}
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def url(service: Service, stack: Stack, issuer: Issuer) -> AsyncIterator[str]:
    """Serve an API that trusts the issuer; its client `portal` is registered with one controller."""
    settings = OAuthSettings(issuer=ISSUER, jwks_url=issuer.url, audience=AUDIENCE)

    @asynccontextmanager
    async def open_context() -> AsyncIterator[Context]:
        environ = {"LMS_URL": service.lms_url}
        async with opened(service, stack.redis_url, environ) as context:
            keys = IssuerKeys(issuer.url, settings.algorithm)
            yield replace(context, tokens=Tokens(settings, keys))

    await register(service, "portal", {Scope.SUBJECTS_READ, Scope.BUNDLES_READ})
    with listening(open_context) as address:
        yield address


@pytest.fixture
async def api(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        yield client


async def register(service: Service, name: str, scopes: set[Scope]) -> ApiClient:
    client = ApiClient(
        id=ClientId(new_id()),
        controller_id=service.one.id,
        name=name,
        scopes=frozenset(scopes),
        expires_at=datetime.now(UTC) + HOUR,
        issuer_client_id=name,
    )
    async with transaction(service.database, service.one.id) as connection:
        await clients.insert(connection, client, None)
    return client


async def search(api: httpx.AsyncClient, token: str, **headers: str) -> httpx.Response:
    return await api.post(
        "/v1/subject-searches",
        json=SEARCH,
        headers={"Authorization": f"Bearer {token}"} | headers,
    )


async def test_a_token_names_client_controller_scopes_and_who_acts(
    service: Service, api: httpx.AsyncClient, issuer: Issuer
) -> None:
    claims = issuer.claims(habeas_controller=str(service.one.id))
    found = await search(api, issuer.token(claims))
    assert found.status_code == 200, found.text
    assert len(found.json()["candidates"]) == 1
    as_list = claims | {"scope": ["subjects:read"]}
    assert (await search(api, issuer.token(as_list))).status_code == 200


async def test_support_comes_by_token_too_once_it_is_registered_by_command(
    service: Service, api: httpx.AsyncClient, issuer: Issuer
) -> None:
    claims = issuer.claims(habeas_controller=str(PROCESSOR), client_id="desk", scope="support")
    headers = {"Authorization": f"Bearer {issuer.token(claims)}"}
    assert (await api.get("/v1/controllers", headers=headers)).status_code == 401
    await operator_clients.make_processor(service.database, service.keyring)
    desk = NewClient("Support desk", OF_SUPPORT, HOUR)
    client = await operator_clients.register(service.database, PROCESSOR, desk, "desk")
    assert (await api.get("/v1/controllers", headers=headers)).status_code == 200
    with pytest.raises(Refused):
        await operator_clients.register(service.database, PROCESSOR, desk, "desk")
    named = (PROCESSOR, client.id)
    with pytest.raises(Refused):  # it has no key to be rotated
        await operator_clients.rotate(
            service.database, service.keyring, named, Rotation(reason="r")
        )
    await operator_clients.revoke(
        service.database, service.keyring, named, Revocation(reason="It leaked")
    )
    assert (await api.get("/v1/controllers", headers=headers)).status_code == 401


async def test_an_api_key_goes_on_where_tokens_are_accepted(
    service: Service, api: httpx.AsyncClient
) -> None:
    headers = service.one.headers
    assert (await api.get("/v1/subject-requests", headers=headers)).status_code == 200


async def test_a_token_gives_no_scope_that_the_client_was_not_issued_with(
    service: Service, api: httpx.AsyncClient, issuer: Issuer
) -> None:
    claims = issuer.claims(habeas_controller=str(service.one.id), scope="access:request support")
    refused = await search(api, issuer.token(claims))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")
    headers = {"Authorization": f"Bearer {issuer.token(claims)}"}
    assert (await api.get("/v1/subject-requests", headers=headers)).status_code == 403
    assert (await api.get("/v1/controllers", headers=headers)).status_code == 403


async def test_who_acts_is_the_one_in_the_token_and_no_other(
    service: Service, api: httpx.AsyncClient, issuer: Issuer
) -> None:
    claims = issuer.claims(habeas_controller=str(service.one.id))
    same = {"X-Acting-Person": "UTF-8''%C3%85se%20Bj%C3%B8rnsen"}
    assert (await search(api, issuer.token(claims), **same)).status_code == 200
    other = await search(api, issuer.token(claims), **{"X-Acting-Person": "Kari Holm"})
    assert other.json()["type"] == "/problems/invalid-parameter"
    nobody = issuer.token(claims | {"acting_person": None})
    assert (await search(api, nobody)).json()["type"] == "/problems/acting-person-missing"
    assert (await search(api, nobody, **{"X-Acting-Person": "Kari"})).status_code == 200


async def test_a_revoked_or_unregistered_client_is_refused_whatever_its_token_says(
    service: Service, api: httpx.AsyncClient, issuer: Issuer
) -> None:
    client = await register(service, "leaving", {Scope.SUBJECTS_READ})
    controller = str(service.one.id)
    token = issuer.token(issuer.claims(habeas_controller=controller, client_id="leaving"))
    assert (await search(api, token)).status_code == 200
    async with transaction(service.database, service.one.id) as connection:
        assert await clients.revoke(connection, client.id)
    assert (await search(api, token)).status_code == 401
    elsewhere = issuer.token(issuer.claims(habeas_controller=str(service.two.id)))
    assert (await search(api, elsewhere)).status_code == 401


def encoded(part: object) -> str:
    written = json.dumps(part).encode() if not isinstance(part, bytes) else part
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()


def unsigned(_: Issuer, claims: dict[str, Any]) -> str:
    header = {"typ": "at+jwt", "alg": "none", "kid": "k1"}
    return f"{encoded(header)}.{encoded(claims)}."


def signed_with_the_public_key(issuer: Issuer, claims: dict[str, Any]) -> str:
    public = issuer.keys["k1"].public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{encoded({'typ': 'at+jwt', 'alg': 'HS256', 'kid': 'k1'})}.{encoded(claims)}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def cut(issuer: Issuer, claims: dict[str, Any]) -> str:
    return issuer.token(claims)[:-4]


def with_other_claims(issuer: Issuer, claims: dict[str, Any]) -> str:
    head, _, signature = issuer.token(claims).split(".")
    return f"{head}.{encoded(claims | {'scope': 'support'})}.{signature}"


HOSTILE: dict[str, Callable[[Issuer, dict[str, Any]], str]] = {
    "algorithm none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "its signature cut": cut,
    "claims of another token": with_other_claims,
    "another issuer": lambda i, c: i.token(c | {"iss": "https://evil.example"}),
    "no issuer": lambda i, c: i.token({k: v for k, v in c.items() if k != "iss"}),
    "another audience": lambda i, c: i.token(c | {"aud": "https://other.example"}),
    "no audience": lambda i, c: i.token({k: v for k, v in c.items() if k != "aud"}),
    "another type": lambda i, c: i.token(c, typ="JWT"),
    "an ID token's type": lambda i, c: i.token(c, typ="id+jwt"),
    "expired": lambda i, c: i.token(c | {"iat": c["iat"] - 400, "exp": c["iat"] - 100}),
    "no end": lambda i, c: i.token({k: v for k, v in c.items() if k != "exp"}),
    "not yet valid": lambda i, c: i.token(c | {"nbf": c["iat"] + 200}),
    "issued in the future": lambda i, c: i.token(c | {"iat": c["iat"] + 200}),
    "good for too long": lambda i, c: i.token(c | {"exp": c["iat"] + 3601}),
    "issued at no time": lambda i, c: i.token(c | {"iat": math.inf}),
    "ends at no time": lambda i, c: i.token(c | {"exp": math.inf}),
    "a path as the key's name": lambda i, c: i.token(c, "../../etc/passwd"),
    "SQL as the key's name": lambda i, c: i.token(c, "k1' OR '1'='1"),
    "a long name of the key": lambda i, c: i.token(c, "k" * 2_000),
    "brings its own key": lambda i, c: i.token(
        c, "own", jwk={"kty": "oct", "k": "AAAA"}, jku="https://evil.example/keys"
    ),
    "an unknown critical extension": lambda i, c: i.token(c, crit=["own"], own=1),
    "too large": lambda i, c: i.token(c | {"padding": "x" * LARGEST_CHARACTERS}),
    "deeply nested": lambda *_: encoded(b"[" * 6_000) + ".e30.e30",
    "no client": lambda i, c: i.token(c | {"client_id": ""}),
    "a client of another kind": lambda i, c: i.token(c | {"client_id": ["portal"]}),
    "NUL in the client's name": lambda i, c: i.token(c | {"client_id": "por\x00tal"}),
    "no controller": lambda i, c: i.token(c | {"habeas_controller": "Hagastad"}),
    "a controller of another kind": lambda i, c: i.token(c | {"habeas_controller": 7}),
    "scopes of another kind": lambda i, c: i.token(c | {"scope": 7}),
    "a person with a break in the name": lambda i, c: i.token(c | {"acting_person": "Kari\nHolm"}),
    "a person of another kind": lambda i, c: i.token(c | {"acting_person": {"name": "Kari"}}),
    "three dots": lambda *_: "...",
    "no JSON": lambda *_: "e30K.e30K",
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE.keys())
async def test_any_other_token_is_401_and_says_no_more(
    service: Service,
    api: httpx.AsyncClient,
    issuer: Issuer,
    made: Callable[[Issuer, dict[str, Any]], str],
) -> None:
    token = made(issuer, issuer.claims(habeas_controller=str(service.one.id)))
    refused = await search(api, token)
    assert refused.status_code == 401, refused.text
    assert refused.json()["type"] == "/problems/credential-invalid"
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


async def test_unknown_keys_are_looked_for_now_and_then_only(
    service: Service, api: httpx.AsyncClient, issuer: Issuer
) -> None:
    claims = issuer.claims(habeas_controller=str(service.one.id))
    assert (await search(api, issuer.token(claims))).status_code == 200
    before = issuer.fetches
    for _ in range(20):
        assert (await search(api, issuer.token(claims, str(uuid4())))).status_code == 401
    assert issuer.fetches <= before + 1


@pytest.fixture
def keys(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[IssuerKeys]:
    """Give keys that are fetched again whenever one is missing."""
    monkeypatch.setattr(issuer_keys, "AGAIN_SECONDS", -1)
    yield IssuerKeys(issuer.url, "RS256")
    issuer.status, issuer.content = 200, None


async def test_a_new_key_of_the_issuer_is_found(issuer: Issuer, keys: IssuerKeys) -> None:
    assert await keys.get("k1") is not None
    assert await keys.get("k2") is None
    issuer.add_key("k2")
    assert await keys.get("k2") is not None


@pytest.mark.parametrize(
    ("status", "content"),
    [
        pytest.param(500, None, id="it answers 500"),
        pytest.param(302, b"", id="it sends elsewhere"),
        pytest.param(200, b"<html>", id="it answers no JSON"),
        pytest.param(200, b"[]", id="it answers something else"),
        pytest.param(200, b"x" * 300_000, id="it answers too much"),
        pytest.param(200, b"[" * 200_000, id="it answers nested deeply"),
    ],
)
async def test_an_issuer_that_fails_costs_a_503_and_known_keys_go_on(
    service: Service,
    stack: Stack,
    issuer: Issuer,
    keys: IssuerKeys,
    status: int,
    content: bytes | None,
) -> None:
    settings = OAuthSettings(issuer=ISSUER, jwks_url=issuer.url, audience=AUDIENCE)
    known = IssuerKeys(issuer.url, "RS256")
    assert await known.get("k1") is not None
    issuer.status, issuer.content = status, content
    assert await known.get("k1") is not None

    @asynccontextmanager
    async def open_context() -> AsyncIterator[Context]:
        async with opened(service, stack.redis_url, {}) as context:
            yield replace(context, tokens=Tokens(settings, keys))

    claims = issuer.claims(habeas_controller=str(service.one.id))
    with listening(open_context) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as api:
            refused = await search(api, issuer.token(claims))
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/issuer-unavailable")
    assert refused.headers["retry-after"] == "5"


async def test_who_comes_with_a_known_key_does_not_wait_while_another_is_looked_for(
    issuer: Issuer, keys: IssuerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "AGAIN_SECONDS", -1)
    known = await keys.get("k1")
    fetches = issuer.fetches
    issuer.answering.clear()
    asked = asyncio.create_task(keys.get("unheard-of"))

    async def is_asked() -> bool:
        return issuer.fetches > fetches

    await until(is_asked)
    monkeypatch.setattr(issuer_keys, "KEPT_SECONDS", -1)  # due, were it not being fetched
    assert await keys.get("k1") is known
    assert not asked.done()
    issuer.answering.set()
    assert await asked is None


async def test_keys_that_are_stale_are_not_used(
    issuer: Issuer, keys: IssuerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await keys.get("k1") is not None
    monkeypatch.setattr(issuer_keys, "KEPT_SECONDS", -1)
    monkeypatch.setattr(issuer_keys, "STALE_SECONDS", -1)
    issuer.status = 500
    with pytest.raises(Exception, match="could not be fetched"):
        await keys.get("k1")


def test_keys_for_other_uses_or_algorithms_are_left_out(issuer: Issuer) -> None:
    (own,) = json.loads(Issuer(keys={"k1": issuer.keys["k1"]}).key_set)["keys"]
    others = [
        own | {"kid": "encrypts", "use": "enc"},
        own | {"kid": "other", "alg": "PS256"},
        {"kid": "secret", "kty": "oct", "k": "AAAA"},
        {"kid": "broken", "kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "RSA"},
        "no key",
    ]
    content = json.dumps({"keys": [*others, own]}).encode()
    assert set(IssuerKeys(issuer.url, "RS256")._read(content)) == {"k1"}

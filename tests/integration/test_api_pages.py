"""The pages, the documentation and the health of the service."""

import re
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import httpx
import pytest

from app.api.preferences import EXAMPLE_KEY
from app.embedded.stack import Stack
from app.main import create_app
from schemas.problem_vocabulary import Problem
from tests.fixtures.api import Service, listening, opened
from tests.fixtures.stack import NewDatabase


@pytest.mark.parametrize("problem", list(Problem))
async def test_every_problem_has_a_page_that_says_what_to_do(
    service: Service, http: httpx.AsyncClient, problem: Problem
) -> None:
    answer = await http.get(f"/problems/{problem}")
    assert answer.status_code == 200
    assert "What happened" in answer.text
    assert "What to do next" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "`" not in answer.text
    assert service.url
    assert f'"/problems/{problem}"' in (await http.get("/problems")).text


async def test_the_documentation_needs_no_other_host(
    service: Service, http: httpx.AsyncClient
) -> None:
    page = await http.get("/docs")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in page.text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) == 5
    for asset in assets:
        answer = await http.get(f"/{asset}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = await http.get(f"/{asset}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    start = (await http.get("/docs/assets/start.js")).text
    assert "persistAuthorization: false" in start
    assert f'=== "{EXAMPLE_KEY}"' in start
    assert "prefers-color-scheme: dark" in start
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert service.url


async def test_browsers_are_told_to_come_by_tls_only_where_the_operator_says_so() -> None:
    for seconds, told in ((0, None), (31_536_000, "max-age=31536000; includeSubDomains")):
        app = create_app(nullcontext, hsts_seconds=seconds)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://habeas") as client:
            answer = await client.get("/livez")
        assert answer.headers.get("strict-transport-security") == told


async def test_every_answer_carries_a_number_and_the_secure_headers(
    service: Service, http: httpx.AsyncClient
) -> None:
    for path in ("/livez", "/docs", "/problems", "/v1/subject-requests", "/nowhere"):
        answer = await http.get(path, headers={"X-Request-Id": "canarywood"})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-request-id"])
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert service.url


async def test_a_service_in_order_is_alive_and_ready(
    service: Service, http: httpx.AsyncClient
) -> None:
    assert (await http.get("/livez")).json() == {"is_alive": True}
    ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"is_ready": True, "database": "ready", "doorbell": "ready"},
    )
    assert service.url


@pytest.mark.parametrize(
    ("database", "status"), [("ready", 200), ("unreachable", 503), ("not migrated", 503)]
)
async def test_readiness_says_what_is_in_the_way(
    service: Service,
    stack: Stack,
    new_database: NewDatabase,
    database: str,
    status: int,
) -> None:
    urls = {
        "ready": service.superuser_url,
        "unreachable": "postgresql://nobody@127.0.0.1:1/nothing",
        "not migrated": stack.database_url(new_database()),
    }

    elsewhere = replace(service, database_url=urls[database])
    with listening(partial(opened, elsewhere, "redis://127.0.0.1:1", {})) as url:
        async with httpx.AsyncClient(base_url=url) as http:
            answer = await http.get("/readyz")
            assert answer.status_code == status
            assert (answer.json()["database"], answer.json()["doorbell"]) == (
                database,
                "unreachable",
            )
            assert (await http.get("/livez")).status_code == 200
            work = await http.get("/v1/subject-requests", headers=service.one.headers)
            if database == "unreachable":
                assert (work.status_code, work.json()["type"]) == (
                    503,
                    "/problems/service-unavailable",
                )
                assert work.headers["retry-after"] == "2"

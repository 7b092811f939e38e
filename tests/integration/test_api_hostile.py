"""Whatever a client sends: 4xx, never 5xx, nothing changed, nothing repeated."""

import asyncio
import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fixtures.api import Service, counts, fresh_key

CANARY = "canarywood"
JSON = "application/json"
SEARCH: dict[str, Any] = {"identifier": "email", "value": f"{CANARY}@x.example", "reason": CANARY}


def search(**changed: Any) -> bytes:
    return json.dumps(SEARCH | changed).encode()


HOSTILE = [
    pytest.param(b"", JSON, 422, id="nothing"),
    pytest.param(b"{", JSON, 422, id="half an object"),
    pytest.param(b"null", JSON, 422, id="null"),
    pytest.param(b"[]", JSON, 422, id="a list"),
    pytest.param(b'"canarywood"', JSON, 422, id="a text"),
    pytest.param(b"canarywood", JSON, 422, id="no JSON"),
    pytest.param(search(canarywood=1), JSON, 422, id="an unknown field"),
    pytest.param(search(**{"a/b~c": CANARY}), JSON, 422, id="an unknown field of odd name"),
    pytest.param(search(value=f"{CANARY}\x00"), JSON, 422, id="NUL"),
    pytest.param(search(value=["canarywood"]), JSON, 422, id="a list for a text"),
    pytest.param(search(value={CANARY: CANARY}), JSON, 422, id="an object for a text"),
    pytest.param(search(value=12), JSON, 422, id="a number for a text"),
    pytest.param(search(value="\ud800canarywood"), JSON, 422, id="half of a surrogate pair"),
    pytest.param(search(value=float("nan")), JSON, 422, id="NaN"),
    pytest.param(search(value=float("-inf")), JSON, 422, id="-Infinity"),
    pytest.param(search(identifier="x" * 64), JSON, 422, id="a long name"),
    pytest.param(search(value="x" * 1_001), JSON, 422, id="a long value"),
    pytest.param(search(reason=" "), JSON, 422, id="a blank reason"),
    pytest.param(search(identifier="__class__"), JSON, 422, id="a name of Python's"),
    pytest.param(search()[:-1] + b',"value":"canarywood"}', JSON, 422, id="a name twice"),
    pytest.param(b'{"value":' + b"9" * 50_000 + b"}", JSON, 422, id="a huge integer"),
    pytest.param(b'{"value":1' + b"0" * 50_000 + b".5}", JSON, 422, id="a huge number"),
    pytest.param(b'{"value":1e999}', JSON, 422, id="a number beyond all"),
    pytest.param(b"[" * 50_000, JSON, 422, id="deep lists, unclosed"),
    pytest.param(b"[" * 50_000 + b"]" * 50_000, JSON, 422, id="deep lists"),
    pytest.param(b"[" + b"[]," * 340_000 + b"[]]", JSON, 422, id="very many lists"),
    pytest.param(b"[" + b"1," * 500_000 + b"1]", JSON, 422, id="very many numbers"),
    pytest.param(b'{"a":' * 900 + b"1" + b"}" * 900, JSON, 422, id="deep objects"),
    pytest.param(b'{"a":' * 40 + b"1" + b"}" * 40, JSON, 422, id="rather deep objects"),
    pytest.param(b'{"value":"\xff\xfe"}', JSON, 422, id="no UTF-8"),
    pytest.param("{}".encode("utf-16"), JSON, 422, id="UTF-16"),
    pytest.param(b"\xef\xbb\xbf{}", JSON, 422, id="a byte order mark"),
    pytest.param(search(), "text/plain", 415, id="text"),
    pytest.param(search(), "application/x-www-form-urlencoded", 415, id="a form"),
    pytest.param(search(), "multipart/form-data; boundary=x", 415, id="a multipart form"),
    pytest.param(search(), 'application/xml; charset="\x80', 415, id="no media type at all"),
    pytest.param(b" " * (1 << 20) + b"{}", JSON, 413, id="two bytes more than a mebibyte"),
]


@pytest.mark.parametrize("url", ["/v1/subject-searches", "/v1/subject-requests"])
@pytest.mark.parametrize(("body", "media_type", "status"), HOSTILE)
async def test_a_hostile_body_is_refused_unrepeated_and_changes_nothing(
    service: Service, http: httpx.AsyncClient, url: str, body: bytes, media_type: str, status: int
) -> None:
    before = await counts(service)
    headers = [
        *((name.encode(), value.encode()) for name, value in fresh_key(service.one).items()),
        (b"Content-Type", media_type.encode("latin-1")),
    ]
    answer = await http.post(url, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text
    assert "pydantic" not in answer.text
    assert answer.json()["status"] == status
    assert answer.json()["instance"].endswith(answer.headers["x-request-id"])
    assert await counts(service) == before


ODD_DATES = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-20",
    "2026-11-20T09:00:00",
    "1732093200",
    "2026-02-30T00:00:00Z",
    "2026-11-20T09:00:00+99:99",
    "2026-11-20T24:00:00Z",
    1732093200,
    1e308,
    True,
    [],
    "",
]


@pytest.mark.parametrize("date", ODD_DATES, ids=str)
async def test_a_date_that_is_none_is_refused(
    service: Service, http: httpx.AsyncClient, date: object
) -> None:
    body = {
        "right": "access",
        "confirmation": "x",
        "approval": {"approved_by": "a", "approved_at": date, "reference": "b", "reason": "c"},
    }
    answer = await http.post("/v1/subject-requests", json=body, headers=fresh_key(service.one))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-body")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/approval/approved_at"]


async def test_a_compressed_body_is_refused(service: Service, http: httpx.AsyncClient) -> None:
    headers = service.one.headers | {"Content-Type": JSON, "Content-Encoding": "gzip"}
    body = gzip.compress(b" " * 10_000_000)
    answer = await http.post("/v1/subject-searches", content=body, headers=headers)
    assert answer.status_code == 415


async def test_a_body_without_end_is_refused_while_it_is_sent(service: Service) -> None:
    place = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        b"POST /v1/subject-searches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nAuthorization: Bearer "
        + service.one.key.encode()
        + b"\r\nX-Acting-Person: Kari\r\n\r\n"
    )
    sent = 0
    answer = asyncio.create_task(reader.readline())
    while not answer.done() and sent < 64:
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        sent += 1
        await asyncio.sleep(0.005)
    assert b"413" in await asyncio.wait_for(answer, 5)
    assert sent < 64
    writer.close()


async def test_a_length_that_is_too_large_is_refused_before_a_byte_is_sent(
    service: Service,
) -> None:
    place = urlsplit(service.url)
    for length in (b"1048577", b"9" * 300):
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(
            b"POST /v1/subject-searches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: "
            + length
            + b"\r\nAuthorization: Bearer "
            + service.one.key.encode()
            + b"\r\nX-Acting-Person: Kari\r\n\r\n"
        )
        status = await asyncio.wait_for(reader.readline(), 5)
        assert status.split()[1] in (b"413", b"400")
        writer.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/canarywood", 404),
        ("GET", "/v1/canarywood", 404),
        ("GET", "/v1/../../etc/passwd", 404),
        ("GET", "/%00", 404),
        ("GET", "/%ff%fe", 404),
        ("GET", "/docs/assets/..%2f..%2fcore.py", 404),
        ("GET", "/problems/canarywood", 404),
        ("GET", "/v1/subject-requests/", 404),
        ("DELETE", "/v1/subject-requests", 405),
        ("PUT", "/v1/subject-searches", 405),
        ("POST", "/livez", 405),
        ("PROPFIND", "/livez", 405),
    ],
)
async def test_an_odd_address_or_method_is_a_problem(
    service: Service, http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path, headers=service.one.headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text.lower()
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    "name", ["Prefer", "Range", "If-Range", "If-None-Match", "Accept", "Cookie"]
)
async def test_an_odd_header_is_ignored(
    service: Service, http: httpx.AsyncClient, name: str
) -> None:
    for value in (b"", b"wait=99999999999999999999", b"wait=-1", b"\xff\xfe", b"a" * 8_000, b",;="):
        headers = [
            *((key.encode(), text.encode()) for key, text in fresh_key(service.one).items()),
            (name.encode(), value),
        ]
        answer = await http.post("/v1/subject-requests", json={}, headers=headers)
        assert answer.status_code == 422

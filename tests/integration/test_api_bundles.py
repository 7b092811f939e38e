"""Reading bundles over HTTP: ranges, tags, expiry, the trail."""

import io
import zipfile
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.ranges import ByteRange, NoSuchRange, wanted
from tests.fixtures.api import Service
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.sealed_bundles import HTML, XML, MadeBundle, make_bundle


@pytest.fixture(scope="session")
async def bundle(service: Service) -> MadeBundle:
    async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE_SECONDS) as http:
        return await make_bundle(service, http, service.one)


async def downloads(service: Service) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(service.superuser_url)
    rows = await connection.fetch(
        "SELECT details->>'part' AS part, subject_request_id FROM audit_entry "
        "WHERE action = 'bundle.downloaded' ORDER BY controller_id, sequence"
    )
    await connection.close()
    return [dict(row) for row in rows]


async def test_a_bundle_says_what_it_holds_and_where_it_is(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    answer = await http.get(bundle.url, headers=service.one.headers)
    assert answer.status_code == 200
    assert answer.json()["record_count"] == 200_000
    assert answer.json()["content"]["size_bytes"] == len(bundle.content)
    request = await http.get(
        f"/v1/subject-requests/{bundle.subject_request_id}", headers=service.one.headers
    )
    assert request.json()["bundle_id"] == str(bundle.id)
    same = await http.get(
        bundle.url, headers=service.one.headers | {"If-None-Match": answer.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize(
    ("part", "media_type"),
    [
        ("content", "application/zip"),
        ("preview", "text/html; charset=utf-8"),
        ("data.xml", "application/xml"),
    ],
)
async def test_each_part_comes_whole_with_its_fingerprints(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle, part: str, media_type: str
) -> None:
    expected = {"content": bundle.content, "preview": HTML, "data.xml": XML}[part]
    before = len(await downloads(service))
    answer = await http.get(f"{bundle.url}/{part}", headers=service.one.headers)
    assert answer.status_code == 200
    assert answer.content == expected
    assert answer.headers["content-type"] == media_type
    digest = sha256(expected)
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    recorded = await downloads(service)
    assert len(recorded) == before + 1
    head = await http.head(f"{bundle.url}/{part}", headers=service.one.headers)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(expected))
    assert head.headers["etag"] == answer.headers["etag"]
    assert len(await downloads(service)) == before + 1


async def test_the_zip_file_opens(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    answer = await http.get(f"{bundle.url}/content", headers=service.one.headers)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("data.xml") == XML


RANGES = [
    pytest.param("bytes=0-0", (0, 1), id="the first byte"),
    pytest.param("bytes=1-", (1, None), id="all but the first"),
    pytest.param("bytes=-1", (-1, None), id="the last byte"),
    pytest.param("bytes=-99999999999", (0, None), id="a suffix longer than the file"),
    pytest.param("bytes=1048570-1048590", (1048570, 1048591), id="over the edge of a segment"),
    pytest.param("bytes=5-99999999999", (5, None), id="an end beyond the file"),
    pytest.param("Bytes = 2 - 3", (2, 4), id="blanks and capitals"),
]


@pytest.mark.parametrize(("header", "bounds"), RANGES)
async def test_a_range_is_answered_with_its_bytes(
    service: Service,
    http: httpx.AsyncClient,
    bundle: MadeBundle,
    header: str,
    bounds: tuple[int, int | None],
) -> None:
    headers = service.one.headers | {"Range": header}
    answer = await http.get(f"{bundle.url}/content", headers=headers)
    expected = bundle.content[slice(*bounds)]
    assert answer.status_code == 206
    assert answer.content == expected
    start = bounds[0] if bounds[0] >= 0 else len(bundle.content) + bounds[0]
    stop = start + len(expected) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{stop}/{len(bundle.content)}"


@pytest.mark.parametrize(
    "header",
    ["bytes=3-2", "bytes=a-b", "bytes=", "bytes=-", "items=0-1", "bytes=0-1,5-6", "", "bytes=--1"],
)
async def test_what_is_no_single_range_is_answered_with_everything(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle, header: str
) -> None:
    headers = service.one.headers | {"Range": header}
    answer = await http.get(f"{bundle.url}/content", headers=headers)
    assert (answer.status_code, len(answer.content)) == (200, len(bundle.content))


@pytest.mark.parametrize(
    "header", ["bytes=99999999999-", "bytes=-0", "bytes=99999999998-99999999999"]
)
async def test_a_range_beyond_the_end_is_refused_with_the_size(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle, header: str
) -> None:
    before = await downloads(service)
    headers = service.one.headers | {"Range": header}
    answer = await http.get(f"{bundle.url}/content", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(bundle.content)}"
    assert await downloads(service) == before


async def test_if_range_continues_only_what_is_still_the_same(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    etag = f'"{sha256(bundle.content).hexdigest()}"'
    url = f"{bundle.url}/content"
    for if_range, status in ((etag, 206), ('"other"', 200), (f"W/{etag}", 200)):
        headers = service.one.headers | {"Range": "bytes=0-9", "If-Range": if_range}
        assert (await http.get(url, headers=headers)).status_code == status
    for none_match, status in ((etag, 304), (f'"x", W/{etag}', 304), ("*", 304), ('"x"', 200)):
        headers = service.one.headers | {"If-None-Match": none_match}
        assert (await http.get(url, headers=headers)).status_code == status


async def test_an_expired_bundle_is_gone(service: Service, http: httpx.AsyncClient) -> None:
    expired = await make_bundle(service, http, service.one, timedelta(seconds=-1))
    for part in ("", "/content", "/preview", "/data.xml"):
        answer = await http.get(f"{expired.url}{part}", headers=service.one.headers)
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/bundle-expired")


async def test_a_bundle_that_was_tampered_with_is_not_given(
    service: Service, http: httpx.AsyncClient
) -> None:
    made = await make_bundle(service, http, service.one)
    path = service.bundles.path(made.id)
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    answer = await http.get(f"{made.url}/content", headers=service.one.headers)
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    sealed[-1] ^= 1
    sealed[0] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get(f"{made.url}/content", headers=service.one.headers)


async def test_another_controllers_bundles_and_requests_are_not_there(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    request = f"/v1/subject-requests/{bundle.subject_request_id}"
    urls = [f"{bundle.url}{part}" for part in ("", "/content", "/preview", "/data.xml")]
    before = await downloads(service)
    for url in (*urls, request):
        answer = await http.get(url, headers=service.two.headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    resumption = await http.post(f"{request}/resumption", headers=service.two.headers)
    assert resumption.status_code == 404
    assert await downloads(service) == before


@settings(max_examples=500, deadline=None)
@given(
    header=st.one_of(
        st.text(max_size=30),
        st.builds("bytes={}-{}".format, st.integers(0, 40), st.integers(0, 40)),
        st.builds("bytes=-{}".format, st.integers(0, 40)),
    ),
    size=st.integers(1, 30),
)
def test_any_range_header_gives_some_bytes_of_the_file_or_all_or_is_refused(
    header: str, size: int
) -> None:
    try:
        asked = wanted(header, size) or ByteRange(0, size)
    except NoSuchRange:
        return
    assert 0 <= asked.start < asked.stop <= size

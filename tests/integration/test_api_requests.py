"""Reading, listing and resuming subject requests over HTTP."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from app.domain.ids import JobId, SubjectRequestId
from app.domain.sessions import SessionIdentity
from app.domain.steps import Step
from app.domain.subject_requests import Attention
from app.store import attention, jobs, steps
from app.store.transaction import transaction
from schemas.vocabulary import AttentionReason, StepState
from tests.fixtures.api import Service, confirmed, fresh_key, submission

URL = "/v1/subject-requests"


async def submit(service: Service, http: httpx.AsyncClient, right: str = "access") -> str:
    body = submission(await confirmed(http, service.two, "S1")) | {"right": right}
    answer = await http.post(URL, json=body, headers=fresh_key(service.two))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def all_pages(
    service: Service, http: httpx.AsyncClient, query: str
) -> list[list[dict[str, str]]]:
    pages, url = [], f"{URL}?{query}"
    while True:
        answer = await http.get(url, headers=service.two.headers)
        assert answer.status_code == 200
        pages.append(answer.json()["items"])
        if "link" not in answer.headers:
            assert answer.json()["next_cursor"] is None
            return pages
        url = answer.links["next"]["url"]


async def test_a_list_gives_every_request_once_newest_first(
    service: Service, http: httpx.AsyncClient
) -> None:
    made = [await submit(service, http, right) for right in ("access", "portability") * 3]
    pages = await all_pages(service, http, "limit=2")
    listed = [item["id"] for page in pages for item in page]
    assert listed[: len(made)] == made[::-1]
    assert len(set(listed)) == len(listed)
    assert all(len(page) <= 2 for page in pages)
    filtered = await all_pages(service, http, "limit=2&right=portability&state=accepted")
    assert {item["right"] for page in filtered for item in page} == {"portability"}
    assert [item["id"] for page in filtered for item in page][:3] == made[::-2]


async def test_a_cursor_works_for_its_own_list_only(
    service: Service, http: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await submit(service, http)
    page = (await http.get(f"{URL}?limit=1", headers=service.two.headers)).json()
    cursor = page["next_cursor"]
    for query, headers in (
        (f"cursor={cursor}&right=access", service.two.headers),
        (f"cursor={cursor}", service.one.headers),
        (f"cursor={cursor[:-8]}", service.two.headers),
        ("cursor=canarywood%FF", service.two.headers),
    ):
        answer = await http.get(f"{URL}?{query}", headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-cursor")
        assert "canarywood" not in answer.text


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=many", "state=canarywood", "canarywood=1", "cursor=", "right="],
)
async def test_parameters_that_are_not_as_documented_are_refused(
    service: Service, http: httpx.AsyncClient, query: str
) -> None:
    answer = await http.get(f"{URL}?{query}", headers=service.two.headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-parameter")
    assert answer.json()["errors"]
    assert "canarywood" not in answer.text


async def test_a_request_that_needs_attention_says_what_to_do_and_can_be_resumed(
    service: Service, http: httpx.AsyncClient
) -> None:
    id_ = await submit(service, http)
    request_id = SubjectRequestId(UUID(id_))
    url = f"{URL}/{id_}"
    early = await http.post(f"{url}/resumption", headers=service.two.headers)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-resumable")
    async with transaction(service.database, service.two.id) as connection:
        job = await jobs.get_of_request(connection, request_id)
        assert job is not None
    await _stop(service, request_id, job.id)
    stopped = (await http.get(url, headers=service.two.headers)).json()
    assert stopped["state"] == "needs_attention"
    assert stopped["attention"]["reason"] == "disk_full"
    assert "resume" in stopped["attention"]["remedy"]
    assert stopped["job"]["steps"][0]["record_count"] == 12
    resumed = await http.post(f"{url}/resumption", headers=service.two.headers)
    assert resumed.status_code == 202
    assert (resumed.json()["state"], resumed.json()["attention"]) == ("accepted", None)
    again = await http.post(f"{url}/resumption", headers=service.two.headers)
    assert again.status_code == 409


async def _stop(service: Service, request_id: SubjectRequestId, job_id: JobId) -> None:
    """Do as a worker does that finds no room on the disk."""
    owner = SessionIdentity(1, datetime.now(UTC))
    for earlier in await _unfinished(service):
        if earlier != job_id:
            async with transaction(service.database, service.two.id) as connection:
                claimed = await jobs.claim(connection, earlier, owner, 10)
                assert claimed is not None
                assert await jobs.complete(connection, earlier, claimed.fence)
    async with transaction(service.database, service.two.id) as connection:
        claimed = await jobs.claim(connection, job_id, owner, 10)
        assert claimed is not None
        step = Step("message", "Messages", StepState.RUNNING, 12)
        await steps.save(connection, job_id, claimed.fence, [step])
        why = Attention(AttentionReason.DISK_FULL, "There is no room.")
        assert await jobs.need_attention(connection, job_id, claimed.fence, why.reason, why.detail)
        await attention.record(connection, service.two.id, request_id, why)


async def _unfinished(service: Service) -> list[JobId]:
    async with transaction(service.database, None) as connection:
        waiting = await jobs.wakeable(connection, 1_000)
    return [job_id for controller_id, job_id in waiting if controller_id == service.two.id]


@pytest.mark.parametrize(
    "id_", ["1", "nothing", "%00", "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20", "%FF"]
)
async def test_a_request_that_is_not_there_is_404(
    service: Service, http: httpx.AsyncClient, id_: str
) -> None:
    for url in (f"{URL}/{id_}", f"/v1/bundles/{id_}", f"/v1/bundles/{id_}/content"):
        answer = await http.get(url, headers=service.one.headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    resumption = await http.post(f"{URL}/{id_}/resumption", headers=service.one.headers)
    assert resumption.status_code == 404

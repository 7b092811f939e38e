"""Real processes do everything that can be done about one person; nothing sings where it must not.

Every identifying value of the person holds one made-up word, and every name and reason of those who
act another one. Afterwards both are looked for wherever no personal data may be.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.embedded.stack import Stack
from app.store.metadata import METADATA
from tests.fixtures.campus import Campus, NewCampus
from tests.fixtures.canaries import (
    EMAIL,
    NAME,
    PERSON,
    STAFF,
    USERNAME,
    files_below,
    let_out,
    overhearing,
    sung,
    sung_in,
)
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.patience import until
from tests.fixtures.receivers import Received, receiving

JSON = dict[str, Any]
APPROVAL = {
    "approved_by": f"{STAFF} Holm",
    "approved_at": "2026-11-20T09:00:00Z",
    "reference": "2026-0151",
    "reason": f"{NAME} asked for it, says {STAFF}",
}
BECAUSE = {"reason": f"{NAME} wrote again, says {STAFF}"}
INFORMED = {"information": {"override_reason": f"{NAME} has moved, says {STAFF}"}}
LETTER = {
    "message": f"I am {NAME} and want my data, says {STAFF}",
    "contact": EMAIL,
    "received_at": "2026-11-20T09:00:00Z",
}
GRUMBLES = f"""
CREATE FUNCTION grumble() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'not %', md5(OLD::text) USING DETAIL = OLD::text, HINT = '{PERSON}'; END $$;
CREATE TRIGGER grumbles BEFORE UPDATE OR DELETE ON person FOR EACH ROW
    WHEN (OLD.username = '{USERNAME}') EXECUTE FUNCTION grumble();
"""
CALMED = "DROP TRIGGER grumbles ON person; DROP FUNCTION grumble();"


@dataclass(frozen=True, slots=True)
class School:
    """A controller's program that remembers what it was told.

    Attributes:
        http: Carries its key.
        answers: All of them, in order.
    """

    http: httpx.AsyncClient
    answers: list[httpx.Response] = field(default_factory=list)

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4())} | options.pop("headers", {})
        answer = await self.http.request(method, path, headers=headers, **options)
        self.answers.append(answer)
        return answer

    async def post(self, path: str, body: JSON | None = None) -> JSON:
        answer = await self.ask("POST", f"/v1/{path}", json=body)
        assert answer.is_success, answer.text
        told: JSON = answer.json()
        return told

    async def confirmed(self) -> str:
        wanted = {"identifier": "email", "value": EMAIL} | BECAUSE
        found = await self.post("subject-searches", wanted)
        return str(found["candidates"][0]["confirmation"])

    async def submitted(self, right: str, **others: Any) -> JSON:
        body = {"right": right, "approval": APPROVAL, "confirmation": await self.confirmed()}
        return await self.post("subject-requests", body | others)

    async def ended(self, accepted: JSON, state: str = "completed") -> JSON:
        """Follow a subject request to its end."""
        told: JSON = {}

        async def has_ended() -> bool:
            nonlocal told
            told = (await self.ask("GET", f"/v1/subject-requests/{accepted['id']}")).json()
            return told["state"] in ("completed", "needs_attention")

        await until(has_ended, look_seconds=0.1)
        assert told["state"] == state, told
        return told

    @property
    def problems(self) -> list[httpx.Response]:
        return [each for each in self.answers if each.is_error]


@dataclass(frozen=True, slots=True)
class Scene:
    """What was done, and what could be seen of it from outside.

    Attributes:
        habeas: The installation.
        school: The controller's program, with all answers.
        posted: The webhooks that it was sent.
        overheard: The commands that Valkey was given.
        receipts: Of all that has one.
    """

    habeas: Habeas
    school: School
    posted: list[Received]
    overheard: list[str]
    receipts: list[str]


@pytest.fixture(scope="module")
async def scene(stack: Stack, new_campus: NewCampus, new_habeas: NewHabeas) -> AsyncIterator[Scene]:
    campus = new_campus(own_files=True)
    person = campus.facts.namesakes[0]
    await let_out(campus, person)
    networks = '["127.0.0.0/8"]'
    async with (
        new_habeas(
            campus.environment, webhook_allowed_networks=networks, log_level="debug"
        ) as habeas,
        overhearing(stack.redis_url) as overheard,
        receiving() as receiver,
    ):
        customer = await habeas.customer(campus.facts.institutions[0].key)
        customer.http.headers["X-Acting-Person"] = f"{STAFF} Kari"
        school = School(customer.http)
        endpoint = await school.post("webhook-endpoints", {"url": receiver.url})
        given = [await exported(school)]
        given += [await restricted_and_lifted(school), await erased(school, campus)]
        await refused(school)
        await written_to_by_mistake(school)

        async def is_told() -> bool:
            path = f"/v1/webhook-deliveries?endpoint_id={endpoint['id']}&state=pending"
            return bool((await school.http.get(path)).json()["items"] == [])

        await until(is_told, look_seconds=0.1)
        yield Scene(habeas, school, receiver.received, overheard, given)


async def exported(school: School) -> str:
    """Give the person a copy, and a link to it; give the receipt."""
    body = {"identifier": "full_name", "value": NAME} | BECAUSE
    assert len((await school.post("subject-searches", body))["candidates"]) == 1
    wanted = {"right": "access", "confirmation": await school.confirmed()} | BECAUSE
    await school.post("previews", wanted)
    request = await school.ended(await school.submitted("access"))
    bundle = f"/v1/bundles/{request['bundle_id']}"
    page = await school.http.get(f"{bundle}/preview")
    assert sung(page.text, PERSON)  # it would be heard
    link = await school.post(f"bundles/{request['bundle_id']}/links")
    for method in ("GET", "POST", "POST"):
        await school.ask(method, link["path"])
    return await receipts(school, request)


async def restricted_and_lifted(school: School) -> str:
    """Restrict the person and lift that again; give the receipts."""
    done = await school.ended(await school.submitted("restriction", ground="accuracy_contested"))
    lift = {"approval": APPROVAL} | INFORMED
    lifted = await school.ended(
        await school.post(f"restrictions/{done['restriction_id']}/lift", lift)
    )
    await school.ended(await school.submitted("restriction", ground="accuracy_contested"))
    return await receipts(school, done) + await receipts(school, lifted)


async def erased(school: School, campus: Campus) -> str:
    """Erase the person, at first against a trigger that quotes the row; give the receipt."""
    hold = {"confirmation": await school.confirmed(), "article": "17(3)(e)", "category": "calendar"}
    placed = await school.post("holds", hold | BECAUSE)
    changed = {"ends_on": "2099-12-31"} | BECAUSE
    await school.ask("PATCH", f"/v1/holds/{placed['id']}", json=changed)
    await school.post(f"holds/{placed['id']}/end", BECAUSE)
    wanted = {"right": "erasure", "confirmation": await school.confirmed()} | BECAUSE
    digest = (await school.post("previews", wanted))["digest"]
    await lms(campus, GRUMBLES)
    request = await school.submitted("erasure", preview_digest=digest)
    stuck = await school.ended(request, "needs_attention")
    assert sung(str(stuck["attention"]), PERSON) == []
    await lms(campus, CALMED)
    whose = {"confirmation": wanted["confirmation"]}
    told = await school.post("audit-searches", whose | BECAUSE)
    assert told["items"]
    await school.post(f"subject-requests/{request['id']}/resumption")
    done = await school.ended(request)
    return await receipts(school, done)


async def refused(school: School) -> None:
    """Ask for much that there is not, in many ways, each with the person's name in it."""
    search = {"identifier": "email", "value": EMAIL} | BECAUSE
    confirmation = f"{PERSON}confirmation"
    for path, body in [
        ("subject-searches", search | {"identifier": PERSON}),
        ("subject-searches", search | {PERSON: PERSON}),
        ("subject-searches", search | {"value": f"{NAME}\0"}),
        ("subject-searches", search | {"value": {NAME: NAME}}),
        ("subject-requests", {"right": NAME, "confirmation": confirmation, "approval": APPROVAL}),
        ("subject-requests", {"right": "access", "confirmation": NAME, "approval": APPROVAL}),
        ("subject-requests", {"right": "access", "confirmation": NAME, "approval": NAME}),
        ("previews", {"right": "erasure", "confirmation": confirmation} | BECAUSE),
        ("holds", {"record_type": PERSON, "article": "17(3)(e)"} | BECAUSE),
        ("lms-events", {"type": "person.deleted", "subject_key": NAME, PERSON: 1}),
        ("lms-events", {"type": "container.deleted", "table": "course", "key": NAME}),
        ("webhook-endpoints", {"url": f"https://{STAFF}.example/{STAFF}?{STAFF}#{STAFF}"}),
        ("webhook-endpoints", {"url": f"http://169.254.169.254/{PERSON}"}),
        ("misdirected-requests", LETTER | {PERSON: NAME}),
    ]:
        await school.ask("POST", f"/v1/{path}", json=body)
    for path in (
        f"subject-requests/{NAME}",
        f"bundles/{PERSON}/content",
        f"subject-requests?state={PERSON}",
        f"holds?category={PERSON}&{PERSON}={PERSON}",
        f"audit-entries?cursor={PERSON}",
        f"audit/export?action={PERSON}&since={PERSON}",
        f"{PERSON}",
    ):
        await school.ask("GET", f"/v1/{path}")
    await school.ask("GET", f"/problems/{PERSON}")
    await school.ask("GET", f"/d/{PERSON}")
    for name in ("X-Controller", "Authorization", "Idempotency-Key", "X-Acting-Person"):
        headers = {name: f"{PERSON}\\u0000" if name == "X-Acting-Person" else PERSON * 40}
        await school.ask("POST", "/v1/subject-requests", json=search, headers=headers)
    raw = f'{{"{PERSON}": NaN, "{PERSON}": {"9" * 5_000}}}'.encode()
    for media_type in ("application/json", f"text/{PERSON}"):
        headers = {"Content-Type": media_type}
        await school.ask("POST", "/v1/subject-searches", content=raw, headers=headers)
    assert len(school.problems) > 25


async def written_to_by_mistake(school: School) -> None:
    """Take what the person wrote to the wrong one, and hand it over."""
    taken = await school.post("misdirected-requests", LETTER)
    await school.post(f"misdirected-requests/{taken['id']}/handover", BECAUSE)


async def receipts(school: School, request: JSON) -> str:
    """Give a receipt in all its forms."""
    path = f"/v1/receipts/{request['receipt_id']}"
    forms = [await school.http.get(path + each) for each in ("", "/receipt.json", "/receipt.xml")]
    return "\n".join(each.text for each in forms)


async def lms(campus: Campus, script: str) -> None:
    connection = await asyncpg.connect(campus.url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def test_no_process_logs_what_it_works_on(scene: Scene) -> None:
    logs = [scene.habeas.api.output, *(each.output for each in scene.habeas.workers)]
    assert all(logs)
    assert sung_in(logs, PERSON, STAFF) == []


def test_no_problem_repeats_what_was_sent(scene: Scene) -> None:
    problems = [each.text + str(each.headers) for each in scene.school.problems]
    assert sung_in(problems, PERSON, STAFF) == []
    assert [each.text for each in scene.school.problems if each.is_server_error] == []


def test_no_address_that_is_answered_names_anybody(scene: Scene) -> None:
    headers = [str(each.headers) for each in scene.school.answers]
    assert sung_in(headers, PERSON, STAFF) == []


def test_no_webhook_names_anybody(scene: Scene) -> None:
    posted = [f"{each.target} {each.headers}".encode() + each.body for each in scene.posted]
    told = {each.message["type"] for each in scene.posted}
    assert told >= {
        "bundle.downloaded",
        "restriction.applied",
        "restriction.lifted",
        "subject_request.needs_attention",
        "subject_request.completed",
    }
    assert sung_in(posted, PERSON, STAFF) == []


def test_no_receipt_names_anybody(scene: Scene) -> None:
    assert all("<receipt " in each for each in scene.receipts)
    assert sung_in(scene.receipts, PERSON, STAFF) == []


async def test_the_queue_never_saw_anybody(scene: Scene, stack: Stack) -> None:
    assert len(scene.overheard) > 50
    assert sung_in(scene.overheard, PERSON, STAFF) == []
    assert sung_in(await asyncio.to_thread(_server_logs, stack), PERSON, STAFF) == []


def _server_logs(stack: Stack) -> list[bytes]:
    logs = [held for name, held in files_below(stack.directory) if name.endswith(".log")]
    assert logs
    return logs


async def test_no_file_of_the_installation_names_anybody_or_can_be_read(scene: Scene) -> None:
    files = await asyncio.to_thread(files_below, scene.habeas.directory)
    assert sung_in((name for name, _ in files), PERSON, STAFF) == []
    assert sung_in((held for _, held in files), PERSON, STAFF) == []


async def test_nothing_is_left_of_whom_was_erased(scene: Scene) -> None:
    found = []
    for table in METADATA.tables:
        rows = await scene.habeas.rows(f"SELECT t::text AS held FROM {table} t")
        found += [f"{table}: {each}" for each in sung_in((row["held"] for row in rows), PERSON)]
    assert found == []

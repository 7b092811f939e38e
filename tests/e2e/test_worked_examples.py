"""Every example of the documentation page runs against the demo's campus as it stands.

What has to come from an earlier answer (an id, a confirmation, a digest) is taken from there, and
`Idempotency-Key` is fresh, as on the page.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from tests.fixtures.campus import CAMPUS_MAP, Campus, NewCampus
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.worked_examples import Reader, reader


@dataclass(frozen=True, slots=True)
class Day:
    """A day at the page.

    Attributes:
        page: Who reads it.
        school: With an API key of the demo's first school.
        support: With one of support's.
        school_id: The school's.
        campus: Its learning platform.
        habeas: What serves the page.
        unrecorded: The operations that changed something and left no entry in a trail.
    """

    page: Reader
    school: httpx.AsyncClient
    support: httpx.AsyncClient
    school_id: str
    campus: Campus
    habeas: Habeas
    unrecorded: set[str] = field(default_factory=set)

    async def does(self, name: str, example: str | None = None, **other: Any) -> Any:
        """Send an example as the school."""
        return await self._sends(self.school, name, example, **other)

    async def helps(self, name: str, example: str | None = None, **other: Any) -> Any:
        """Send an example as support."""
        return await self._sends(self.support, name, example, **other)

    async def _sends(
        self, http: httpx.AsyncClient, name: str, example: str | None, **other: Any
    ) -> Any:
        """Send an example, and note whether it changed something without an entry in any trail."""
        before = await self._entries()
        answer = await self.page.send(http, name, example, **other)
        is_changing = self.page.operations[name].method not in ("GET", "HEAD")
        if is_changing and await self._entries() == before:
            self.unrecorded.add(name)
        return answer

    async def _entries(self) -> int:
        """Count what trails hold of API clients; workers go on meanwhile."""
        connection = await asyncpg.connect(self.habeas.superuser_url)
        try:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM audit_entry WHERE client_id IS NOT NULL"
            )
            return found
        finally:
            await connection.close()

    async def submits(self, example: str, *, is_awaited: bool = True) -> dict[str, Any]:
        """Exercise a right; what is shown of it afterwards is known."""
        request: dict[str, Any] = await self.does("submit_subject_request", example)
        self.knows(subject_request_id=request["id"])
        if is_awaited:
            request = await self.page.settle(self.school)
        for name in ("bundle_id", "restriction_id", "receipt_id"):
            if request.get(name):
                self.knows(**{name: request[name]})
        return request

    async def confirms(self, *people: str) -> None:
        """Find persons by their e-mail addresses, and know their confirmations."""
        found = [
            await self.does("search_subjects", "name", identifier="email", value=each)
            for each in people
        ]
        confirmations = [each["candidates"][0]["confirmation"] for each in found]
        self.knows(
            confirmation=confirmations[0], confirmations=confirmations, subjects=confirmations
        )

    def knows(self, **what: Any) -> None:
        self.page.known.update(what)


@pytest.fixture(scope="module")
def campus(new_campus: NewCampus) -> Campus:
    return new_campus(own_files=True)


@pytest.fixture(scope="module")
async def habeas(campus: Campus, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    async with new_habeas(campus.environment) as running:
        yield running


@pytest.fixture(scope="module")
async def day(habeas: Habeas, campus: Campus) -> AsyncIterator[Day]:
    school = await habeas.customer(campus.facts.institutions[0].key)
    issued = habeas.run("clients", "issue", "Support desk", "--support", "--days", "1")
    keys = (school.http.headers["authorization"], f"Bearer {issued.stdout.splitlines()[-1]}")
    own, staff = (
        httpx.AsyncClient(
            base_url=habeas.url, headers={"Authorization": key}, timeout=PATIENCE_SECONDS
        )
        for key in keys
    )
    async with own, staff:
        yield Day(await reader(own), own, staff, str(school.id), campus, habeas)


async def take_a_school_on(day: Day) -> None:
    day.knows(controller_id=(await day.helps("create_controller", "one"))["id"])
    await day.helps("publish_data_map", "one")  # it tells of grades alone: not to be bound here
    whole = await day.helps("publish_data_map", "one", document=CAMPUS_MAP.read_text("utf-8"))
    day.knows(data_map_version_id=whole["id"])
    for name, example in (
        ("list_controllers", None),
        ("get_controller", None),
        ("replace_controller", "unbound"),
        ("replace_controller", "bound"),
        ("list_data_maps", None),
        ("replace_controller_settings", "one"),
        ("get_controller_settings", None),
        ("replace_enablement", "disable"),
        ("replace_enablement", "enable"),
    ):
        await day.helps(name, example)
    day.knows(client_id=(await day.helps("issue_client", "one"))["id"])
    for name, example in (
        ("list_clients", None),
        ("rotate_client", "one"),
        ("revoke_client", "one"),
    ):
        await day.helps(name, example)


async def act_for_a_school(day: Day) -> None:
    day.knows(controller_id=day.school_id)
    day.knows(grant_id=(await day.helps("open_support_grant", "one"))["id"])
    day.support.headers["X-Controller"] = day.school_id
    await day.helps("list_subject_requests")
    del day.support.headers["X-Controller"]
    await day.helps("list_support_grants")
    await day.helps("end_support_grant", "one")


async def hand_data_over(day: Day) -> None:
    found = await day.does("search_subjects", "name")
    day.knows(confirmation=found["candidates"][0]["confirmation"])
    await day.submits("portability")
    assert (await day.submits("access"))["state"] == "completed"
    for name in (
        "list_subject_requests",
        "follow_subject_request",
        "get_bundle",
        "preview_bundle",
        "download_bundle",
        "download_bundle_xml",
    ):
        await day.does(name)
    day.knows(link_id=(await day.does("make_download_link"))["id"])
    await day.does("withdraw_download_link")


async def mend_and_resume(day: Day) -> None:
    lms = await asyncpg.connect(day.campus.url)
    try:
        await lms.execute("ALTER TABLE note RENAME TO note_that_is_away")
        assert (await day.submits("access"))["state"] == "needs_attention"
        await lms.execute("ALTER TABLE note_that_is_away RENAME TO note")
    finally:
        await lms.close()
    await day.does("resume_subject_request")
    assert (await day.page.settle(day.school))["state"] == "completed"


async def restrict_and_lift(day: Day) -> None:
    await day.does("make_preview", "access")
    for lift, information in (
        ("informed", None),
        ("overridden", None),
        ("waiting", "informed"),
        ("waiting", "overridden"),
    ):
        await day.does("make_preview", "restriction")
        await day.submits("restriction")
        await day.does("list_restrictions")
        await day.does("get_restriction")
        lifted = await day.does("lift_restriction", lift)
        day.knows(subject_request_id=lifted["id"])
        if information is not None:
            await day.does("record_information", information)
        assert (await day.page.settle(day.school))["state"] == "completed"


async def hold(day: Day) -> None:
    for example in ("person", "grades", "archive"):
        day.knows(hold_id=(await day.does("place_hold", example))["id"])
        for name, change in (
            ("list_holds", None),
            ("get_hold", None),
            ("change_hold", "until"),
            ("change_hold", "open"),
            ("end_hold", "settled"),
        ):
            await day.does(name, change)


async def ask_for_two_persons(day: Day) -> None:
    settings = await day.helps("replace_controller_settings", "one")
    assert settings["two_person_erasure"] is True


async def empty_the_trashcan(day: Day) -> None:
    for event in ("course", "person", "trashed", "restored", "trashed"):
        told = await day.does("tell_lms_event", event)
        for request_id in told["subject_request_ids"]:
            day.knows(subject_request_id=request_id)
            await day.page.settle(day.school)
    listed = (await day.does("list_restrictions"))["items"]
    trashed = [each["id"] for each in listed if each["state"] == "active"]
    day.knows(restriction_ids=trashed)
    for question, emptying in (("listed", "listed"), ("trashcan", "aged")):
        preview = await day.does("make_preview", question)
        assert preview["subject_count"] == 1
        day.knows(preview_digest=preview["digest"])
        (emptied,) = (await day.does("empty_trashcan", emptying))["items"]
        assert emptied["status"] == 202, emptied
        day.knows(subject_request_id=emptied["subject_request"]["id"])
        await day.does("cancel_subject_request", "mistaken")


async def erase_with_a_second_person(day: Day) -> None:
    day.knows(preview_digest=(await day.does("make_preview", "erasure"))["digest"])
    await day.submits("erasure")
    for name, example in (
        ("extend_subject_request", "told"),
        ("doubt_identity", "doubt"),
        ("end_identity_doubt", "known"),
        ("refuse_subject_request", "by law"),
    ):
        await day.does(name, example)
    await day.submits("erasure")
    await day.does("approve_subject_request", "approved")
    erased = await day.page.settle(day.school)
    assert erased["state"] == "completed"
    day.knows(receipt_id=erased["receipt_id"])
    await day.does("record_recipient_answer", "done")
    for name in (
        "list_recipients",
        "get_receipt",
        "download_receipt_json",
        "download_receipt_xml",
        "list_receipt_keys",
        "list_deferrals",
    ):
        await day.does(name)


async def erase_several(day: Day) -> None:
    school = day.campus.facts.institutions[0]
    await day.confirms(school.namesakes[1].email, school.sibling.email)
    day.knows(preview_digest=(await day.does("make_preview", "batch"))["digest"])
    batch = (await day.does("submit_subject_request", "batch"))["items"]
    day.knows(batch_id=batch[0]["subject_request"]["batch_id"])
    approved = (await day.does("approve_batch", "approved"))["items"]
    assert [each["status"] for each in approved] == [202, 202]


async def read_the_trail(day: Day) -> None:
    for name, example in (
        ("list_audit_entries", None),
        ("search_audit_entries", "person"),
        ("search_audit_entries", "subject"),
        ("make_audit_checkpoint", None),
        ("export_audit_trail", None),
        ("list_audit_checkpoints", None),
    ):
        await day.does(name, example)
    assert (await day.does("verify_audit_trail"))["is_whole"] is True


async def be_told(day: Day) -> None:
    await day.does("register_webhook_endpoint", "all")
    day.knows(endpoint_id=(await day.does("register_webhook_endpoint", "some"))["id"])
    for name, example in (
        ("list_webhook_endpoints", None),
        ("get_webhook_endpoint", None),
        ("change_webhook_endpoint", "move"),
        ("change_webhook_endpoint", "widen"),
        ("rotate_webhook_secret", "overlap"),
        ("rotate_webhook_secret", "at once"),
    ):
        await day.does(name, example)
    day.knows(delivery_id=(await day.does("test_webhook_endpoint"))["id"])
    for name, example in (
        ("change_webhook_endpoint", "disable"),
        ("change_webhook_endpoint", "enable"),
        ("list_webhook_deliveries", None),
        ("get_webhook_delivery", None),
        ("redeliver_webhook", None),
        ("replay_webhook_dead_letters", "since"),
        ("delete_webhook_endpoint", None),
    ):
        await day.does(name, example)


async def hand_over_what_came(day: Day) -> None:
    taken = await day.does("take_misdirected_request", "a letter")
    day.knows(misdirected_request_id=taken["id"])
    await day.does("list_misdirected_requests")
    await day.does("read_misdirected_request")
    await day.does("hand_over_misdirected_request", "answered")


async def look_after_the_service(day: Day) -> None:
    await day.does("check_liveness")
    await day.does("check_readiness")


CHAPTERS: tuple[Callable[[Day], Awaitable[None]], ...] = (
    take_a_school_on,
    act_for_a_school,
    hand_data_over,
    mend_and_resume,
    restrict_and_lift,
    hold,
    ask_for_two_persons,
    empty_the_trashcan,
    erase_with_a_second_person,
    erase_several,
    read_the_trail,
    be_told,
    hand_over_what_came,
    look_after_the_service,
)


async def test_every_example_of_the_page_runs_as_it_stands(day: Day) -> None:
    for chapter in CHAPTERS:
        await chapter(day)
    assert day.page.examples - day.page.sent == set()
    assert day.unrecorded == set()

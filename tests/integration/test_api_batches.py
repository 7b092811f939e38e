"""Several persons under one approval: each accepted or refused on its own, the whole once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.demo.school import Person
from app.domain.ids import ClientId
from app.services import confirmations
from app.services.confirmations import Confirmation
from tests.fixtures.office import APPROVAL, Json, Office


async def batch(office: Office, persons: list[Person]) -> Json:
    confirmations = [await office.confirmed(each) for each in persons]
    body = {"right": "erasure", "confirmations": confirmations, "reason": "a test"}
    preview = await office.post("previews", body, 200)
    return {
        "right": "erasure",
        "subjects": confirmations,
        "preview_digest": preview["digest"],
        "approval": APPROVAL,
    }


async def test_one_that_cannot_be_used_does_not_spoil_the_others(
    office: Office, students: Iterator[Person]
) -> None:
    body = await batch(office, [next(students), next(students)])
    stranger = await office.confirmed(office.workplace.campus.facts.teacher)
    body["subjects"] = [body["subjects"][0], "made up", stranger, *body["subjects"]]
    items = (await office.post("subject-requests", body))["items"]
    assert [each["status"] for each in items] == [202, 422, 422, 422, 202]
    assert [each["problem"]["type"] for each in items[1:4]] == [
        "/problems/confirmation-invalid",
        "/problems/preview-missing",
        "/problems/invalid-body",
    ]
    assert items[3]["problem"]["errors"][0]["pointer"] == "/subjects/3"
    assert {each["subject_request"]["right"] for each in (items[0], items[4])} == {"erasure"}
    for each in (items[0], items[4]):
        url = f"subject-requests/{each['subject_request']['id']}"
        assert await office.get(url) == each["subject_request"]
        await office.post(f"{url}/cancellation", {"reason": "a test"}, 200)


async def test_a_batch_is_accepted_once(office: Office, students: Iterator[Person]) -> None:
    body = await batch(office, [next(students), next(students)])
    key = str(uuid4())
    first = await office.post("subject-requests", body, key=key)
    assert await office.post("subject-requests", body, key=key) == first
    refused = await office.post("subject-requests", body | {"right": "access"}, 422, key=key)
    assert refused["type"] == "/problems/invalid-body"
    for each in first["items"]:
        url = f"subject-requests/{each['subject_request']['id']}/cancellation"
        await office.post(url, {"reason": "a test"}, 200)


async def test_what_follows_once_the_others_are_erased_is_approved_too(office: Office) -> None:
    facts = office.workplace.campus.facts
    first, second = facts.namesakes[0], facts.institutions[0].sibling  # of the same guardians
    accepted = await office.post("subject-requests", await batch(office, [first, second]))
    await office.work()
    for each in accepted["items"]:
        ended = await office.get(f"subject-requests/{each['subject_request']['id']}")
        assert ended["state"] == "completed", ended
    for person in (first, second):
        guardians = "SELECT count(*) FROM guardian_of WHERE person_id = $1"
        assert await office.lms(guardians, person.id) == 0


async def test_persons_are_restricted_and_exported_together_too(office: Office) -> None:
    facts = office.workplace.campus.facts
    subjects = [await office.confirmed(each) for each in (facts.teacher, facts.twins[0])]
    for right in ({"right": "access"}, {"right": "restriction", "ground": "needed_for_claims"}):
        body = {"subjects": subjects, "approval": APPROVAL} | right
        items = (await office.post("subject-requests", body))["items"]
        assert [each["status"] for each in items] == [202, 202]


async def newcomers(office: Office, count: int) -> list[str]:
    """Have the platform know more persons; give what a search would confirm of each."""
    workplace = office.workplace
    ids = await office.lms(
        "WITH newcomer AS (INSERT INTO person (institution_id, full_name, role)"
        " SELECT $1::int, 'Newcomer ' || n, 'student' FROM generate_series(1, $2) AS n RETURNING id)"
        " SELECT array_agg(id) FROM newcomer",
        *(int(workplace.controller.key_in_lms or "0"), count),
    )
    (client,) = await workplace.execute("SELECT id FROM api_client WHERE name = 'office'")
    cipher = workplace.context.keyring.cipher(confirmations.PURPOSE)
    return [
        confirmations.seal(
            cipher,
            Confirmation(
                controller_id=workplace.controller.id,
                client_id=ClientId(client["id"]),
                data_map_version_id=workplace.data_map_version_id,
                subject_key=str(each),
                display={"full_name": "Newcomer"},
                confirmed_at=datetime.now(UTC),
                expires_at=datetime.now(UTC) + timedelta(minutes=30),
            ),
        )
        for each in ids
    ]


async def test_a_thousand_persons_are_answered_each_on_its_own(office: Office) -> None:
    subjects = await newcomers(office, 999)
    subjects.insert(500, "made up")
    body = {"right": "access", "subjects": subjects, "approval": APPROVAL}
    items = (await office.post("subject-requests", body))["items"]
    assert len(items) == len(subjects) == 1_000
    assert [n for n, each in enumerate(items) if each["status"] != 202] == [500]
    assert items[500]["problem"]["type"] == "/problems/confirmation-invalid"
    accepted = {UUID(each["subject_request"]["id"]) for each in items if each["status"] == 202}
    assert len(accepted) == 999
    stored = await office.workplace.execute(
        "SELECT count(DISTINCT subject_digest) AS persons, count(*) AS jobs FROM job"
        " WHERE subject_request_id = ANY ($1) AND state = 'queued'",
        list(accepted),
    )
    assert [tuple(each) for each in stored] == [(999, 999)]
    await office.workplace.execute("DELETE FROM wakeable_job")  # nobody carries them out


async def test_a_thousand_erasures_are_previewed_and_submitted_each_in_time(
    office: Office,
) -> None:
    """In time: an answer that takes longer than ``HABEAS_ANSWER_SECONDS`` would be a 503."""
    confirmed = await newcomers(office, 1_000)
    asked = {"right": "erasure", "confirmations": confirmed, "reason": "a test"}
    preview = await office.post("previews", asked, 200)
    assert preview["subject_count"] == 1_000
    assert [(each["record_type"], each["count"]) for each in preview["lines"]] == [
        ("person", 1_000)
    ]
    body = {
        "right": "erasure",
        "subjects": [*confirmed[:500], "made up", *confirmed[501:]],
        "preview_digest": preview["digest"],
        "approval": APPROVAL,
    }
    items = (await office.post("subject-requests", body))["items"]
    assert len(items) == 1_000
    assert [n for n, each in enumerate(items) if each["status"] != 202] == [500]
    assert items[500]["problem"]["type"] == "/problems/confirmation-invalid"
    accepted = {UUID(each["subject_request"]["id"]) for each in items if each["status"] == 202}
    assert len(accepted) == 999
    await office.workplace.execute("DELETE FROM wakeable_job")  # nobody carries them out
    await office.workplace.execute(  # nor do they count as today's
        "UPDATE subject_request SET accepted_at = accepted_at - interval '2 days'"
        " WHERE id = ANY ($1)",
        list(accepted),
    )


async def test_a_batch_names_somebody_and_at_most_a_thousand(office: Office) -> None:
    for subjects in ([], ["made up"] * 1_001):
        body = {"right": "access", "subjects": subjects, "approval": APPROVAL}
        refused = await office.post("subject-requests", body, 422)
        assert refused["errors"][0]["pointer"] == "/subjects"

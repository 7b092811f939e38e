"""Several persons under one approval: each accepted or refused on its own, the whole once."""

from uuid import uuid4

from app.demo.school import Person
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


async def test_one_that_cannot_be_used_does_not_spoil_the_others(office: Office) -> None:
    facts = office.workplace.campus.facts
    body = await batch(office, list(facts.namesakes))
    stranger = await office.confirmed(facts.teacher)
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


async def test_a_batch_is_accepted_once(office: Office) -> None:
    body = await batch(office, list(office.workplace.campus.facts.namesakes))
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


async def test_a_batch_names_somebody_and_at_most_a_thousand(office: Office) -> None:
    for subjects in ([], ["made up"] * 1_001):
        body = {"right": "access", "subjects": subjects, "approval": APPROVAL}
        refused = await office.post("subject-requests", body, 422)
        assert refused["errors"][0]["pointer"] == "/subjects"

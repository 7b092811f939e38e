"""A restriction that is called off while it is just being completed is rolled back."""

import pytest

from app.demo.school import Person
from app.domain.ids import RestrictionId
from app.engine import completion
from app.engine.work import Work
from app.sources.hands import Counted
from tests.fixtures.office import APPROVAL, Json, Office


async def test_a_cancellation_during_the_last_look_is_carried_out(
    office: Office, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = completion.complete_restriction
    cancelled: list[Json] = []

    async def called_off(work: Work, restriction_id: RestrictionId, found: list[Counted]) -> None:
        path = f"subject-requests/{work.request.id}/cancellation"
        cancelled.append(await office.post(path, {"reason": "asked by mistake"}))
        await complete(work, restriction_id, found)

    sent = "SELECT count(*) FROM message WHERE sender_id = $1"
    before = await office.lms(sent, student.id)
    monkeypatch.setattr(completion, "complete_restriction", called_off)
    body: Json = {"right": "restriction", "ground": "accuracy_contested", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(student)
    request = await office.post("subject-requests", body)
    await office.work()
    assert [each["id"] for each in cancelled] == [request["id"]]
    assert (await office.get(f"subject-requests/{request['id']}"))["state"] == "cancelled"
    assert await office.lms(sent, student.id) == before > 0
    active = (await office.get("restrictions?state=active"))["items"]
    assert request["id"] not in [each["subject_request_id"] for each in active]

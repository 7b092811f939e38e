"""Looking at what a bundle would hold: just what it then holds, and nothing is kept of the look."""

import json
from collections import Counter

import pytest

from app.demo.school import Person
from app.domain.ids import new_id
from schemas.audit_vocabulary import AuditAction
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.opened_bundles import OpenedBundle


def counts(preview: Json) -> dict[str, int]:
    return {line["record_type"]: line["count"] for line in preview["lines"]}


async def bundle_of(office: Office, right: str, person: Person) -> OpenedBundle:
    body = {"right": right, "confirmation": await office.confirmed(person), "approval": APPROVAL}
    ended = await office.carried_out(await office.post("subject-requests", body))
    answer = await office.http.get(f"/v1/bundles/{ended['bundle_id']}/content")
    assert answer.status_code == 200, answer.text
    return OpenedBundle(answer.content)


@pytest.mark.parametrize("right", ["access", "portability"])
async def test_a_preview_counts_what_the_bundle_then_holds(office: Office, right: str) -> None:
    facts = office.workplace.campus.facts
    for person in (facts.teacher, *facts.namesakes):
        preview = await office.preview(right, person)
        bundle = await bundle_of(office, right, person)
        assert counts(preview) == bundle.counts
        assert list(counts(preview)) == list(bundle.record_types)
        assert preview["totals"] == {"exported": sum(bundle.counts.values())}


async def test_a_restricted_person_is_counted_as_before(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    before = counts(await office.preview("access", person))
    await office.restrict(person)
    during = counts(await office.preview("access", person))
    assert during == before == (await bundle_of(office, "access", person)).counts


async def test_several_persons_are_counted_together_each_once(office: Office) -> None:
    facts = office.workplace.campus.facts
    persons = [facts.teacher, *facts.namesakes]
    alone = [Counter(counts(await office.preview("access", each))) for each in persons]
    confirmations = [await office.confirmed(each) for each in [*persons, facts.teacher]]
    body = {"right": "access", "confirmations": confirmations, "reason": "a test"}
    together = await office.post("previews", body, 200)
    assert together["subject_count"] == 3
    assert Counter(counts(together)) == sum(alone, Counter())


async def test_fields_that_the_controller_excludes_are_not_counted(office: Office) -> None:
    """Of a record type that is left without a field nothing would be exported; purposes are words."""
    person = office.workplace.campus.facts.namesakes[1]
    before = counts(await office.preview("access", person))
    settings = {
        "excluded_fields": {
            "note": ["title", "body", "created_at", "changed_at"],
            "message": ["body"],
        },
        "excluded_purposes": ["teaching"],
    }
    change = "UPDATE controller SET settings = settings || $1::jsonb"
    await office.workplace.execute(change, json.dumps(settings))
    expected = {name: count for name, count in before.items() if name != "note"}
    assert before["note"] > 0
    assert counts(await office.preview("access", person)) == expected
    assert (await bundle_of(office, "access", person)).counts == expected
    await office.workplace.execute("UPDATE controller SET settings = settings - 'excluded_fields'")


async def test_only_that_somebody_looked_and_why_is_kept(office: Office) -> None:
    previews = await office.workplace.execute("SELECT FROM preview")
    shown = await office.preview("access", office.workplace.campus.facts.teacher)
    assert "digest" not in shown
    assert await office.workplace.execute("SELECT FROM preview") == previews
    entry = (await office.trail())[0]
    assert entry["action"] == AuditAction.PREVIEW_MADE
    assert entry["details"] == '{"right": "access", "subject_count": 1}'


async def test_who_is_not_there_any_more_is_nobody(office: Office, student: Person) -> None:
    confirmation = await office.confirmed(student)
    await office.erase(student)
    body = {"right": "access", "confirmation": confirmation, "reason": "a test"}
    refused = await office.post("previews", body, 422)
    assert refused["type"] == "/problems/confirmation-invalid"


async def test_another_controllers_confirmation_shows_nothing(office: Office) -> None:
    confirmation = await office.confirmed(office.workplace.campus.facts.teacher)
    body = {"right": "access", "confirmation": confirmation, "reason": "a test"}
    async with office.of_another_controller() as other:
        refused = await other.post("previews", body, 422)
    assert refused["type"] == "/problems/confirmation-invalid"


async def test_an_export_is_not_previewed_by_restriction(office: Office) -> None:
    extras: list[Json] = [{"older_than_days": 1}, {"restriction_ids": [str(new_id())]}]
    for extra in extras:
        body = {"right": "access", "reason": "a test"} | extra
        assert (await office.post("previews", body, 422))["type"] == "/problems/invalid-body"

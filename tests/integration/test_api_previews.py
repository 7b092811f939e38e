"""Looking at what a right would do: exact counts, nothing changed, and a digest of what occurs."""

from collections import Counter
from typing import Any

import pytest

from tests.fixtures.office import Office
from tests.fixtures.rows import all_rows, changed_tables
from workers import tasks


def by_record_type(preview: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in preview["lines"]:
        counts[line["record_type"]] += line["count"]
    return counts


async def test_a_preview_counts_as_independent_sql_does_and_changes_nothing(
    office: Office,
) -> None:
    person = office.workplace.campus.facts.teacher
    before = await all_rows(office.workplace.campus.url)
    preview = await office.preview("erasure", person)
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []
    counts = by_record_type(preview)
    for record_type, sql in {
        "grade": "SELECT count(*) FROM grade WHERE teacher_id = $1",
        "note": "SELECT count(*) FROM note WHERE owner_id = $1",
        "cookie": "SELECT count(*) FROM ui_state WHERE person_id = $1 AND kind = 'cookie'",
        "person": "SELECT count(*) FROM person WHERE id = $1",
    }.items():
        assert counts[record_type] == await office.lms(sql, person.id), record_type
    assert sum(preview["totals"].values()) == sum(counts.values())


async def test_a_line_says_why_and_until_when_a_record_stays(office: Office) -> None:
    preview = await office.preview("erasure", office.workplace.campus.facts.teacher)
    (grades,) = (line for line in preview["lines"] if line["record_type"] == "grade")
    assert grades["outcome"] == "deferred"
    assert grades["category"] == "assessments"
    assert grades["because"] == "affects the rights of the student"
    assert grades["until"] == "the student is erased"


async def test_a_restriction_removes_nothing(office: Office) -> None:
    preview = await office.preview("restriction", office.workplace.campus.facts.teacher)
    assert preview["totals"]["removed"] == 0
    assert preview["totals"]["hidden"] > 0
    assert preview["totals"]["anonymised"] > 0


async def test_a_preview_is_in_the_trail_with_its_reason_sealed(office: Office) -> None:
    preview = await office.preview("restriction", office.workplace.campus.facts.namesakes[0])
    entry = (await office.trail())[0]
    assert entry["action"] == "preview.made"
    assert preview["digest"] in entry["details"]
    assert "a test" not in entry["details"]


async def test_the_digest_is_of_what_occurs_and_not_of_how_often(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    first = await office.preview("erasure", person)
    await office.lms(
        "INSERT INTO note (owner_id, title, body, created_at)"
        " SELECT owner_id, title, body, created_at FROM note WHERE owner_id = $1 LIMIT 1",
        person.id,
    )
    more = await office.preview("erasure", person)
    assert by_record_type(more)["note"] == by_record_type(first)["note"] + 1
    assert more["digest"] == first["digest"]


async def test_several_persons_are_counted_together_under_one_digest(office: Office) -> None:
    facts = office.workplace.campus.facts
    persons = [facts.teacher, *facts.namesakes]
    alone = [by_record_type(await office.preview("erasure", each)) for each in persons]
    confirmations = [await office.confirmed(each) for each in persons]
    body = {"right": "erasure", "confirmations": confirmations, "reason": "a test"}
    together = await office.post("previews", body, 200)
    assert together["subject_count"] == 3
    assert by_record_type(together) == sum(alone, Counter())
    again = body | {"confirmations": [*confirmations[::-1], confirmations[0]]}
    assert (await office.post("previews", again, 200))["digest"] == together["digest"]


async def test_a_confirmation_of_nobody_or_of_another_is_pointed_at(office: Office) -> None:
    known = await office.confirmed(office.workplace.campus.facts.teacher)
    body = {"right": "erasure", "confirmations": [known, "made up"], "reason": "a test"}
    refused = await office.post("previews", body, 422)
    assert refused["type"] == "/problems/confirmation-invalid"
    assert [each["pointer"] for each in refused["errors"]] == ["/confirmations/1"]


async def test_a_preview_takes_a_reason(office: Office) -> None:
    confirmation = await office.confirmed(office.workplace.campus.facts.teacher)
    body = {"right": "erasure", "confirmation": confirmation, "reason": " "}
    assert (await office.post("previews", body, 422))["type"] == "/problems/reason-missing"


@pytest.mark.parametrize("persons", [{"confirmation": "x"}, {"confirmations": ["x"]}])
async def test_a_right_that_has_no_preview_is_pointed_at_with_those_that_have(
    office: Office, persons: dict[str, Any]
) -> None:
    body = {"right": "rectification", "reason": "a test"} | persons
    refused = await office.post("previews", body, 422)
    said = "must be 'access', 'portability', 'restriction' or 'erasure'"
    assert refused["errors"] == [{"pointer": "/right", "detail": said}]


async def test_a_preview_goes_when_it_has_expired(office: Office) -> None:
    await office.preview("restriction", office.workplace.campus.facts.teacher)
    await office.workplace.execute("UPDATE preview SET expires_at = now()")
    await tasks.tidy_up({"context": office.workplace.context})
    assert await office.workplace.execute("SELECT FROM preview") == []

"""What the platform deletes while it is about to be released is gone, and ends what waited for it."""

import json
from collections.abc import AsyncIterator

import pytest
import yaml

from app.sources.hands import Deferred
from app.sources.keys import Keys
from app.sources.sql.effects.hands import SqlHands
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.holding import somebody
from tests.fixtures.office import Json, Office

_TABLE = """
    CREATE TABLE remark (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES person,
        about_id bigint REFERENCES person ON DELETE SET NULL,
        course_id bigint NOT NULL REFERENCES course ON DELETE CASCADE, body text);
    CREATE INDEX ON remark (author_id);
    CREATE INDEX ON remark (about_id);
    CREATE INDEX ON remark (course_id)
"""
_REMARK: Json = {
    "category": "communication",
    "title": "Remarks",
    "table": "remark",
    "purposes": ["communication"],
    "retention_criteria": "Until whom it is about has been deleted.",
    "rectify": "author",
    "fields": {"body": {"title": "Text"}},
    "anonymise": {"set": {"author_id": "$stand_in"}},
    "roles": {
        "author": {
            "column": "author_id",
            "restriction": "anonymise",
            "erasure": {
                "effect": "anonymise",
                "until": {"person_gone": "about_id"},
                "then": "delete",
                "because": "the other one may read it",
            },
        }
    },
}
_NEWCOMER = """
    INSERT INTO person (institution_id, full_name, role)
    SELECT institution_id, 'Somebody New', 'student' FROM person WHERE id = $1 RETURNING id
"""
_COURSE = """
    INSERT INTO course (institution_id, responsible_id, code, title, starts_on, ends_on)
    SELECT institution_id, responsible_id, $1, $1, starts_on, ends_on FROM course
    ORDER BY id LIMIT 1 RETURNING id
"""


@pytest.fixture
async def remarks(office: Office) -> None:
    """Have a table in the LMS that the shipped map does not know, and a map that does."""
    await office.workplace.lms_does(_TABLE)
    document = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))
    document["record_types"]["remark"] = _REMARK
    await office.workplace.bind(json.dumps(document))


@pytest.mark.usefixtures("remarks")
async def test_a_course_that_goes_between_picking_and_release_ends_what_waited_in_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reader = [await somebody(office, "grade.student_id", skip=each) for each in (0, 1)]
    newcomer = await office.lms(_NEWCOMER, author.id)
    doomed, staying = [await office.lms(_COURSE, name) for name in ("Doomed", "Staying")]
    for number, about, course in ((1, newcomer, doomed), (2, reader.id, staying)):
        await office.lms(
            "INSERT INTO remark VALUES ($1, $2, $3, $4, 'well done')",
            *(number, author.id, about, course),
        )
    await office.erase(author)
    waiting = "SELECT FROM deferral WHERE record_type = 'remark'"
    assert len(await office.workplace.execute(waiting)) == 2
    other = "SELECT t::text FROM remark AS t WHERE id = 2"
    before = await office.lms(other)

    picked: list[Keys] = []
    really = SqlHands.release_candidates

    async def candidates(hands: SqlHands, deferred: Deferred) -> AsyncIterator[Keys]:
        async for keys in really(hands, deferred):
            if deferred.record_type == "remark":
                picked.append(keys)
                await office.lms("SELECT delete_course($1)", doomed)
            yield keys

    monkeypatch.setattr(SqlHands, "release_candidates", candidates)
    await office.lms("DELETE FROM person WHERE id = $1", newcomer)
    await office.post("lms-events", {"type": "person.deleted", "subject_key": str(newcomer)})
    await office.work()
    assert [[*keys] for keys in picked] == [[("1",)]]
    assert await office.lms(other) == before
    assert await office.lms("SELECT count(*) FROM course WHERE id = $1", staying) == 1
    assert len(await office.workplace.execute(waiting)) == 1, "the other one waits on"
    (job,) = await office.workplace.execute(
        "SELECT id, state FROM job WHERE kind = 're_examination' ORDER BY created_at DESC LIMIT 1"
    )
    assert job["state"] == "completed"
    tallied = "SELECT FROM tally WHERE job_id = $1 AND record_type = 'remark'"
    assert await office.workplace.execute(tallied, job["id"]) == []

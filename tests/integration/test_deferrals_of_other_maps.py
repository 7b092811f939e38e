"""What was deferred under a former version of the data map is released under that version, by a job of its own."""

import json
from collections.abc import Awaitable, Callable

import pytest
import yaml

from app.domain.errors import SourceBusy
from app.engine import contention
from app.sources.sql.effects.batch import SqlBatch
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.holding import somebody
from tests.fixtures.office import Json, Office
from workers import tasks

_TABLE = """
CREATE TABLE {name} (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES person,
    about_id bigint REFERENCES person ON DELETE SET NULL, body text);
CREATE INDEX ON {name} (author_id);
CREATE INDEX ON {name} (about_id);
"""
_SHARED = """
    WITH shared AS (
        INSERT INTO material (institution_id, owner_id, scope, title, path, original_name, media_type,
            size_bytes, uploaded_at)
        VALUES ($1, $2, 'personal', 'Mine', 'diary.pdf', 'given', 'application/pdf', 4, now())
        RETURNING id
    )
    INSERT INTO material_share (material_id, person_id, shared_at) SELECT id, $3, now() FROM shared
    RETURNING material_id
"""
_AUTHOR: Json = {
    "column": "author_id",
    "restriction": "anonymise",
    "erasure": {
        "effect": "anonymise",
        "until": {"person_gone": "about_id"},
        "then": "delete",
        "because": "the other one may read it",
    },
}


def _spec(table: str) -> Json:
    return {
        "category": "communication",
        "title": table.title(),
        "table": table,
        "purposes": ["communication"],
        "retention_criteria": "Until whom it is about has been deleted.",
        "rectify": "author",
        "fields": {"body": {"title": "Text"}},
        "anonymise": {"set": {"author_id": "$stand_in"}},
        "roles": {"author": _AUTHOR},
    }


async def _bind(office: Office, *tables: str) -> None:
    """Let new subject requests run under the shipped map with record types for these tables."""
    document = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))
    document["record_types"] |= {each: _spec(each) for each in tables}
    await office.workplace.bind(json.dumps(document))


async def _ids(office: Office, table: str) -> list[int]:
    return [each["id"] for each in await office.workplace.lms_rows(f"SELECT id FROM {table}")]


async def _released(office: Office, *names: str) -> dict[str, int]:
    """Count what re-examinations have released of some record types, ever."""
    rows = await office.workplace.execute(
        "SELECT record_type, sum(record_count)::int AS records FROM tally JOIN job ON job.id = job_id"
        " WHERE kind = 're_examination' AND phase = 'done' GROUP BY 1"
    )
    counts = {row["record_type"]: row["records"] for row in rows}
    return {name: counts.get(name, 0) for name in names}


async def _standing(office: Office) -> int:
    """Count the re-examinations that wait for a person."""
    stopped = "SELECT FROM job WHERE kind = 're_examination' AND state = 'needs_attention'"
    return len(await office.workplace.execute(stopped))


async def _told(office: Office) -> int:
    """Count how often the trail says that a job does."""
    return [each["action"] for each in await office.trail()].count("job.needs_attention")


@pytest.fixture(scope="module", autouse=True)
async def tables(office: Office) -> None:
    """Have tables in the LMS that the shipped map does not know."""
    for name in ("card", "poem", "remark", "letter", "diary", "verse"):
        await office.workplace.lms_does(_TABLE.format(name=name))


async def test_the_last_ones_erasure_has_what_waited_under_an_older_map_released_at_once(
    office: Office,
) -> None:
    before = await _released(office, "card", "poem")
    author = await somebody(office, "note.owner_id")
    last = await somebody(office, "note.owner_id", skip=1)
    await office.workplace.lms_does(
        f"INSERT INTO card VALUES (1, {author.id}, {last.id}, 'Well'); INSERT INTO poem VALUES (1, {author.id}, {last.id}, 'Dear')"
    )
    await _bind(office, "card", "poem")
    await office.erase(author)
    assert await _ids(office, "card") == await _ids(office, "poem") == [1]
    await _bind(office, "poem")
    erased = await office.erase(last)
    assert await _ids(office, "card") == await _ids(office, "poem") == []
    receipt = await office.get(f"receipts/{erased['receipt_id']}/receipt.json")
    assert {each["record_type"] for each in receipt["lines"]}.isdisjoint({"card", "poem"})
    assert await _released(office, "card", "poem") == {
        name: each + 1 for name, each in before.items()
    }
    waiting = (await office.get("deferrals?limit=200"))["items"]
    assert {each["record_type"] for each in waiting}.isdisjoint({"card", "poem"})


async def test_what_a_re_examination_left_open_under_one_map_is_settled_under_that_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is lost right after what it committed under the second map, of which the first one knows nothing."""
    monkeypatch.setattr(contention, "_PAUSES", (0, 0))
    before = await _released(office, "remark", "letter")
    authors = [await somebody(office, "note.owner_id", skip=skip) for skip in (0, 1)]
    last = await somebody(office, "note.owner_id", skip=2)
    await office.workplace.lms_does(
        f"INSERT INTO remark VALUES (2, {authors[0].id}, {last.id}, 'Well'); INSERT INTO letter VALUES (2, {authors[1].id}, {last.id}, 'Dear')"
    )
    for author, table in zip(authors, ("remark", "letter"), strict=True):
        await _bind(office, table)
        await office.erase(author)
    await _bind(office)
    commit: Callable[..., Awaitable[None]] = SqlBatch.commit
    lost: list[bool] = []

    async def left() -> int:
        return len(await _ids(office, "remark") + await _ids(office, "letter"))

    async def commit_and_die(self: SqlBatch) -> None:
        count = await left()
        await commit(self)
        if count and not await left():
            lost.append(True)
            raise SourceBusy("lms", "the connection is lost", transient=True)

    monkeypatch.setattr(SqlBatch, "commit", commit_and_die)
    await office.erase(last)
    assert lost
    assert await _ids(office, "remark") == await _ids(office, "letter") == []
    assert await _released(office, "remark", "letter") == {
        name: each + 1 for name, each in before.items()
    }


async def test_a_map_that_the_platform_has_outgrown_holds_up_no_others_deferrals(
    office: Office,
) -> None:
    """The platform's next version has no such table any more; the map's has no such record type."""
    author, last = [await somebody(office, "note.owner_id", skip=skip) for skip in (0, 1)]
    owner, reader = [await somebody(office, "note.owner_id", skip=skip) for skip in (2, 3)]
    await office.workplace.lms_does(f"INSERT INTO diary VALUES (3, {author.id}, {last.id}, 'x')")
    await _bind(office, "diary")
    await office.erase(author)
    await _bind(office)
    await office.workplace.lms_does("DROP TABLE diary")
    await office.erase(last)
    shared = await office.lms(_SHARED, owner.institution_id, owner.id, reader.id)
    await office.erase(owner)
    await office.workplace.lms_does(f"DELETE FROM material_share WHERE material_id = {shared}")
    await tasks.re_examine_deferrals({"context": office.workplace.context})
    (queued,) = await office.workplace.execute("SELECT id FROM job WHERE state = 'queued'")
    await office.work()
    assert await office.lms("SELECT count(*) FROM material WHERE id = $1", shared) == 0
    (job,) = await office.workplace.execute(
        "SELECT state, attention_reason FROM job WHERE id = $1", queued["id"]
    )
    assert tuple(job) == ("needs_attention", "source_disagrees")
    told, *_ = [
        each["details"] for each in await office.trail() if each["action"] == "deferrals.released"
    ]
    assert json.loads(told) == {"job_id": str(queued["id"]), "record_count": 1}


async def test_a_re_examination_that_cannot_end_stands_once_until_it_is_mended(
    office: Office,
) -> None:
    author, last = [await somebody(office, "note.owner_id", skip=skip) for skip in (0, 1)]
    await office.workplace.lms_does(f"INSERT INTO verse VALUES (4, {author.id}, {last.id}, 'x')")
    await _bind(office, "verse")
    await office.erase(author)
    await _bind(office)
    await office.workplace.lms_does("ALTER TABLE verse RENAME TO verses")
    told = await _told(office)
    await office.erase(last)
    for _ in range(3):
        await tasks.re_examine_deferrals({"context": office.workplace.context})
        await office.work()
    assert await _standing(office) == 1
    assert await _told(office) - told <= 1, "what another map has outgrown is told already"
    await office.workplace.lms_does("ALTER TABLE verses RENAME TO verse")
    await tasks.re_examine_deferrals({"context": office.workplace.context})
    await office.work()
    assert await _ids(office, "verse") == []

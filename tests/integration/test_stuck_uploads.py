"""An upload that will not go holds up no other, and is forgotten only when it has gone."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.demo.school import Person
from app.domain.claims import MOST_ATTEMPTS
from app.domain.errors import SourceFailure
from app.domain.ids import JobId
from app.sources.sql.effects.hands import SqlHands
from tests.fixtures.holding import somebody
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.patience import PATIENCE_SECONDS
from workers import tasks

NAMES = ("first.txt", "second.txt", "third.txt")
_SHARED = """
    WITH shared AS (
        INSERT INTO material (institution_id, owner_id, scope, title, path, original_name,
            media_type, size_bytes, uploaded_at)
        SELECT {0.institution_id}, {0.id}, 'personal', name, name, name, 'text/plain', 1, now()
        FROM unnest(ARRAY['{1}']) AS name RETURNING id
    )
    INSERT INTO material_share (material_id, person_id, shared_at)
    SELECT id, {2.id}, now() FROM shared
"""


@dataclass(slots=True)
class FileStore:
    """A directory that does not let go of the first file that anybody deletes in it.

    Attributes:
        directory: Where it is.
        really: Deletes a file.
        stuck: The file, once somebody has tried.
        is_mended: Whether it goes now.
    """

    directory: Path
    really: Callable[[Path, bool], None]
    stuck: Path | None = None
    is_mended: bool = False

    def unlink(self, place: Path, missing_ok: bool) -> None:  # noqa: FBT001 - as pathlib has it
        """Stand in for the real one."""
        if self.stuck is None and place.is_relative_to(self.directory):
            self.stuck = place
        if place == self.stuck and not self.is_mended:
            raise PermissionError
        self.really(place, missing_ok)

    def files(self) -> set[Path]:
        """Give what is there."""
        return {each for each in self.directory.rglob("*") if each.is_file()}


@pytest.fixture
def store(office: Office, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    directory = office.workplace.campus.files_directory.resolve()
    stubborn = FileStore(directory, Path.unlink)
    monkeypatch.setattr(
        Path, "unlink", lambda place, missing_ok=False: stubborn.unlink(place, missing_ok)
    )
    return stubborn


async def attempt(office: Office, job_id: JobId) -> tuple[str, str | None]:
    """Let a worker try a job once; give its state, and why it waits for a person."""
    async with office.workplace.working(retry_seconds=0.0) as runner:
        runner.has_room.clear()
        await runner.look_at(office.workplace.controller.id, job_id)
        await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
    (job,) = await office.workplace.execute(
        "SELECT state, attention_reason FROM job WHERE id = $1", job_id
    )
    return job["state"], job["attention_reason"]


async def accepted(office: Office, person: Person) -> tuple[Json, JobId]:
    """Have an erasure accepted; give its subject request and its job."""
    digest = (await office.preview("erasure", person))["digest"]
    body = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    request = await office.post("subject-requests", body)
    (job,) = await office.workplace.execute(
        "SELECT id FROM job WHERE subject_request_id = $1", request["id"]
    )
    return request, JobId(job["id"])


async def counted(office: Office, request: Json) -> Json:
    """Read how many uploads the receipt of a completed erasure counts."""
    ended = await office.get(f"subject-requests/{request['id']}")
    read: Json = (await office.get(f"receipts/{ended['receipt_id']}/receipt.json"))["uploads"]
    return read


async def removals(office: Office, job_id: JobId) -> int:
    """Count the uploads that are stored as to go, or gone, of a job that is not over."""
    rows = await office.workplace.execute("SELECT FROM upload_removal WHERE job_id = $1", job_id)
    return len(rows)


async def test_the_others_go_at_once_and_a_later_attempt_completes_the_erasure(
    office: Office, store: FileStore
) -> None:
    request, job_id = await accepted(office, office.workplace.campus.facts.namesakes[0])
    before = store.files()
    assert await attempt(office, job_id) == ("queued", None)
    gone = before - store.files()
    assert len(gone) > 1
    assert store.stuck in store.files()
    assert await removals(office, job_id) > len(gone)
    store.is_mended = True
    assert await attempt(office, job_id) == ("completed", None)
    gone = before - store.files()
    assert store.stuck in gone
    assert await counted(office, request) == {"removed": len(gone), "missing": 1}
    assert await removals(office, job_id) == 0


async def test_what_never_went_stays_stored_and_a_resumption_goes_on(
    office: Office, store: FileStore
) -> None:
    request, job_id = await accepted(office, await somebody(office, "submission.student_id"))
    before = store.files()
    for _ in range(MOST_ATTEMPTS - 1):
        assert await attempt(office, job_id) == ("queued", None)
    assert await attempt(office, job_id) == ("needs_attention", "uploads_remain")
    waiting = await office.get(f"subject-requests/{request['id']}")
    assert "1 uploads are still to go" in waiting["attention"]["detail"]
    assert await removals(office, job_id) > 0
    await office.post(f"subject-requests/{request['id']}/resumption", {})
    away = store.directory.rename(store.directory.with_name("away"))
    assert await attempt(office, job_id) == ("queued", None), "there is no file store"
    away.rename(store.directory)
    store.is_mended = True
    assert await attempt(office, job_id) == ("completed", None)
    assert (await counted(office, request))["removed"] == len(before - store.files()) > 0
    assert await removals(office, job_id) == 0


async def _to_be_released(
    office: Office, store: FileStore, skip: int, names: Sequence[str]
) -> JobId:
    """Have a re-examination queued that is to delete what somebody left, with its uploads; give its job."""
    owner, reader = [await somebody(office, "grade.student_id", skip=skip + n) for n in (0, 1)]
    await office.workplace.lms_does(_SHARED.format(owner, "','".join(names), reader))
    for name in names:
        (store.directory / name).write_text("x", "utf-8")
    store.stuck = store.directory / names[0]
    await office.erase(owner)
    await office.workplace.lms_does(f"DELETE FROM material_share WHERE person_id = {reader.id}")
    await tasks.re_examine_deferrals({"context": office.workplace.context})
    (job,) = await office.workplace.execute("SELECT id FROM job WHERE state = 'queued'")
    return JobId(job["id"])


async def test_what_a_re_examination_could_not_remove_the_clock_has_tried_again(
    office: Office, store: FileStore
) -> None:
    job_id = await _to_be_released(office, store, 1, NAMES)
    for _ in range(MOST_ATTEMPTS - 1):
        assert await attempt(office, job_id) == ("queued", None)
    assert await attempt(office, job_id) == ("needs_attention", "uploads_remain")
    assert [(store.directory / name).exists() for name in NAMES] == [True, False, False]
    assert await removals(office, job_id) == len(NAMES)
    store.is_mended = True
    await tasks.re_examine_deferrals({"context": office.workplace.context})
    await office.work()
    assert not (store.directory / NAMES[0]).exists()
    assert await removals(office, job_id) == 0


async def test_what_was_to_go_when_the_platform_went_away_the_clock_has_tried_again(
    office: Office, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can resume a re-examination; a later one knows nothing of what this one deleted."""
    job_id = await _to_be_released(office, store, 3, ["left.txt"])
    store.is_mended = True

    async def away(*_: object) -> set[str]:
        raise SourceFailure("lms", "no connection: OSError", transient=True)

    with monkeypatch.context() as outage:
        outage.setattr(SqlHands, "still_named", away)
        for _ in range(MOST_ATTEMPTS - 1):
            assert await attempt(office, job_id) == ("queued", None)
        assert await attempt(office, job_id) == ("needs_attention", "source_unreachable")
    assert store.stuck is not None
    assert store.stuck.exists()
    await tasks.re_examine_deferrals({"context": office.workplace.context})
    await office.work()
    assert not store.stuck.exists()
    assert await removals(office, job_id) == 0
    told = [
        each["details"] for each in await office.trail() if each["action"] == "deferrals.released"
    ]
    assert [json.loads(each) for each in told if str(job_id) in each] == [
        {"job_id": str(job_id), "record_count": 1}
    ]

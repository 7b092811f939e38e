"""What a restriction noted, since only something that it changed led there, is looked at again.

Between the passes of a restriction the LMS writes: what was kept by then has to be changed.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from app.domain.errors import SourceBusy
from app.engine import contention
from app.engine.batches import Batches
from app.sources.sql.effects.batch import SqlBatch
from schemas.vocabulary import Right
from tests.fixtures.workplace import Workplace

Row = dict[str, Any]

_PERSON = (
    "INSERT INTO person (institution_id, full_name, role) VALUES ($1, $2, 'teacher') RETURNING id"
)
_TEST = (
    "INSERT INTO test (course_id, author_id, title, uses_candidates, opens_at, closes_at)"
    " VALUES ($1, $2, 'Fractions', false, now(), now()) RETURNING id"
)
_QUESTION = (
    "INSERT INTO test_question (test_id, course_id, author_id, position, body, max_points)"
    " VALUES ($1, $2, $3, 1, 'Which half?', 1) RETURNING id"
)
_ENROLMENT = (
    "INSERT INTO enrolment (course_id, person_id, role, enrolled_at)"
    " VALUES ({course}, {person}, 'teacher', now())"
)


@dataclass(frozen=True, slots=True)
class School:
    """A course of two teachers: the test is the first one's, the question in it the other one's.

    Attributes:
        workplace: Where rights are carried out.
        author: Who wrote the test, and is restricted.
        colleague: Who wrote the question.
        course: Of both.
        question: The question.
    """

    workplace: Workplace
    author: int
    colleague: int
    course: int
    question: int

    async def restrict(self) -> str:
        """Restrict the author of the test; give the restriction's id."""
        request = await self._did(Right.RESTRICTION, ground="accuracy_contested")
        (row,) = await self.workplace.execute(
            "SELECT id FROM restriction WHERE subject_request_id = $1", request
        )
        return str(row["id"])

    async def lift(self, restriction_id: str) -> None:
        """Lift the restriction."""
        await self._did(Right.RESTRICTION_LIFT, restriction_id=restriction_id)

    async def rows(self) -> list[Row]:
        """Give the rows of the test and the question as they are."""
        return [
            dict(row)
            for table in ("test", "test_question")
            for row in await self.workplace.lms_rows(
                f"SELECT * FROM {table} WHERE course_id = {self.course}"
            )
        ]

    async def now(self) -> tuple[int, bool]:
        """Say whose the question is, and whether it is hidden."""
        ((author, is_hidden),) = await self.workplace.lms_rows(
            f"SELECT author_id, is_hidden FROM test_question WHERE id = {self.question}"
        )
        return author, is_hidden

    async def held(self, restriction_id: str) -> list[bool]:
        """Say of each entry about questions whether it is only noted."""
        rows = await self.workplace.execute(
            "SELECT is_noted FROM vault_entry WHERE restriction_id = $1"
            " AND record_type = 'test_question'",
            restriction_id,
        )
        return [row["is_noted"] for row in rows]

    async def _did(self, right: Right, **options: object) -> Any:
        request = await self.workplace.carry_out(str(self.author), right, **options)
        job = await self.workplace.job(request)
        assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
        return request.id


@pytest.fixture
async def school(workplace: Workplace) -> School:
    institution = int(workplace.controller.key_in_lms or "0")
    lms = await asyncpg.connect(workplace.campus.url)
    author, colleague = [await lms.fetchval(_PERSON, institution, name) for name in ("Ann", "Bo")]
    course = await lms.fetchval(
        "INSERT INTO course (institution_id, responsible_id, code, title, starts_on, ends_on)"
        " VALUES ($1, $2, gen_random_uuid(), 'Maths', now(), now()) RETURNING id",
        institution,
        colleague,
    )
    for person in (author, colleague):
        await lms.execute(_ENROLMENT.format(course=course, person=person))
    test = await lms.fetchval(_TEST, course, author)
    question = await lms.fetchval(_QUESTION, test, course, colleague)
    await lms.close()
    return School(workplace, author, colleague, course, question)


@dataclass(frozen=True, slots=True)
class Writing:
    """What the LMS writes between two passes.

    Attributes:
        sql: The statement; ``{author}`` and so on are the school's.
        is_hidden: Whether the restriction hides the question then.
        names_author: Whether the question names the restricted person, until it is anonymised.
    """

    sql: str
    is_hidden: bool
    names_author: bool


WRITINGS = {
    "the question is given to the restricted person": Writing(
        "UPDATE test_question SET author_id = {author}, body = 'Mine?' WHERE id = {question}",
        is_hidden=False,
        names_author=True,
    ),
    "everybody else leaves the course": Writing(
        "DELETE FROM enrolment WHERE course_id = {course} AND person_id <> {author}",
        is_hidden=True,
        names_author=False,
    ),
}


@contextmanager
def written(
    monkeypatch: pytest.MonkeyPatch, school: School, sql: str
) -> Iterator[Callable[[], int]]:
    """Let the LMS write once, after the first pass of a restriction has been committed."""
    finish: Callable[..., Awaitable[None]] = Batches.finish
    times = 0

    async def finish_and_write(self: Batches) -> None:
        nonlocal times
        await finish(self)
        times += 1
        if times == 1:
            names = {each: getattr(school, each) for each in school.__slots__}
            await school.workplace.lms_does(sql.format(**names))

    with monkeypatch.context() as patched:
        patched.setattr(Batches, "finish", finish_and_write)
        yield lambda: times


@pytest.mark.parametrize("name", WRITINGS)
async def test_what_was_noted_is_restricted_when_the_lms_gives_a_reason_between_the_passes(
    monkeypatch: pytest.MonkeyPatch, school: School, name: str
) -> None:
    writing = WRITINGS[name]
    before = await school.rows()
    with written(monkeypatch, school, writing.sql):
        restriction = await school.restrict()
    author, is_hidden = await school.now()
    assert is_hidden is writing.is_hidden
    assert author not in ({school.author, school.colleague} if writing.names_author else set())
    assert await school.held(restriction) == [False]
    await school.lift(restriction)
    own: Row = {"author_id": school.author, "body": "Mine?"} if writing.names_author else {}
    assert await school.rows() == [*before[:-1], before[-1] | own]


async def test_a_note_comes_back_where_its_change_does_not_stand(
    monkeypatch: pytest.MonkeyPatch, school: School
) -> None:
    """The transaction of the second pass is lost once, and what gave the reason is taken back."""
    monkeypatch.setattr(contention, "_PAUSES", (0, 0))
    commit: Callable[..., Awaitable[None]] = SqlBatch.commit
    lost: list[bool] = []
    writing = WRITINGS["everybody else leaves the course"]
    with written(monkeypatch, school, writing.sql) as passes:

        async def commit_or_lose(self: SqlBatch) -> None:
            if passes() and not lost:
                lost.append(True)
                again = _ENROLMENT.format(course=school.course, person=school.colleague)
                await school.workplace.lms_does(again)
                raise SourceBusy("lms", "a deadlock", transient=True)
            await commit(self)

        monkeypatch.setattr(SqlBatch, "commit", commit_or_lose)
        restriction = await school.restrict()
    assert lost
    assert await school.now() == (school.colleague, False)
    assert await school.held(restriction) == [True]

"""What hangs on a person's work in Moodle, and is no row of their own, goes with it: files, comments, tags."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from schemas.vocabulary import Right
from tests.fixtures.moodle import CLASSMATE, STUDENT, TEACHER
from tests.fixtures.moodle_engine import Ended, MoodleEngine
from tests.integration.moodle_site import Rows, rows_of
from tests.integration.test_moodle_engine import restrict_and_lift

WIKI, PAGE, GROUP, TEAMWORK, USAGE, ATTEMPT, COMPETENCY = 9001, 9002, 9003, 9004, 9005, 9006, 9007
"""Numbers that nothing else on the site has."""
ALONE = 770009
"""A student who is the last of a group."""

_CONTEXT = "(SELECT id FROM mdl_context WHERE contextlevel = 30 AND instanceid = {0})"
_STUDENT_PLACE = _CONTEXT.format(STUDENT)
_MODULE = "(SELECT min(id) FROM mdl_context WHERE contextlevel = 70)"
_OF_STUDENT = "(SELECT min(id) FROM {0} WHERE {1} = " + str(STUDENT) + ")"
_REVIEW = (
    "(SELECT min(a.id) FROM mdl_workshop_assessments a JOIN mdl_workshop_submissions s"
    f" ON s.id = a.submissionid WHERE s.authorid = {STUDENT})"
)

FILES: dict[str, tuple[str, str, str, int | None]] = {
    "an image in a feedback comment": (
        "assignfeedback_comments",
        "feedback",
        _OF_STUDENT.format("mdl_assign_grades", "userid"),
        TEACHER,
    ),
    "a file of a feedback in the gradebook": (
        "grade",
        "feedback",
        _OF_STUDENT.format("mdl_grade_grades", "userid"),
        TEACHER,
    ),
    "a file of a former feedback": (
        "grade",
        "historyfeedback",
        _OF_STUDENT.format("mdl_grade_grades_history", "userid"),
        TEACHER,
    ),
    "a classmate's file on a workshop paper": (
        "mod_workshop",
        "overallfeedback_attachment",
        _REVIEW,
        CLASSMATE,
    ),
    "an image in a lesson's essay": (
        "mod_lesson",
        "essay_answers",
        _OF_STUDENT.format("mdl_lesson_attempts", "userid"),
        STUDENT,
    ),
    "a teacher's answer to a lesson's essay": (
        "mod_lesson",
        "essay_responses",
        _OF_STUDENT.format("mdl_lesson_attempts", "userid"),
        TEACHER,
    ),
    "an image in a wiki of one's own": ("mod_wiki", "attachments", str(WIKI), STUDENT),
}
"""Component, area, item and uploader of files that go with the student."""

COMMENTS: dict[str, tuple[str, str, str, str]] = {
    "a competency of the student": ("competency", "user_competency", _STUDENT_PLACE, "1"),
    "a learning plan of the student": ("competency", "plan", _STUDENT_PLACE, "1"),
    "a page of a wiki of one's own": ("mod_wiki", "wiki_page", _MODULE, str(PAGE)),
}
"""Component, area, context and item of a teacher's comments that go with the student."""


@dataclass(frozen=True, slots=True)
class Around:
    """A site with all of this, of which the student is erased.

    Attributes:
        lms: The site.
        before: Its rows before the student was restricted.
        lifted: The same after the lift.
        erased: How the erasure ended.
    """

    lms: asyncpg.Connection
    before: Rows
    lifted: Rows
    erased: Ended


async def add_file(
    lms: asyncpg.Connection,
    name: str,
    place: tuple[str, str, str, int | None],
    item: str | None = None,
) -> None:
    component, area, of, uploader = place
    await lms.execute(
        "INSERT INTO mdl_files (contenthash, pathnamehash, contextid, component, filearea, itemid,"
        " filepath, filename, userid, filesize, timecreated, timemodified)"
        f" SELECT md5($1), md5($1), {_MODULE}, '{component}', '{area}', {item or of}, '/', $1,"
        f" {uploader or 'NULL'}, 1, 0, 0",
        name,
    )


async def add_comment(
    lms: asyncpg.Connection, name: str, place: tuple[str, str, str, str], author: int = TEACHER
) -> None:
    component, area, context, item = place
    await lms.execute(
        "INSERT INTO mdl_comments (contextid, component, commentarea, itemid, content, userid, timecreated)"
        f" SELECT {context}, '{component}', '{area}', {item}, $1, {author}, 0",
        name,
    )


async def fill(lms: asyncpg.Connection) -> None:
    await lms.execute(f"""
        INSERT INTO mdl_wiki_subwikis (id, wikiid, userid) VALUES ({WIKI}, 1, {STUDENT});
        INSERT INTO mdl_wiki_pages (id, subwikiid, title, cachedcontent, userid)
            VALUES ({PAGE}, {WIKI}, 'Mine', 'x', {STUDENT});
        INSERT INTO mdl_tag_instance (tagid, component, itemtype, itemid, tiuserid)
            VALUES (1, 'mod_wiki', 'page', {PAGE}, 0), (1, 'mod_wiki', 'page', 1, 0);
        INSERT INTO mdl_groups (id, courseid, name, description) VALUES ({GROUP}, 15, 'Two', '');
        INSERT INTO mdl_groups_members (groupid, userid, timeadded)
            VALUES ({GROUP}, {STUDENT}, 0), ({GROUP}, {ALONE}, 0);
        INSERT INTO mdl_assign_submission (id, assignment, userid, groupid, status)
            VALUES ({TEAMWORK}, 1, 0, {GROUP}, 'submitted');
        INSERT INTO mdl_question_usages (id, contextid, component, preferredbehaviour)
            SELECT {USAGE}, {_STUDENT_PLACE}, 'core_question_preview', '';
        INSERT INTO mdl_question_attempts (id, questionusageid, slot, behaviour, questionid, maxmark,
            minfraction, responsesummary, timemodified) VALUES ({ATTEMPT}, {USAGE}, 1, '', 1, 1, 0, 'x', 0);
        INSERT INTO mdl_question_attempt_steps (questionattemptid, sequencenumber, state, timecreated, userid)
            VALUES ({ATTEMPT}, 0, 'todo', 0, {STUDENT});
    """)
    for name, place in FILES.items():
        await add_file(lms, name, place)
        await add_file(lms, f"not {name}", place, item="987654321")
    for about, where in COMMENTS.items():
        await add_comment(lms, f"on {about}", where)
    team = ("assignsubmission_file", "submission_files", str(TEAMWORK), STUDENT)
    await add_file(lms, "the team's poster", team)
    await add_file(lms, "an entry's picture", ("mod_data", "content", str(TEAMWORK), None))
    poster = ("assignsubmission_comments", "submission_comments", _MODULE, str(TEAMWORK))
    await add_comment(lms, "a teacher on the poster", poster)
    await add_comment(lms, "a member on the poster", poster, author=ALONE)


@pytest.fixture(scope="module")
async def around(moodle_engine: MoodleEngine) -> AsyncIterator[Around]:
    async with moodle_engine.lms() as lms:
        await restrict_and_lift(moodle_engine, TEACHER)  # makes the stand-in
        await fill(lms)
        before = await rows_of(lms)
        await restrict_and_lift(moodle_engine, STUDENT)
        lifted = await rows_of(lms)
        erased = await moodle_engine.carry_out(STUDENT, Right.ERASURE)
        yield Around(lms, before, lifted, erased)


async def files(lms: asyncpg.Connection) -> set[str]:
    return {row[0] for row in await lms.fetch("SELECT filename FROM mdl_files")}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_goes_with_the_work_that_it_is_part_of(around: Around, name: str) -> None:
    assert {name, f"not {name}"} & await files(around.lms) == {f"not {name}"}


@pytest.mark.parametrize("about", COMMENTS)
async def test_a_teachers_comment_goes_with_what_it_is_about(around: Around, about: str) -> None:
    found = "SELECT count(*) FROM mdl_comments WHERE content = $1"
    assert await around.lms.fetchval(found, f"on {about}") == 0


async def test_tags_go_with_a_wiki_of_ones_own(around: Around) -> None:
    rows = await around.lms.fetch(
        "SELECT itemid FROM mdl_tag_instance WHERE component = 'mod_wiki'"
    )
    assert [row[0] for row in rows] == [1]


async def test_questions_tried_out_go_with_the_person(around: Around) -> None:
    lms = around.lms
    left = "SELECT count(*) FROM mdl_question_usages WHERE component = 'core_question_preview'"
    assert await lms.fetchval(left) == 0
    assert (
        await lms.fetchval("SELECT count(*) FROM mdl_question_attempts WHERE id = $1", ATTEMPT) == 0
    )


async def test_all_of_it_comes_back_with_a_lift(around: Around) -> None:
    assert around.lifted == around.before
    assert around.erased.request.state == "completed"


async def test_work_of_a_group_stays_with_its_files_until_the_last_of_the_group_is_erased(
    around: Around, moodle_engine: MoodleEngine
) -> None:
    lms = around.lms
    texts = "SELECT content FROM mdl_comments WHERE itemid = $1 ORDER BY content"
    both = {"the team's poster", "an entry's picture"}
    assert both & await files(lms) == both
    assert (await moodle_engine.carry_out(ALONE, Right.ERASURE)).request.state == "completed"
    assert both & await files(lms) == {"an entry's picture"}
    assert [row[0] for row in await lms.fetch(texts, TEAMWORK)] == ["a teacher on the poster"]

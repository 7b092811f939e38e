"""Rights of real Moodle users, carried out by the engine: restricted, lifted, erased one after the other."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.datamap.read import read
from app.sources.sql.database import Database
from app.store import restrictions
from app.store.transaction import transaction
from schemas.vocabulary import Outcome, Right
from tests.fixtures.moodle import STUDENT, TEACHER
from tests.fixtures.moodle_engine import Ended, MoodleEngine
from tests.integration.moodle_counts import COUNTS
from tests.integration.moodle_hands import Site
from tests.integration.moodle_site import Rows, columns_holding, rows_of
from tests.integration.test_moodle_effects import KEPT_OF_A_TEACHER

_ACTED = {Outcome.REMOVED, Outcome.ANONYMISED}


@dataclass(frozen=True, slots=True)
class Told:
    """What was looked at, in the order in which it happened."""

    first: Rows
    lifted: Rows
    located: dict[str, int]
    erased: Rows
    theirs: set[tuple[str, str]]
    student: Ended
    held_of_the_student: set[tuple[str, str]]
    teacher: Ended
    held_of_the_teacher: set[tuple[str, str]]
    stored_before: set[str]
    stored_after: set[str]
    named_after: set[str]


def stored(directory: Path) -> set[str]:
    return {path.name for path in (directory / "filedir").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
async def told(moodle_engine: MoodleEngine) -> Told:
    engine = moodle_engine
    async with engine.lms() as lms:
        # The stand-in is made once for a site: by the first restriction there is.
        await restrict_and_lift(engine, TEACHER)
        first = await rows_of(lms)
        await restrict_and_lift(engine, STUDENT)
        lifted = await rows_of(lms)
        located = {name: await lms.fetchval(sql, STUDENT) for name, sql in COUNTS.items()}
        theirs = await located_by_the_map(engine, STUDENT, TEACHER)
        stored_before = stored(engine.site.data_directory)
        student = await engine.carry_out(STUDENT, Right.ERASURE)
        held_of_the_student = await columns_holding(lms, str(STUDENT))
        teacher = await engine.carry_out(TEACHER, Right.ERASURE)
        hashes = await lms.fetch("SELECT DISTINCT contenthash FROM mdl_files")
        return Told(
            first=first,
            lifted=lifted,
            located=located,
            erased=await rows_of(lms),
            theirs=theirs,
            student=student,
            held_of_the_student=held_of_the_student,
            teacher=teacher,
            held_of_the_teacher=await columns_holding(lms, str(TEACHER)),
            stored_before=stored_before,
            stored_after=stored(engine.site.data_directory),
            named_after={row[0] for row in hashes},
        )


async def located_by_the_map(engine: MoodleEngine, *persons: int) -> set[tuple[str, str]]:
    """Name the rows in which the map finds any of some persons."""
    data_map = read(engine.site.data_map.read_text("utf-8")).data_map
    database = Database("moodle", engine.site.database_url, "public", 2)
    site = Site.of(data_map, database)
    found = [await site.located(person) for person in persons]
    await database.close()
    return set[tuple[str, str]]().union(*found)


async def restrict_and_lift(engine: MoodleEngine, person: int) -> None:
    restricted = await engine.carry_out(person, Right.RESTRICTION, ground="accuracy_contested")
    assert restricted.request.state == "completed", restricted.request.attention
    async with transaction(engine.context.database, engine.controller_id) as connection:
        restriction = await restrictions.get_of_request(connection, restricted.request.id)
    assert restriction is not None
    lifted = await engine.carry_out(
        person, Right.RESTRICTION_LIFT, restriction_id=str(restriction.id)
    )
    assert lifted.request.state == "completed", lifted.request.attention


def test_restricting_and_lifting_leaves_the_whole_database_byte_equal(told: Told) -> None:
    assert len(told.first) > 10_000
    assert told.lifted == told.first


def test_every_row_that_names_neither_of_the_erased_is_as_it_was(told: Told) -> None:
    others = {place: row for place, row in told.lifted.items() if place not in told.theirs}
    assert len(others) > 10_000
    assert {place: told.erased.get(place) for place in others} == others
    assert told.erased.keys() <= told.lifted.keys()


def test_the_erasures_are_completed_and_verified(told: Told) -> None:
    assert told.student.request.state == "completed", told.student.request.attention
    assert told.teacher.request.state == "completed", told.teacher.request.attention


def test_the_tallies_are_what_independent_sql_counts(told: Told) -> None:
    planned = Counter[str]()
    for line in told.student.planned:
        planned[line.record_type] += line.record_count
    assert {n: (planned[n], c) for n, c in told.located.items() if planned[n] != c} == {}
    done = sum(line.record_count for line in told.student.done)
    assert done >= sum(line.record_count for line in told.student.planned if line.outcome in _ACTED)


def test_nothing_names_the_student_and_only_assessments_name_the_teacher(told: Told) -> None:
    assert told.held_of_the_student == set()
    assert told.held_of_the_teacher <= KEPT_OF_A_TEACHER


def test_uploads_that_no_row_names_any_more_are_gone_and_the_others_are_there(told: Told) -> None:
    gone = told.stored_before - told.stored_after
    assert len(gone) >= 5
    assert gone.isdisjoint(told.named_after)
    assert told.stored_after <= told.named_after

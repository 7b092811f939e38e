"""The rules of the Moodle map on a real site: what goes, what stays without a name, what is left alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import pytest

from app.datamap.read import read
from app.embedded.stack import Stack
from app.sources.sql.database import Database
from schemas.data_map import DataMap
from tests.fixtures.moodle import CLASSMATE, STUDENT, TEACHER, Moodle
from tests.fixtures.stack import NewDatabase
from tests.integration.moodle_counts import COUNTS
from tests.integration.moodle_hands import Done, Site
from tests.integration.moodle_rows import add_rows
from tests.integration.moodle_site import Rows, columns_holding, rows_of

KEPT_OF_A_TEACHER = {
    ("mdl_assign_grades", "grader"),
    ("mdl_files", "userid"),
    ("mdl_grade_grades", "usermodified"),
    ("mdl_grade_grades_history", "usermodified"),
    ("mdl_grading_instances", "raterid"),
    ("mdl_post", "usermodified"),
    ("mdl_question_attempt_steps", "userid"),
    ("mdl_user", "id"),
    ("mdl_badge_manual_award", "issuerid"),
    ("mdl_competency_evidence", "actionuserid"),
}
"""What students have a right to: grades, feedback files, marking, notes, badges, competencies."""

KEPT_OF_WHO_PAID_AND_MARKED = {
    ("mdl_payments", "userid"),
    ("mdl_enrol_paypal", "userid"),
    ("mdl_grading_instances", "raterid"),
    ("mdl_user", "id"),
}
"""What the law on accounting asks for, and what whoever was marked has a right to."""

_POST = """
    INSERT INTO mdl_post (module, usermodified, userid, publishstate, content)
    VALUES ($1, $2, $3, 'public', 'Speaks up more often') RETURNING id
"""

persons = pytest.mark.parametrize(
    "person", [pytest.param(STUDENT, id="student"), pytest.param(TEACHER, id="teacher")]
)


@dataclass(frozen=True, slots=True)
class Erased:
    """A site before and after the erasure of a person."""

    site: Site
    lms: asyncpg.Connection
    located: dict[str, int]
    before: Rows
    after: Rows
    done: Done
    lost: set[str]

    @property
    def data_map(self) -> DataMap:
        return self.site.data_map

    def places(self, keys: set[tuple[str, tuple[str, ...]]]) -> set[tuple[str, str]]:
        """Turn record types and keys into tables and keys."""
        return {(self.data_map.record_types[name].table, key[0]) for name, key in keys}


Copied = tuple[Site, asyncpg.Connection]
Copy = Callable[[], AbstractAsyncContextManager[Copied]]


@pytest.fixture(scope="module")
def copy(moodle: Moodle, stack: Stack, new_database: NewDatabase) -> Copy:
    """Copy the restored site, with its stand-in, to be changed."""
    data_map = read(moodle.data_map.read_text(encoding="utf-8")).data_map
    template = moodle.database_url.partition("?")[0].rpartition("/")[2]

    @asynccontextmanager
    async def copied() -> AsyncIterator[Copied]:
        url = stack.database_url(new_database(template))
        database = Database("moodle", url, "public", 2)
        lms = await asyncpg.connect(url)
        site = Site.of(data_map, database)
        await site.stand_in()
        try:
            yield site, lms
        finally:
            await lms.close()
            await database.close()

    return copied


@pytest.fixture(scope="module")
async def restored(copy: Copy) -> AsyncIterator[Copied]:
    async with copy() as copied:
        yield copied


@pytest.fixture(scope="module")
async def full(copy: Copy) -> AsyncIterator[Copied]:
    """The site with no mapped table left without a row of the student."""
    async with copy() as copied:
        await add_rows(copied[1], STUDENT, CLASSMATE)
        await add_rows(copied[1], CLASSMATE, STUDENT)
        yield copied


@pytest.fixture(scope="module")
async def erased(copy: Copy) -> AsyncIterator[dict[int, Erased]]:
    """The student is erased, then the teacher, on one site."""
    found = {}
    async with copy() as (site, lms):
        for person in (STUDENT, TEACHER):
            located = {name: await lms.fetchval(sql, person) for name, sql in COUNTS.items()}
            before = await rows_of(lms)
            stored = await hashes(lms)
            done = await site.erase(person)
            lost = stored - await hashes(lms)
            found[person] = Erased(site, lms, located, before, await rows_of(lms), done, lost)
        yield found


async def hashes(lms: asyncpg.Connection) -> set[str]:
    return {row[0] for row in await lms.fetch("SELECT DISTINCT contenthash FROM mdl_files")}


@persons
@pytest.mark.parametrize("site_is", ["restored", "full"])
async def test_restricting_and_lifting_leaves_the_whole_database_byte_equal(
    restored: Copied, full: Copied, person: int, site_is: str
) -> None:
    site, lms = restored if site_is == "restored" else full
    before = await rows_of(lms)
    done = await site.restrict(person)
    between = await rows_of(lms)
    same = {place for place, row in before.items() if between.get(place) == row}
    assert len(before) - len(same) > 400
    await site.lift(person, done.formers)
    assert await rows_of(lms) == before


async def test_a_restricted_student_loses_the_name_and_a_teacher_keeps_it_beside_the_grades(
    restored: Copied,
) -> None:
    site, lms = restored
    ways_back = [(person, await site.restrict(person)) for person in (STUDENT, TEACHER)]
    rows = await lms.fetch(
        "SELECT firstname, lastname, email, suspended FROM mdl_user WHERE id = ANY ($1) ORDER BY id",
        [STUDENT, TEACHER],
    )
    shown = "SELECT count(*) FROM mdl_event WHERE userid = $1 AND visible = 1"
    events = await lms.fetchval(shown, STUDENT)
    for person, done in reversed(ways_back):
        await site.lift(person, done.formers)
    assert [tuple(row) for row in rows] == [
        ("Anonymous", "user", "", 1),
        ("Torvald", "Brackenridge", "", 1),
    ]
    assert events == 0


async def test_a_restricted_person_keeps_the_name_beside_notes_alone(restored: Copied) -> None:
    site, lms = restored
    name = "SELECT firstname <> 'Anonymous' FROM mdl_user WHERE id = $1"
    shown = []
    for module in ("blog", "notes"):
        post = await lms.fetchval(_POST, module, CLASSMATE, STUDENT)
        done = await site.restrict(CLASSMATE)
        shown.append(await lms.fetchval(name, CLASSMATE))
        await site.lift(CLASSMATE, done.formers)
        await lms.execute("DELETE FROM mdl_post WHERE id = $1", post)
    assert shown == [False, True]


@persons
async def test_every_located_record_is_gone_or_changed_or_kept_by_a_rule(
    erased: dict[int, Erased], person: int
) -> None:
    site = erased[person]
    located = {name: len(keys) for name, keys in site.done.located.items() if name in COUNTS}
    assert located == site.located
    for name, keys in site.done.located.items():
        rest = {key for key in keys if (name, key) not in site.done.changed}
        kept = {place: site.after[place] for place in site.places({(name, key) for key in rest})}
        assert kept == {place: site.before[place] for place in kept}, name
        spec = site.data_map.record_types[name]
        rules = [role.erasure or spec.erasure or () for role in spec.roles.values()]
        assert not rest or any(rule.effect == "keep" for each in rules for rule in each), name
    assert site.places(site.done.deleted) == site.before.keys() - site.after.keys()


@persons
async def test_every_row_that_does_not_name_the_person_is_unchanged(
    erased: dict[int, Erased], person: int
) -> None:
    site = erased[person]
    located = {(name, key) for name, keys in site.done.located.items() for key in keys}
    followed = {
        (acted.record_type, key)
        for acted in site.done.released
        for branch in acted.branches
        for key in branch.keys
    }
    ours = site.places(located | followed)
    others = {place: row for place, row in site.before.items() if place not in ours}
    assert len(others) > 10_000
    assert {place: site.after.get(place) for place in others} == others
    assert site.after.keys() <= site.before.keys()


async def test_nothing_that_is_mapped_names_the_erased_student(erased: dict[int, Erased]) -> None:
    site = erased[STUDENT]
    assert await columns_holding(site.lms, str(STUDENT)) == set()


async def test_where_no_table_is_empty_only_payments_and_marking_name_the_erased(
    copy: Copy,
) -> None:
    async with copy() as (site, lms):
        await add_rows(lms, STUDENT, CLASSMATE)
        await site.erase(STUDENT)
        held = await columns_holding(lms, str(STUDENT))
    persons = {
        (spec.table, role.column)
        for spec in site.data_map.record_types.values()
        for role in spec.roles.values()
    }
    assert held & persons == KEPT_OF_WHO_PAID_AND_MARKED


async def test_what_names_an_erased_teacher_is_what_students_have_a_right_to(
    erased: dict[int, Erased],
) -> None:
    site = erased[TEACHER]
    held = await columns_holding(site.lms, str(TEACHER))
    assert held <= KEPT_OF_A_TEACHER
    assert {("mdl_assign_grades", "grader"), ("mdl_user", "id")} <= held
    row = await site.lms.fetchrow("SELECT * FROM mdl_user WHERE id = $1", TEACHER)
    assert row is not None
    assert (row["firstname"], row["lastname"]) == ("Torvald", "Brackenridge")
    assert (row["username"], row["email"], row["idnumber"]) == (f"erased-{TEACHER}", "", "")


async def test_no_log_entry_tells_of_the_erased_student(erased: dict[int, Erased]) -> None:
    lms = erased[STUDENT].lms
    told = "SELECT count(*) FROM mdl_logstore_standard_log t WHERE t::text ~* '770001|saraphina'"
    assert await lms.fetchval(told) == 0


async def test_exams_of_the_class_stay_without_the_teacher(erased: dict[int, Erased]) -> None:
    lms = erased[TEACHER].lms
    rows = await lms.fetch("SELECT userid FROM mdl_event WHERE name LIKE 'Exam _ ZXQTEACHER'")
    stand_in = await lms.fetchval("SELECT id FROM mdl_user WHERE username = 'habeas_anonymous'")
    assert [row["userid"] for row in rows] == [stand_in, stand_in]
    assert (
        await lms.fetchval("SELECT count(*) FROM mdl_event WHERE name LIKE 'Staff meeting%'") == 0
    )


async def test_a_private_reply_to_an_erased_person_stays_private(erased: dict[int, Erased]) -> None:
    lms = erased[STUDENT].lms
    stand_in = await lms.fetchval("SELECT id FROM mdl_user WHERE username = 'habeas_anonymous'")
    reply = "SELECT privatereplyto FROM mdl_forum_posts WHERE id = 127"
    assert await lms.fetchval(reply) == stand_in


async def test_uploads_go_with_the_last_row_that_names_them(erased: dict[int, Erased]) -> None:
    site = erased[STUDENT]
    acts = (*site.done.acted, *site.done.released)
    named = {upload.value for acted in acts for upload in acted.uploads}
    assert site.lost <= named
    assert len(site.lost) >= 5

"""Small schools on the eve of a job, one scene for each way in which records are changed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.engine.context import EngineContext
from schemas.vocabulary import Right
from tests.fault.scenes import Ground, Scene, new_scene
from tests.oracle.rows import Rows
from tests.oracle.small_school import course, people, school, thread

_VISITS = 20
"""Of somebody whose sessions fill several transactions."""


@dataclass(frozen=True, slots=True)
class School:
    """A school with a few people.

    Attributes:
        rows: Its rows.
        teacher: Gives grades.
        student: Whom most of it is about.
        friend: Writes to the student.
        sibling: Has the same guardian.
    """

    rows: Rows
    teacher: int
    student: int
    friend: int
    sibling: int


def a_school() -> School:
    """Make a school in which every kind of effect has something to do, and little more."""
    rows = school()
    made = School(rows, *people(rows, 4))
    student, friend, teacher = made.student, made.friend, made.teacher
    rows.tables["person"][student - 1] |= {
        "picture_path": rows.upload("picture"),
        "picture_name": "me.png",
    }
    guardian = rows.add("guardian")
    for child in (student, made.sibling):
        rows.add("guardian_of", guardian_id=guardian, person_id=child)
    rows.add("login_session", person_id=student)
    rows.add("activity_log", person_id=teacher, about_id=student)
    thread(rows, student, [student, friend], [student, friend])
    rows.add(
        "message",
        thread_id=1,
        sender_id=student,
        attachment_path=rows.upload("letter"),
        attachment_name="letter.pdf",
    )
    lesson = course(rows, [teacher, student])
    task = rows.add("assignment", course_id=lesson, author_id=teacher)
    essay = rows.add("submission", assignment_id=task, student_id=student)
    for number in range(3):
        rows.add("submission_file", submission_id=essay, path=rows.upload(f"essay-{number}"))
    rows.add("marking_comment", submission_id=essay, assessor_id=teacher)
    rows.add("grade", student_id=student, teacher_id=teacher, course_id=lesson)
    discussion = rows.add("discussion", course_id=lesson, started_by_id=student)
    post = rows.add("discussion_post", discussion_id=discussion, author_id=teacher)
    rows.add("discussion_post", discussion_id=discussion, author_id=student, parent_id=post)
    rows.add("material", owner_id=student, path=rows.upload("own"))
    in_course = {"owner_id": student, "scope": "course", "course_id": lesson}
    rows.add("material", **in_course, path=rows.upload("handout"))
    shared = rows.add("material", **in_course, path=rows.upload("shared"))
    rows.add("material_share", material_id=shared, person_id=friend)
    return made


Prepare = Callable[[School, Scene, EngineContext], Awaitable[None]]


async def _restriction(school: School, scene: Scene, context: EngineContext) -> None:
    await scene.accept(context, school.student, Right.RESTRICTION, ground="accuracy_contested")


async def _lift(school: School, scene: Scene, context: EngineContext) -> None:
    other = await scene.did(context, school.friend, Right.RESTRICTION)
    restricted = await scene.did(context, school.student, Right.RESTRICTION)
    assert other.id != restricted.id
    await scene.accept_lift(context, school.student, restricted)


async def _erasure_of_a_student(school: School, scene: Scene, context: EngineContext) -> None:
    """With a bundle, as the last who is left of a conversation and of a family."""
    await scene.did(context, school.friend, Right.ERASURE)
    await scene.did(context, school.sibling, Right.ERASURE)
    await scene.did(context, school.student, Right.ACCESS)
    await scene.accept(context, school.student, Right.ERASURE)


async def _erasure_of_a_teacher(school: School, scene: Scene, context: EngineContext) -> None:
    await scene.accept(context, school.teacher, Right.ERASURE)


async def _erasure_of_a_restricted(school: School, scene: Scene, context: EngineContext) -> None:
    await scene.did(context, school.friend, Right.RESTRICTION)
    await scene.did(context, school.student, Right.RESTRICTION)
    await scene.accept(context, school.student, Right.ERASURE)


async def _erasure_of_a_named_student(school: School, scene: Scene, context: EngineContext) -> None:
    """Whose teacher is gone but for the name that the grade shows."""
    await scene.did(context, school.teacher, Right.ERASURE)
    await scene.accept(context, school.student, Right.ERASURE)


async def _erasure_of_a_visitor(school: School, scene: Scene, context: EngineContext) -> None:
    """Who logged in so often that one transaction works while the one before is committed."""
    await scene.place.lms_does(
        f"INSERT INTO login_session SELECT gen_random_uuid(), {school.sibling}, '192.0.2.1',"
        f" 'Firefox', 'Linux', now(), now() FROM generate_series(1, {_VISITS})"
    )
    await scene.accept(context, school.sibling, Right.ERASURE)


async def _erasure_of_a_held_sibling(school: School, scene: Scene, context: EngineContext) -> None:
    """Whose link to a guardian is held, and with it the guardian, who would be found no more."""
    await scene.hold(context, school.sibling, "guardian_of")
    await scene.did(context, school.student, Right.ERASURE)
    await scene.accept(context, school.sibling, Right.ERASURE)


async def _re_examination(school: School, scene: Scene, context: EngineContext) -> None:
    await scene.did(context, school.student, Right.ERASURE)
    await scene.place.lms_does("SELECT delete_course(1)")
    await scene.re_examine(context)


EVES: dict[str, Prepare] = {
    "a restriction": _restriction,
    "a lift": _lift,
    "the erasure of a student": _erasure_of_a_student,
    "the erasure of a teacher whose grades stay": _erasure_of_a_teacher,
    "the erasure of a student whose teacher is gone": _erasure_of_a_named_student,
    "the erasure of a restricted student": _erasure_of_a_restricted,
    "the erasure of a visitor": _erasure_of_a_visitor,
    "the erasure of somebody of whom something is held": _erasure_of_a_held_sibling,
    "a re-examination after a course was deleted": _re_examination,
}


async def eve_of(ground: Ground, name: str) -> Scene:
    """Make a school and bring it to the eve of one job."""
    made = a_school()
    scene = await new_scene(ground, made.rows)
    async with scene.place.context() as context:
        await EVES[name](made, scene, context)
    return scene

"""What nobody but its author can see yet: a course without students."""

from datetime import timedelta
from decimal import Decimal

from app.demo.school import Person, School
from app.demo.school_year import FIRST_DAY, LAST_DAY, moment


def add_drafts(school: School) -> None:
    """Add a course that the first teacher prepares alone, and what lies in it.

    A colleague who is not in the course wrote a question for its test, and the teacher looked at
    their own log. It is added last, so that nothing else depends on it.

    Args:
        school: With everything else.
    """
    teacher, colleague = school.teachers[0], school.teachers[2]
    course_id = _prepare_course(school, teacher)
    _prepare_material(school, teacher, course_id)
    test_id = _prepare_test(school, teacher, course_id)
    _add_question(school, (course_id, test_id), teacher, "Which sentence is a thesis?")
    _add_question(school, (course_id, test_id), colleague, "Whose voice is missing here?")
    school.rows.add(
        "activity_log",
        person_id=teacher.id,
        about_id=teacher.id,
        happened_at=moment(school.chance),
        action="viewed",
        object="own activity log",
        ip_address="192.0.2.1",
        browser="Firefox 143",
        operating_system="Windows 11",
        details=None,
    )


def _prepare_course(school: School, teacher: Person) -> int:
    course_id = school.rows.number("course")
    school.rows.link(
        "course",
        id=course_id,
        institution_id=school.institution.id,
        responsible_id=teacher.id,
        code=f"DRAFT-{course_id}",
        title="Writing essays, next year",
        description=None,
        starts_on=FIRST_DAY,
        ends_on=LAST_DAY,
    )
    school.rows.link(
        "enrolment",
        course_id=course_id,
        person_id=teacher.id,
        role="teacher",
        enrolled_at=moment(school.chance),
        left_at=None,
    )
    return course_id


def _prepare_material(school: School, teacher: Person, course_id: int) -> None:
    upload = school.store("materials", "Essay plan.txt", "Thesis, argument, example.")
    school.rows.add(
        "material",
        institution_id=school.institution.id,
        owner_id=teacher.id,
        scope="course",
        course_id=course_id,
        project_id=None,
        title="Essay plan",
        description=None,
        tags=[],
        path=upload.path,
        original_name=upload.original_name,
        media_type=upload.media_type,
        size_bytes=upload.size_bytes,
        uploaded_at=moment(school.chance),
    )
    created_at = moment(school.chance)
    school.rows.add(
        "assignment",
        course_id=course_id,
        author_id=teacher.id,
        title="A first essay",
        instructions="Two pages. Say what you think and why.",
        due_at=None,
        created_at=created_at,
    )


def _prepare_test(school: School, teacher: Person, course_id: int) -> int:
    opens_at = moment(school.chance)
    return school.rows.add(
        "test",
        course_id=course_id,
        author_id=teacher.id,
        title="Test: Essays",
        instructions=None,
        uses_candidates=True,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=2),
    )


def _add_question(school: School, place: tuple[int, int], author: Person, body: str) -> None:
    course_id, test_id = place
    school.rows.add(
        "test_question",
        test_id=test_id,
        course_id=course_id,
        author_id=author.id,
        position=1 if author is school.teachers[0] else 2,
        body=body,
        choices=None,
        max_points=Decimal(4),
    )

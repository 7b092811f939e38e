"""Courses, projects, and what teachers write for their courses."""

from datetime import timedelta
from itertools import cycle

from app.demo.phrases import ANNOUNCEMENTS, COMMENTS, PROJECTS
from app.demo.school import Course, Person, Project, School
from app.demo.school_year import FIRST_DAY, LAST_DAY, moment
from app.demo.subjects import SUBJECTS, Subject

STUDENTS_PER_COURSE = 12


def add_courses(school: School) -> None:
    """Add courses with their members and announcements, and projects with theirs.

    The first student is in the first two courses of a first school, and the first teacher is
    responsible for the first course.

    Args:
        school: With people.
    """
    count = max(len(SUBJECTS), len(school.students) * 2 // STUDENTS_PER_COURSE)
    subjects, teachers = cycle(SUBJECTS), cycle(school.teachers)
    for number in range(count):
        others = school.chance.sample(school.students[1:], STUDENTS_PER_COURSE - 1)
        first = school.students[:1] if number < 2 else []
        course = _add_course(school, next(subjects), next(teachers), (*first, *others))
        school.courses.append(course)
        for title, body in school.chance.sample(ANNOUNCEMENTS, 3):
            _add_announcement(school, course, title, body)
    for _ in range(max(4, len(school.students) // 8)):
        school.projects.append(_add_project(school))


def _add_course(
    school: School, subject: Subject, teacher: Person, students: tuple[Person, ...]
) -> Course:
    chance = school.chance
    course_id = school.rows.number("course")
    school.rows.link(
        "course",
        id=course_id,
        institution_id=school.institution.id,
        responsible_id=teacher.id,
        code=f"{subject.code}-{course_id}",
        title=f"{subject.title}, year {chance.choice((7, 8, 9))}",
        description=f"This year: {'; '.join(subject.topics)}.",
        starts_on=FIRST_DAY,
        ends_on=LAST_DAY,
    )
    co_teacher = chance.choice([other for other in school.teachers if other is not teacher])
    members = [(teacher, "teacher"), *((student, "student") for student in students)]
    if chance.random() < 0.4:
        members.append((co_teacher, "teacher"))
    for person, role in members:
        enrolled_at = moment(chance)
        has_left = chance.random() < 0.05 and person is not students[0]
        school.rows.link(
            "enrolment",
            course_id=course_id,
            person_id=person.id,
            role=role,
            enrolled_at=enrolled_at,
            left_at=moment(chance, enrolled_at) if has_left else None,
        )
    return Course(course_id, subject, teacher, students)


def _add_announcement(school: School, course: Course, title: str, body: str) -> None:
    chance = school.chance
    published_at = moment(chance)
    announcement_id = school.rows.add(
        "announcement",
        course_id=course.id,
        author_id=course.teacher.id,
        title=title,
        body=body,
        published_at=published_at,
    )
    for student in (course.students[0], chance.choice(course.students)):
        published_at += timedelta(minutes=chance.randrange(1, 600))
        school.rows.add(
            "announcement_comment",
            announcement_id=announcement_id,
            author_id=student.id,
            body=chance.choice(COMMENTS),
            commented_at=published_at,
        )


def _add_project(school: School) -> Project:
    """Add a project; the first is started by the first student, the second by nobody else."""
    chance = school.chance
    number = len(school.projects)
    title, description = PROJECTS[number % len(PROJECTS)]
    others = chance.sample(school.students[1:], chance.randrange(2, 5))
    creator = school.students[0] if number < 2 else others.pop()
    members = (creator,) if number == 1 else (creator, *others)
    started_at = moment(chance)
    project_id = school.rows.add(
        "project",
        institution_id=school.institution.id,
        created_by_id=creator.id,
        title=title,
        description=description,
        created_at=started_at,
    )
    tasks = cycle(("interviews", "pictures", "layout", None))
    for person in members:
        has_left = person is not creator and chance.random() < 0.15
        school.rows.link(
            "project_member",
            project_id=project_id,
            person_id=person.id,
            task=next(tasks),
            joined_at=started_at,
            left_at=moment(chance, started_at) if has_left else None,
        )
    return Project(project_id, members)

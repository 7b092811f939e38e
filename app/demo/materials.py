"""Documents that people upload, notes that they keep, and events in their calendars."""

from datetime import UTC, datetime, timedelta

from app.demo.phrases import MATERIALS, NOTES, PERSONAL_EVENTS, SHARED_EVENTS, TAGS
from app.demo.school import Person, School
from app.demo.school_year import moment, school_day
from app.demo.subjects import SUBJECTS

_ENDINGS = ("pdf", "pdf", "txt", "png")


def add_materials(school: School) -> None:
    """Add documents of every scope, shared and not, and notes.

    Args:
        school: With courses and projects.
    """
    chance = school.chance
    first = school.students[0]
    for person in (first, school.teachers[0], *chance.sample(school.students, 8)):
        _add_material(school, person, "personal")
        shared = _add_material(school, person, "personal")
        _share(school, shared, person, school.students[:2])
        _add_material(school, person, "library")
    for course in school.courses:
        _add_material(school, course.teacher, "course", course_id=course.id)
        _add_material(school, course.students[0], "course", course_id=course.id)
    for project in school.projects:
        _add_material(school, project.members[0], "project", project_id=project.id)
        _add_material(school, project.members[-1], "project", project_id=project.id)
    for person in (first, *chance.sample([*school.students, *school.teachers], 15)):
        _add_note(school, person)


def _add_material(
    school: School,
    owner: Person,
    scope: str,
    *,
    course_id: int | None = None,
    project_id: int | None = None,
) -> int:
    chance = school.chance
    title = chance.choice(MATERIALS)
    sentences = chance.choice(SUBJECTS).sentences
    upload = school.store("materials", f"{title}.{chance.choice(_ENDINGS)}", "\n".join(sentences))
    return school.rows.add(
        "material",
        institution_id=school.institution.id,
        owner_id=owner.id,
        scope=scope,
        course_id=course_id,
        project_id=project_id,
        title=title,
        description=chance.choice((None, "", sentences[0])),
        tags=chance.sample(TAGS, chance.randrange(3)),
        path=upload.path,
        original_name=upload.original_name,
        media_type=upload.media_type,
        size_bytes=upload.size_bytes,
        uploaded_at=moment(chance),
    )


def _share(school: School, material_id: int, owner: Person, readers: list[Person]) -> None:
    for reader in readers:
        if reader is not owner:
            school.rows.link(
                "material_share",
                material_id=material_id,
                person_id=reader.id,
                may_edit=reader.id % 2 == 0,
                shared_at=moment(school.chance),
            )


def _add_note(school: School, owner: Person) -> None:
    created_at = moment(school.chance)
    changed_at = moment(school.chance, created_at) if school.chance.random() < 0.3 else None
    school.rows.add(
        "note",
        owner_id=owner.id,
        title=school.chance.choice((None, "To do", "Ideas")),
        body=school.chance.choice(NOTES),
        created_at=created_at,
        changed_at=changed_at,
    )


def add_events(school: School) -> None:
    """Add personal events, and events shared in courses and projects.

    Args:
        school: With courses and projects.
    """
    for person in (school.students[0], *school.students[3::4], *school.teachers[::2]):
        title, place = school.chance.choice(PERSONAL_EVENTS)
        _add_event(school, person, ("personal", None, None), (title, place))
    for course in school.courses:
        title, place = school.chance.choice(SHARED_EVENTS)
        for owner in (course.teacher, course.students[0]):
            _add_event(school, owner, ("shared", course.id, None), (title, place))
    for project in school.projects:
        title, place = SHARED_EVENTS[3]
        _add_event(school, project.members[0], ("shared", None, project.id), (title, place))


def _add_event(
    school: School,
    owner: Person,
    kind: tuple[str, int | None, int | None],
    words: tuple[str, str | None],
) -> None:
    """Add an event of a kind (with its course and project), with a title and a place."""
    day = school_day(school.chance)
    starts_at = datetime(day.year, day.month, day.day, school.chance.randrange(8, 17), tzinfo=UTC)
    ends_at = starts_at + timedelta(minutes=school.chance.choice((45, 60, 90)))
    school.rows.add(
        "event",
        institution_id=school.institution.id,
        owner_id=owner.id,
        kind=kind[0],
        course_id=kind[1],
        project_id=kind[2],
        title=words[0],
        description=school.chance.choice((None, "Bring the form.", "Remember: phone off!")),
        place=words[1],
        starts_at=starts_at.replace(tzinfo=None),
        ends_at=ends_at.replace(tzinfo=None) if school.chance.random() < 0.9 else None,
    )

"""Makes the schools of a campus, one after the other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from app.demo.assessments import add_assessments
from app.demo.courses import add_courses
from app.demo.discussions import add_discussions
from app.demo.drafts import add_drafts
from app.demo.materials import add_events, add_materials
from app.demo.names import INSTITUTIONS, SCHOOLS, fold
from app.demo.people import add_people
from app.demo.responses import add_responses
from app.demo.rows import Ids, Rows
from app.demo.school import Institution, School
from app.demo.size import Size
from app.demo.threads import add_threads
from app.demo.traces import add_traces
from app.demo.uploads import Uploads

_MAKERS = (
    add_people,
    add_traces,
    add_courses,
    add_threads,
    add_discussions,
    add_materials,
    add_events,
    add_responses,
    add_assessments,
    add_drafts,
)


def make_schools(size: Size, uploads: Uploads) -> Iterator[School]:
    """Make the rows and files of a campus, school by school.

    Args:
        size: How large it is; the same size always gives the same rows and files.
        uploads: Where the files go.

    Yields:
        A school with everything in it. Its rows refer to its own rows and to its institution's.
    """
    ids = Ids()
    for number in range(size.institutions):
        name, country, domain = INSTITUTIONS[number % len(INSTITUTIONS)]
        again = number // len(INSTITUTIONS)
        name, domain = (name, domain) if not again else (f"{name} {again + 1}", f"{again}.{domain}")
        institution = Institution(ids.next("institution"), name, domain, number)
        for position in range(size.schools):
            school = _empty_school(institution, position, size, (Rows(ids), uploads))
            if school.is_first:
                _add_institution(school, country)
            for make in _MAKERS:
                make(school)
            yield school


def _empty_school(
    institution: Institution, position: int, size: Size, stores: tuple[Rows, Uploads]
) -> School:
    name = SCHOOLS[(institution.number * 3 + position) % len(SCHOOLS)]
    if position >= len(SCHOOLS):
        name = f"{name} {position // len(SCHOOLS) + 1}"
    seed = f"campus/{size.seed}/{size.people}/{institution.number}/{position}"
    return School(
        institution=institution,
        name=name,
        domain=f"{fold(name)}.{institution.domain}",
        is_first=position == 0,
        size=size,
        chance=Random(seed),  # noqa: S311 - not for secrets
        rows=stores[0],
        uploads=stores[1],
    )


def _add_institution(school: School, country: str) -> None:
    school.rows.link(
        "institution",
        id=school.institution.id,
        name=school.institution.name,
        country=country,
        mail_domain=school.institution.domain,
        created_at=datetime(2024, 5, 2, 9, tzinfo=UTC),
    )

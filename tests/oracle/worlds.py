"""Small random schools: two institutions with twins of equal e-mail address, every table in use."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.oracle.chance import Chance
from tests.oracle.rows import Rows
from tests.oracle.school import School, add_people
from tests.oracle.school_courses import add_course
from tests.oracle.school_life import add_life
from tests.oracle.school_projects import add_project, add_thread

INSTITUTIONS = (1, 2)
BUSY = 1
"""The institution where most happens; the other one is there to be left alone."""


@st.composite
def worlds(draw: DrawFn) -> Rows:
    """Give rows of two institutions, at most 40 people together."""
    rows, chance = Rows(), Chance(draw)
    for institution_id in INSTITUTIONS:
        rows.add("institution", name=f"School {institution_id}")
        school = School(rows, chance, institution_id)
        add_people(school)
        least, most = (1, 3) if institution_id == BUSY else (0, 1)
        for _ in range(chance.number(least, most)):
            add_course(school)
        for _ in range(chance.number(0, most)):
            add_project(school)
        for _ in range(chance.number(least, most)):
            add_thread(school)
        add_life(school)
    return rows

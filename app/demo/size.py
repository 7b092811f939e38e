"""How large a campus is."""

from dataclasses import dataclass, replace

ROWS_PER_PERSON = 80
"""About how many rows one person brings along, all tables together."""


@dataclass(frozen=True, slots=True)
class Size:
    """The measure of a campus: the same size always gives the same rows and files.

    Attributes:
        institutions: How many controllers share the database, at least 1.
        schools: How many schools each of them has, at least 1.
        people: How many people each school has, at least 30.
        own_files: Whether each upload has a file of its own on disk; if not, all uploads share a
            small pool, so that the disk stays small however many rows there are.
        seed: Another seed gives other people with the same interesting persons among them.
    """

    institutions: int = 2
    schools: int = 1
    people: int = 60
    own_files: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse a campus too small for its story."""
        if self.institutions < 1 or self.schools < 1 or self.people < 30:
            raise ValueError("a campus has an institution, a school and 30 people at least")


SMALL = Size()
"""Two institutions with a school of 60 people each: the demo and the tests."""

MEDIUM = Size(schools=5, people=200)
"""Two institutions, 2,000 people."""


def scale(rows: int, base: Size = SMALL) -> Size:
    """Give the size of a campus with about so many rows.

    Schools are generated and loaded one after the other, so memory does not grow with them.

    Args:
        rows: Rows of all tables together, from some thousands to many millions.
        base: What the schools are like.
    """
    a_school = base.people * ROWS_PER_PERSON
    schools = max(1, round(rows / a_school / base.institutions))
    return replace(base, schools=schools, own_files=False)

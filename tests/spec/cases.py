"""What a case of the tables is: a world, what is done, and what must hold afterwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from schemas.vocabulary import Category, Right
from tests.spec.campus import person
from tests.spec.rows import STAND_IN, Row, World

After = Mapping[str, "Outcome"]
"""What must hold, by the name of the row in its world."""


class Act(StrEnum):
    """What is done to a person, or by the learning platform."""

    RESTRICT = "restricted"
    LIFT = "restored"
    ERASE = "erased"
    TRASH = "moved to the trashcan"
    EMPTY = "emptied from the trashcan"
    DELETE_COURSE = "deleted by the learning platform"
    DELETE_PROJECT = "deleted, as a project, by the learning platform"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a row must be, compared with how it began.

    Attributes:
        is_gone: Whether the row is not there any more.
        sets: The columns that differ, with what they hold now; the stand-in by its name.
        waits: The role whose rule keeps the record only until something happens.
    """

    is_gone: bool = False
    sets: Mapping[str, object] = field(default_factory=dict)
    waits: str | None = None

    def waiting(self, role: str) -> "Outcome":
        """Say that a deferral of this role stands."""
        return replace(self, waits=role)


GONE = Outcome(is_gone=True)
UNCHANGED = Outcome()
HIDDEN = Outcome(sets={"is_hidden": True})


def nameless(column: str) -> Outcome:
    """Say that the stand-in stands where the person was named, and nothing else changed."""
    return Outcome(sets={column: STAND_IN})


def changed(**sets: object) -> Outcome:
    """Say that these columns hold something else, and all others what they held."""
    return Outcome(sets=sets)


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that is done, and what holds then.

    Attributes:
        act: What.
        whom: To which row of the world.
        after: What must hold, by the row's name.
    """

    act: Act
    whom: str
    after: After


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a cell.

    Attributes:
        record: The record type of the data map that it is about.
        told: What happens to it, as the end of the case's id.
        world: Before.
        stages: What is done, in turn.
    """

    record: str
    told: str
    world: World
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of one of the article's tables, with its cases.

    Attributes:
        category: The row.
        says: What the article says there, in the Regulation's spelling.
        cases: What that means.
    """

    category: Category
    says: str
    cases: tuple[Case, ...]

    def ids(self) -> Iterator[tuple[str, Case]]:
        """Give each case with the words that it is known by."""
        for case in self.cases:
            category = self.category.replace("_", " ")
            yield f"{category} › {case.record} › {case.told}", case


@dataclass(frozen=True, slots=True)
class Table:
    """One of the article's tables.

    Attributes:
        title: What it is about.
        acts: What is done in it, in words.
        rights: Which rules decide in it.
        cells: Its rows.
    """

    title: str
    acts: str
    rights: tuple[Right, ...]
    cells: tuple[Cell, ...]


PEOPLE = (
    Row(
        STAND_IN,
        "person",
        {
            "institution_id": 1,
            "full_name": "Anonymous user",
            "role": "nobody",
            "active": False,
        },
    ),
    person("Ann", role="teacher"),
    person("Dan", role="teacher"),
    person("Ben"),
    person("Cleo"),
)
"""Everybody at the school, unless a case says otherwise: two teachers and two students."""


def world(story: str, *rows: Row, people: tuple[Row, ...] = PEOPLE) -> World:
    return World(story, (*people, *rows))


def restricted(record: str, told: str, world: World, whom: str, after: After) -> Case:
    """Restrict a person, look, restore them, and find every row as it was."""
    stages = (Stage(Act.RESTRICT, whom, after), Stage(Act.LIFT, whom, all_as_before(world)))
    return Case(record, f"restricted › {told}", world, stages)


def all_as_before(world: World) -> After:
    return {row.name: UNCHANGED for row in world.rows}


def erased(record: str, told: str, world: World, *stages: Stage) -> Case:
    return Case(record, f"erased › {told}", world, stages)


def trashed(record: str, told: str, world: World, *stages: Stage) -> Case:
    return Case(record, f"trashed, then emptied › {told}", world, stages)


def restrict(whom: str, after: After) -> Stage:
    return Stage(Act.RESTRICT, whom, after)


def lift(whom: str, after: After) -> Stage:
    return Stage(Act.LIFT, whom, after)


def erase(whom: str, after: After) -> Stage:
    return Stage(Act.ERASE, whom, after)


def trash(whom: str, after: After) -> Stage:
    return Stage(Act.TRASH, whom, after)


def empty(whom: str, after: After) -> Stage:
    return Stage(Act.EMPTY, whom, after)


def course_deleted(course: str, after: After) -> Stage:
    return Stage(Act.DELETE_COURSE, course, after)


def project_deleted(project: str, after: After) -> Stage:
    return Stage(Act.DELETE_PROJECT, project, after)

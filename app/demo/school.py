"""A school while it is being filled."""

from dataclasses import dataclass, field
from random import Random

from app.demo.rows import Rows
from app.demo.size import Size
from app.demo.subjects import Subject
from app.demo.uploads import Draft, Upload, Uploads


@dataclass(frozen=True, slots=True)
class Institution:
    """A controller.

    Attributes:
        id: Its key in the LMS.
        name: Its name.
        domain: Its mail domain.
        number: Its position, from 0.
    """

    id: int
    name: str
    domain: str
    number: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a school.

    Attributes:
        id: Their key in the LMS.
        institution_id: Their controller's key.
        full_name: Their name.
        email: Their address, unique within the institution.
        username: What they log in with, unique within the institution.
        student_no: Their number in the student system, unique within the institution.
        candidate_id: What they take tests under; teachers have none.
        role: ``student``, ``teacher`` or ``administrator``.
    """

    id: int
    institution_id: int
    full_name: str
    email: str
    username: str
    student_no: str
    candidate_id: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Course:
    """A course and who is in it.

    Attributes:
        id: Its key in the LMS.
        subject: What it teaches.
        teacher: Who is responsible for it.
        students: Who takes it, at least three.
    """

    id: int
    subject: Subject
    teacher: Person
    students: tuple[Person, ...]

    @property
    def everybody(self) -> tuple[Person, ...]:
        """The teacher and the students."""
        return (self.teacher, *self.students)


@dataclass(frozen=True, slots=True)
class Project:
    """A project and who takes part in it, the one who started it first."""

    id: int
    members: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """What a student handed in, waiting for an assessment.

    Attributes:
        course: Where.
        student: Who.
        title: The assignment or test.
        assignment_id: The assignment, if it was one.
        test_id: The test, if it was one.
        submission_id: The submission, if there is one.
    """

    course: Course
    student: Person
    title: str
    assignment_id: int | None = None
    test_id: int | None = None
    submission_id: int | None = None


@dataclass(slots=True)
class School:
    """Everything that the makers of rows need and leave behind.

    Attributes:
        institution: The controller that the school belongs to.
        name: The school's name.
        domain: The school's mail domain.
        is_first: Whether it is the first of its institution, where the interesting persons are.
        size: How large the campus is.
        chance: Decides everything.
        rows: The rows made so far.
        uploads: The file store.
        teachers: Its teachers.
        students: Its students.
        courses: Its courses.
        projects: Its projects.
        handed_in: What waits for an assessment.
        lost: Uploads that are missing on disk.
    """

    institution: Institution
    name: str
    domain: str
    is_first: bool
    size: Size
    chance: Random
    rows: Rows
    uploads: Uploads
    teachers: list[Person] = field(default_factory=list)
    students: list[Person] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    handed_in: list[Handed] = field(default_factory=list)
    lost: list[Upload] = field(default_factory=list)

    @property
    def loses_files(self) -> bool:
        """Whether an accident befell an upload here: exports must name the file as missing."""
        return self.is_first and self.institution.number == 0 and self.size.own_files

    def store(self, folder: str, name: str, text: str) -> Upload:
        """Store an upload in the institution's part of the file store.

        Args:
            folder: What kind of upload it is.
            name: What the uploader calls it; the ending says what kind of file it is.
            text: What it says.
        """
        return self.uploads.store(self.chance, Draft(f"{self.institution.id}/{folder}", name, text))

"""What the oracle machine asks of Habeas, in the words of the model."""

from typing import Protocol

from tests.oracle.access import Record
from tests.oracle.changes import Row


class Access(Protocol):
    """Carries out the right to look."""

    async def begin(self) -> None:
        """Know nothing of what was before: the rows are those of a new world."""

    async def access(self, institution_id: int, subject: int) -> dict[Record, Row]:
        """Give every record in the bundle of a person, with all its texts."""
        ...


class Rights(Access, Protocol):
    """Carries out every right, each to its completed end."""

    async def restrict(self, institution_id: int, subject: int, *, is_trash: bool) -> None:
        """Restrict a person; is_trash says that the LMS's trashcan asks for it."""

    async def lift(self, institution_id: int, subject: int, *, is_trash: bool) -> None:
        """Lift the person's restriction that was made with the same ``is_trash``."""

    async def erase(self, institution_id: int, subject: int) -> None:
        """Erase a person, who may be restricted, or erased already."""

    async def empty(self, institution_id: int, subjects: list[int]) -> list[int]:
        """Empty the trashcan of these persons.

        Returns:
            The same persons, in the order in which they were erased.
        """
        ...

    async def re_examine(self, institution_id: int) -> None:
        """Tell Habeas that the LMS deleted something."""

    async def hold(self, institution_id: int, subject: int, held: str) -> None:
        """Order that something of a person is not erased: records of a type, or everything."""

    async def end_hold(self, institution_id: int, subject: int) -> None:
        """End that order, and have what follows carried out."""

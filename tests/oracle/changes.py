"""What a right does to one row."""

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]
Place = tuple[str, Key]
"""A table, and the key of a row in it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a row.

    Attributes:
        place: Which row.
        columns: The columns that change, with what is put there; none: the row leaves the table.
    """

    place: Place
    columns: Row = field(default_factory=dict)

    @property
    def is_removal(self) -> bool:
        return not self.columns

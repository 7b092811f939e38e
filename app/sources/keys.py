"""Keys of records, as texts: of one record, and of very many."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

Key = tuple[str, ...]
"""A record's key: the text of each of its columns."""

_COMMA = ","


class Keys:
    """Keys of records of one type, column by column: a million of them are no million objects.

    Args:
        columns: The texts of each column of the key; none where there are no records.
        joined: Instead, the texts of a key's only column with commas between; they hold none.
        count: How many are joined.
    """

    __slots__ = ("_columns", "_count", "_joined")

    def __init__(
        self, columns: Iterable[Sequence[str]] = (), joined: str | None = None, count: int = 0
    ) -> None:
        self._columns = tuple(columns)
        self._joined = joined
        self._count = len(self._columns[0]) if self._columns else count

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Self:
        """Gather the keys of single records."""
        return cls(zip(*keys, strict=True))

    @classmethod
    def from_plain(cls, plain: str | list[list[str]], count: int) -> Self:
        """Read what ``plain`` wrote."""
        return cls(joined=plain, count=count) if isinstance(plain, str) else cls(plain)

    def plain(self) -> str | tuple[Sequence[str], ...]:
        """Give what JSON can hold, in the form that they have."""
        return self._columns if self._joined is None else self._joined

    @property
    def columns(self) -> tuple[Sequence[str], ...]:
        """The texts of each column."""
        return self._columns if self._joined is None else (self._joined.split(_COMMA),)

    @property
    def joined(self) -> str:
        """The texts of the only column, with commas between."""
        return _COMMA.join(self._columns[0]) if self._joined is None else self._joined

    def __len__(self) -> int:
        """Count the records."""
        return self._count

    def __iter__(self) -> Iterator[Key]:
        """Give the key of each record."""
        return zip(*self.columns, strict=True)

    def part(self, start: int, end: int) -> Self:
        """Give the keys from one place up to another."""
        return type(self)(column[start:end] for column in self.columns)

"""What is drawn for a world: each choice is Hypothesis's, so that what fails becomes small."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")

TEXTS = (
    "Hello",
    "",
    "Æøå 🧑‍🎓 שלום",
    ']]> & <b> "it\'s"',
    "two\nlines\tand \\N \\\\ {x} %s $1 :id",
    "NULL",
    "  spaces  ",
)
"""What people write."""


class Chance:
    """Draws.

    Args:
        draw: Hypothesis's.
    """

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw

    def number(self, least: int, most: int) -> int:
        return self._draw(st.integers(least, most))

    def likely(self, one_in: int = 2) -> bool:
        """Say yes once in so many times, and no in the simplest case."""
        return self.number(1, one_in) == one_in

    def one(self, among: Sequence[T]) -> T:
        return among[self.number(0, len(among) - 1)]

    def some(self, among: Sequence[T], least: int = 0) -> list[T]:
        """Choose at least so many, in their order."""
        chosen = self.number(0, (1 << len(among)) - 1) if len(among) < 12 else 0
        if len(among) >= 12:
            return list(among[: self.number(least, len(among))])
        found = [each for place, each in enumerate(among) if chosen >> place & 1]
        return found if len(found) >= least else list(among[:least])

    def text(self) -> str:
        return self.one(TEXTS)

    def text_or_none(self) -> str | None:
        return self.one((None, *TEXTS))

"""What one installation compiled serves the others: their tables are the same, and so is the SQL."""

from collections.abc import Callable
from typing import Any

from app.sources.sql.effects.statements import Statements
from schemas.data_map import DataMap

Compile = Callable[[Statements, tuple[Any, ...], Callable[[], Any]], Any]


def compiling_once() -> Compile:
    """Give what takes the place of ``Statements._once`` and remembers beyond one installation."""
    once = Statements._once
    known: dict[tuple[Any, ...], Any] = {}
    texts: dict[int, tuple[DataMap, str]] = {}

    def remembered(self: Statements, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        number = id(self.data_map)
        if number not in texts:  # kept with the map, so that its number stays its own
            texts[number] = (self.data_map, self.data_map.model_dump_json())
        whole = (texts[number][1], self.right, *key)
        if whole not in known:
            known[whole] = once(self, key, make)
        return known[whole]

    return remembered

"""Columns that are compared can be, and literals fit where they stand."""

from collections.abc import Iterator

from app.datamap.column_types import family, misfit
from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.pairings import Pairing, pairings
from app.datamap.walk import changes, conditions, filters, nested, source_of
from app.domain.catalogue import Column
from app.rules import STAND_IN
from schemas.data_map import Change, Condition, Scalar

_NUMBERS = {"integer", "decimal"}


def check_types(live: Live) -> Iterator[Finding]:
    """Find columns of types that do not go together, and literals that do not fit.

    Args:
        live: Any.
    """
    for pairing in pairings(live.data_map, live.source):
        yield from _pairing(live, pairing)
    yield from _created(live)
    for filtered in filters(live.data_map):
        if filtered.source == live.source:
            yield from _literals(live, filtered.path, filtered.table, filtered.condition)
    for placed in conditions(live.data_map):
        if source_of(live.data_map, placed.record_type) == live.source:
            own = placed.condition.model_copy(update={"not_": None})
            yield from _literals(live, placed.path, placed.record_type.table, own)
            yield from _person_gone(live, placed.path, placed.record_type.table, placed.condition)
    for changed in changes(live.data_map):
        if changed.source == live.source:
            yield from _change(live, changed.path, changed.table, changed.change)


def _pairing(live: Live, pairing: Pairing) -> Iterator[Finding]:
    one, other = live.column(*pairing.one), live.column(*pairing.other)
    if one is None or other is None or _comparable(one, other):
        return
    first, second = ".".join(pairing.one), ".".join(pairing.other)
    detail = f"`{first}` is {one.type_name}, and `{second}` is {other.type_name}"
    remedy = "Name columns of one type: a comparison of these would fail or miss records."
    yield live.document.error(pairing.path, detail, remedy)


def _comparable(one: Column, other: Column) -> bool:
    families = {family(one), family(other)}
    return len(families) == 1 or families <= _NUMBERS


def _person_gone(live: Live, path: Path, table: str, condition: Condition) -> Iterator[Finding]:
    if condition.person_gone is None or not live.holds_subjects:
        return
    subject = live.data_map.subject
    person = (table, condition.person_gone)
    yield from _pairing(live, Pairing((*path, "person_gone"), person, (subject.table, subject.key)))


def _created(live: Live) -> Iterator[Finding]:
    subject = live.data_map.subject
    if not live.holds_subjects or subject.created is None:
        return
    column = live.column(subject.table, subject.created)
    if column is None or column.base_type == "timestamptz" or family(column) == "integer":
        return
    detail = f"`{column.name}` is {column.type_name}, which does not say which moment it was"
    remedy = "Name a column with a time zone, or one that counts seconds since 1970."
    yield live.document.error(("subject", "created"), detail, remedy)


def _literals(live: Live, path: Path, table: str, condition: Condition) -> Iterator[Finding]:
    for place, inner in nested(path, condition):
        for name, wanted in (inner.is_ or {}).items():
            column = live.column(table, name)
            for value in wanted if isinstance(wanted, tuple) else (wanted,):
                if column is not None:
                    yield from _literal(live, (*place, "is", name), column, value)


def _literal(live: Live, path: Path, column: Column, value: Scalar) -> Iterator[Finding]:
    why = misfit(value, column) if value is not None else None
    if why is not None:
        detail = f"`{value}` {why}, the type of `{column.name}`"
        yield live.document.error(path, detail, "Write a value of that type.")


def _computed(live: Live, path: Path, table: str, change: Change) -> Iterator[Finding]:
    places = [("set", name) for name in change.set_ or ()]
    for key, name in (*places, *(("blank", name) for name in change.blank or ())):
        column = live.column(table, name)
        if column is not None and column.is_generated:
            detail = f"the database computes `{name}` itself, and refuses to have it changed"
            yield live.document.error(
                (*path, key, name), detail, "Change what it is computed from."
            )


def _change(live: Live, path: Path, table: str, change: Change) -> Iterator[Finding]:
    yield from _computed(live, path, table, change)
    for name, value in (change.set_ or {}).items():
        column = live.column(table, name)
        if column is None:
            continue
        place = (*path, "set", name)
        if value is None and not column.is_nullable:
            detail = f"`{name}` is set to null, and may not be null"
            yield live.document.error(place, detail, "Set a literal.")
        elif value == STAND_IN:
            subject = live.data_map.subject
            yield from _pairing(live, Pairing(place, (table, name), (subject.table, subject.key)))
        else:
            yield from _literal(live, place, column, value)
    for name in change.blank or ():
        column = live.column(table, name)
        if column is not None and not column.is_nullable and family(column) != "text":
            detail = f"`{name}` is {column.type_name} and may not be null, so it cannot be emptied"
            yield live.document.error((*path, "blank", name), detail, "Use `set` for it.")

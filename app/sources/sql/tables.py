"""Tables of the live catalogue as SQLAlchemy constructs, and the ``is`` conditions over them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    Alias,
    ClauseElement,
    ColumnElement,
    FromClause,
    Select,
    TableClause,
    Text,
    and_,
    cast,
    column,
    literal,
    literal_column,
    or_,
    table,
    true,
)
from sqlalchemy.dialects import postgresql

from app.domain.catalogue import Catalogue
from app.domain.errors import SourceFailure
from schemas.data_map import Condition, Scalar

Query = Select[*tuple[Any, ...]]
"""A statement of any columns."""


def relation(catalogue: Catalogue, name: str) -> TableClause:
    """Give a table with its columns.

    Args:
        catalogue: The live catalogue.
        name: As the data map spells it.

    Raises:
        SourceFailure: The database has no such table.
    """
    known = catalogue.tables.get(name)
    if known is None:
        raise SourceFailure(catalogue.schema, f"there is no table {name}", transient=False)
    return table(name, *(column(each) for each in known.columns), schema=catalogue.schema)


def target(catalogue: Catalogue, name: str) -> Alias[Any]:
    """Give a table as ``x``, to be changed or deleted from; arguments as ``relation``."""
    return cast_type(Alias[Any], relation(catalogue, name).alias("x"))


_DIALECT = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


_LISTENER: ContextVar[Callable[[ClauseElement], None] | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Callable[[ClauseElement], None]) -> Iterator[None]:
    """Show every statement that is written until the block ends to somebody, too."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def announce(statement: ClauseElement) -> None:
    """Show a statement that is not written by ``render`` to whoever listens."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(statement)


def render(query: ClauseElement) -> str:
    """Give a statement's text; the only literals in it come from the data map."""
    announce(query)
    return str(query.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


def text_literal(text: str) -> ColumnElement[str]:
    """Write a text of the map or catalogue into a statement, also where no parameter may stand."""
    return cast(literal_column("'" + text.replace("'", "''") + "'"), Text)


def quoted(name: str) -> str:
    """Spell the name of a table or column as SQL wants it."""
    return str(_DIALECT.identifier_preparer.quote(name))


def qualified(catalogue: Catalogue, name: str) -> str:
    """Spell the name of a table with its schema.

    Args:
        catalogue: The live catalogue.
        name: A table of it.
    """
    return f"{quoted(catalogue.schema)}.{quoted(name)}"


def condition(of: FromClause, asked: Condition) -> ColumnElement[bool]:
    """Compile an ``is`` (or ``not`` ``is``) over one table.

    Args:
        of: The table or alias.
        asked: A condition of the data map that asks about columns only.
    """
    parts = [holds_values(of, asked.is_ or {})]
    if asked.not_ is not None:
        parts.append(condition(of, asked.not_).is_not(true()))  # NULL is not a yes either
    return and_(*parts)


def holds_values(
    of: FromClause, values: Mapping[str, Scalar | tuple[Scalar, ...]]
) -> ColumnElement[bool]:
    """Ask whether columns hold a value, or one of several; NULL where that cannot be told.

    Args:
        of: The table or alias.
        values: By column.
    """
    return and_(true(), *(_is(of, name, value) for name, value in values.items()))


def _is(of: FromClause, name: str, value: Scalar | tuple[Scalar, ...]) -> ColumnElement[bool]:
    values = value if isinstance(value, tuple) else (value,)
    present = [each for each in values if each is not None]
    parts: list[ColumnElement[bool]] = []
    if present:
        parts.append(of.c[name].in_([literal(each) for each in present]))
    if None in values:
        parts.append(of.c[name].is_(None))
    return or_(*parts)


def matched(left: FromClause, right: FromClause, match: Mapping[str, str]) -> ColumnElement[bool]:
    """Join two tables on a map's ``match``.

    Args:
        left: The table whose columns are the keys of ``match``.
        right: The table whose columns are its values.
        match: Column to column.
    """
    return and_(*(left.c[mine] == right.c[theirs] for mine, theirs in match.items()))

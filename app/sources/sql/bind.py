"""The subject and the controller as SQL expressions.

They are read from transaction-local settings, so that the text of a statement is the same for every
subject: it is compiled once, and no value ever becomes part of it.
"""

from typing import Any

from sqlalchemy import ColumnElement, cast, exists, func, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from app.domain.catalogue import Catalogue, Column
from app.domain.errors import SourceFailure
from app.sources.sql.tables import condition, relation
from schemas.data_map import DataMap

SUBJECT_SETTING = "habeas.subject"
CONTROLLER_SETTING = "habeas.controller_key"
STAND_IN_SETTING = "habeas.stand_in"
"""The key of the controller's stand-in; empty where there is none."""
REMNANTS_SETTING = "habeas.remnants"
"""The keys of erased persons whose stripped row remains, as an array's text."""
NAMED_BY_KEPT_SETTING = "habeas.named_by_kept"
"""Whether kept records name the subject: ``true`` or ``false``."""
NAMED_BY_HELD_SETTING = "habeas.named_by_held"
"""Whether kept records that restrictions hold name the subject: ``true`` or ``false``."""

_KEY_TYPES: dict[str, TypeEngine[Any]] = {
    "int2": postgresql.BIGINT(),
    "int4": postgresql.BIGINT(),
    "int8": postgresql.BIGINT(),
    "numeric": postgresql.NUMERIC(),
    "uuid": postgresql.UUID(),
    "text": postgresql.TEXT(),
    "varchar": postgresql.TEXT(),
    "bpchar": postgresql.TEXT(),
    "citext": postgresql.TEXT(),
    "inet": postgresql.INET(),
}


def key_type(column: Column) -> TypeEngine[Any]:
    """Give the type in which keys are compared with a column.

    Raises:
        SourceFailure: The column's type holds no key.
    """
    try:
        return _KEY_TYPES[column.base_type]
    except KeyError as error:
        raise SourceFailure(
            column.name, f"a key of type {column.type_name} is not supported", transient=False
        ) from error


def _setting(name: str, column: Column) -> ColumnElement[object]:
    """Read a setting as a subquery: it is evaluated once a statement, not once a row."""
    written = func.nullif(func.current_setting(literal(name)), literal(""))
    return select(cast(written, key_type(column))).scalar_subquery()


def subject_key(column: Column) -> ColumnElement[object]:
    """Give the subject's key, typed to be compared with a column.

    Args:
        column: A column that holds keys of persons.

    Raises:
        SourceFailure: The column's type holds no key.
    """
    return _setting(SUBJECT_SETTING, column)


def controller_key(column: Column) -> ColumnElement[object]:
    """Give the controller's key, typed to be compared with a column."""
    return _setting(CONTROLLER_SETTING, column)


def subject_of_controller(data_map: DataMap, catalogue: Catalogue) -> ColumnElement[bool]:
    """Ask whether the subject is a person of the controller: true or false for a whole statement."""
    subject = data_map.subject
    person = relation(catalogue, subject.table).alias("subject_row")
    columns = catalogue.tables[subject.table].columns
    query = select(literal(1)).select_from(person)
    query = query.where(person.c[subject.key] == subject_key(columns[subject.key]))
    if subject.controller is not None:
        query = query.where(
            person.c[subject.controller] == controller_key(columns[subject.controller])
        )
    if subject.where is not None:
        query = query.where(condition(person, subject.where))
    return exists(query)

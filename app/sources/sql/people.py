"""Finding and describing persons: the only statements that read the subject table alone."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Text, cast, func, literal_column, null, select
from sqlalchemy.sql.selectable import NamedFromClause

from app.domain.catalogue import Catalogue, Column
from app.domain.errors import SourceFailure
from app.sources.sql.bind import controller_key, key_type, subject_key
from app.sources.sql.tables import Query, condition, relation, render
from app.sources.sql.text import plain
from schemas.data_map import DataMap, SubjectIdentifier, SubjectSpec

_INTEGERS = {"int2", "int4", "int8"}
_BIGINT = 1 << 63


def describe_sql(data_map: DataMap, catalogue: Catalogue) -> str:
    """Give the statement that shows the subject; no row where the controller has no such person.

    It reads the subject and the controller from the transaction's settings.
    """
    subject = data_map.subject
    person, columns, query = _shown(subject, catalogue)
    query = query.where(person.c[subject.key] == subject_key(columns[subject.key]))
    if subject.controller is not None:
        query = query.where(
            person.c[subject.controller] == controller_key(columns[subject.controller])
        )
    return render(query)


def search_sql(data_map: DataMap, catalogue: Catalogue, identifier: SubjectIdentifier) -> str:
    """Give the statement that finds persons: ``$1`` value, ``$2`` controller's key, ``$3`` limit.

    Its first column is ``subject_key``, the others are what the map displays.
    """
    subject = data_map.subject
    person, columns, query = _shown(subject, catalogue)
    query = query.where(_same(person, columns, identifier))
    of_controller: ColumnElement[bool] = literal_column("$2::text IS NOT NULL")
    if subject.controller is not None:
        of_controller = person.c[subject.controller] == cast(
            literal_column("$2::text"), key_type(columns[subject.controller])
        )
    query = query.where(of_controller).order_by(person.c[subject.key])
    return f"{render(query)} LIMIT $3::bigint"


def keys_sql(data_map: DataMap, catalogue: Catalogue) -> str:
    """Give the statement that names every person of a controller: ``$1`` its key in the LMS.

    Its columns are ``subject_key`` and ``created_at``, empty where the map does not say when
    persons were created.
    """
    subject = data_map.subject
    person, columns, _ = _shown(subject, catalogue)
    key = cast(person.c[subject.key], Text).label("subject_key")
    query: Query = select(key, _created(subject, person, columns).label("created_at"))
    if subject.where is not None:
        query = query.where(condition(person, subject.where))
    of_controller: ColumnElement[bool] = literal_column("$1::text IS NOT NULL")
    if subject.controller is not None:
        of_controller = person.c[subject.controller] == cast(
            literal_column("$1::text"), key_type(columns[subject.controller])
        )
    return render(query.where(of_controller))


def count_sql(data_map: DataMap, catalogue: Catalogue) -> str:
    """Give the statement that counts the persons of a controller: ``$1`` its key in the LMS."""
    return f"SELECT count(*) FROM ({keys_sql(data_map, catalogue)}) AS person"  # noqa: S608 - our own


def read_key_sql(catalogue: Catalogue, table: str, column: str) -> str:
    """Give the statement that reads a key, ``$1``, as one that a column is compared with.

    Raises:
        SourceFailure: There is no such column, or its type holds no key.
    """
    known = catalogue.tables[table].columns.get(column) if table in catalogue.tables else None
    if known is None:
        detail = f"there is no column {table}.{column}"
        raise SourceFailure(catalogue.schema, detail, transient=False)
    key: ColumnElement[Any] = cast(literal_column("$1::text"), key_type(known))
    if known.base_type == "numeric":
        key = func.trim_scale(key)  # 1.0 is 1
    return render(select(cast(key, Text)))


def _created(
    subject: SubjectSpec, person: NamedFromClause, columns: dict[str, Column]
) -> ColumnElement[Any]:
    """Give the moment at which a person was created; whole numbers are epoch seconds."""
    if subject.created is None:
        return cast(null(), DateTime(timezone=True))
    column = person.c[subject.created]
    if columns[subject.created].base_type in _INTEGERS:
        return func.to_timestamp(column)
    return cast(column, DateTime(timezone=True))


def fits(
    data_map: DataMap, catalogue: Catalogue, identifier: SubjectIdentifier, value: str
) -> bool:
    """Tell whether a value can be an identifier at all: letters are no number.

    Args:
        data_map: The map.
        catalogue: The live catalogue.
        identifier: One of the map's identifiers.
        value: What a caller looks for.
    """
    column = catalogue.tables[data_map.subject.table].columns[identifier.column]
    try:
        if column.base_type in _INTEGERS:
            return -_BIGINT <= int(value) < _BIGINT
        if column.base_type == "uuid":
            UUID(value)
    except ValueError:
        return False
    return True


def _shown(
    subject: SubjectSpec, catalogue: Catalogue
) -> tuple[NamedFromClause, dict[str, Column], Query]:
    columns = dict(catalogue.tables[subject.table].columns)
    person = relation(catalogue, subject.table).alias("person")
    texts = [plain(person.c[each], columns[each], None).label(each) for each in subject.display]
    key = cast(person.c[subject.key], Text).label("subject_key")
    query: Query = select(key, *texts)
    if subject.where is not None:
        query = query.where(condition(person, subject.where))
    return person, columns, query


def _same(
    person: NamedFromClause, columns: dict[str, Column], identifier: SubjectIdentifier
) -> ColumnElement[bool]:
    column = person.c[identifier.column]
    if identifier.ignore_case:
        return func.lower(column) == func.lower(literal_column("$1::text"))
    return column == cast(literal_column("$1::text"), key_type(columns[identifier.column]))

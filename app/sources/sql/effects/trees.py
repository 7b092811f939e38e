"""Tables that refer to themselves are worked leaf-first."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, TableClause, and_, exists, func, literal_column, or_, select
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from app.domain.catalogue import Catalogue, ForeignKey
from app.ordering import within
from app.sources.sql.effects.cells import typed
from app.sources.sql.tables import relation
from schemas.data_map import RecordType


def depth_of(
    catalogue: Catalogue, spec: RecordType, records: FromClause
) -> ColumnElement[int] | None:
    """Give how many ancestors a record has besides itself; None where the table is no tree.

    Args:
        catalogue: The live catalogue.
        spec: The record type.
        records: Holds the key's text as ``key_0``.
    """
    table = catalogue.tables[spec.table]
    parent = next(
        (
            key.columns[0]
            for key in table.foreign_keys
            if key.references == table.name and key.referenced_columns == spec.key
        ),
        None,
    )
    if parent is None or len(spec.key) != 1:
        return None
    (key,) = spec.key
    own = typed(records.c.key_0, table.columns[key])  # not the other way: keys have an index
    row = relation(catalogue, table.name).alias("node")
    first = select(row.c[parent].label("ancestor")).where(row.c[key] == own).correlate(records)
    above = first.cte("walk", recursive=True, nesting=True)
    upper = relation(catalogue, table.name).alias("upper")
    # Each ancestor once: a walk that comes round in a circle ends there.
    above = above.union(select(upper.c[parent]).where(upper.c[key] == above.c.ancestor))
    counted = select(func.count()).select_from(above).where(above.c.ancestor != own)
    return counted.correlate(records).scalar_subquery()


def lies_under(
    catalogue: Catalogue,
    name: str,
    row: FromClause,
    asked: Callable[[NamedFromClause], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """Ask whether anything of some kind lies under a row of a table that refers to itself, however far down.

    Args:
        catalogue: The live catalogue.
        name: The table.
        row: One of its rows.
        asked: Says of a row whether it is of that kind.
    """
    table = catalogue.tables[name]
    return or_(*(_lies_under(relation(catalogue, name), key, row, asked) for key in within(table)))


def _lies_under(
    table: TableClause,
    key: ForeignKey,
    row: FromClause,
    asked: Callable[[NamedFromClause], ColumnElement[bool]],
) -> ColumnElement[bool]:
    child, lower, node = (table.alias(name) for name in ("child", "lower", "below"))
    first = select(*(child.c[each] for each in key.referenced_columns)).correlate(row)
    below = first.where(refers(key, child, row)).cte("beneath", recursive=True, nesting=True)
    further = select(*(lower.c[each] for each in key.referenced_columns))
    below = below.union(further.where(refers(key, lower, below)))
    is_node = and_(*(node.c[each] == below.c[each] for each in key.referenced_columns))
    return exists(
        select(literal_column("1")).select_from(below.join(node, is_node)).where(asked(node))
    )


def refers(key: ForeignKey, row: FromClause, to: FromClause) -> ColumnElement[bool]:
    """Ask whether a row refers to another by a foreign key.

    Args:
        key: Of the row's table.
        row: The referring one.
        to: The other.
    """
    pairs = zip(key.columns, key.referenced_columns, strict=True)
    return and_(*(row.c[own] == to.c[theirs] for own, theirs in pairs))

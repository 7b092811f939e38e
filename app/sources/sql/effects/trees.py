"""Tables that refer to themselves are worked leaf-first."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue import Catalogue
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

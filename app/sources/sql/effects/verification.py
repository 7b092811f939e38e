"""The statements that look whether effects stand: the records' keys are sent, those amiss are counted."""

from sqlalchemy import ColumnElement, Text, cast, func, literal, or_, select

from app.domain.catalogue import Catalogue
from app.sources.sql.bind import subject_key
from app.sources.sql.effects.cells import text_of
from app.sources.sql.effects.changes import Setter
from app.sources.sql.effects.keys import is_sent, sent_keys
from app.sources.sql.tables import relation, render
from schemas.data_map import Change, RecordType


def unaffected(catalogue: Catalogue, spec: RecordType, change: Change | None) -> str:
    """Count records that do not look as they were left.

    Args:
        catalogue: The live catalogue.
        spec: The record type.
        change: What was set; None where the rows were deleted.
    """
    table = catalogue.tables[spec.table]
    row = relation(catalogue, spec.table).alias("t")
    sent = sent_keys(spec, table)
    query = select(func.count()).select_from(row.join(sent, is_sent(row, sent, spec)))
    if change is not None:
        setter = Setter(spec, table)
        parts: list[ColumnElement[bool]] = [literal(value=False)]
        for name, value in setter.assignments(change, row).items():
            column = table.columns[name]
            if name in setter.persons():
                parts.append(row.c[name] == subject_key(column))
                continue
            now = text_of(row.c[name], column)
            parts.append(now.is_distinct_from(cast(text_of(value, column), Text)))
        query = query.where(or_(*parts))
    return render(query)

"""Tables and columns that a data map names exist."""

from collections.abc import Iterator

from app.datamap.column_uses import columns, tables
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.suggestions import suggest


def check_columns(live: Live) -> Iterator[Finding]:
    """Find tables and columns that the database does not have.

    Args:
        live: A map whose own names are defined.
    """
    for use in tables(live.data_map, live.source):
        if live.table(use.table) is None:
            detail = f"there is no table `{use.table}` in the schema `{live.catalogue.schema}`"
            remedy = suggest(use.table, live.catalogue.tables)
            yield live.document.error(use.path, detail, remedy)
    for column_use in columns(live.data_map, live.source):
        table = live.table(column_use.table)
        if table is not None and column_use.column not in table.columns:
            detail = f"the table `{table.name}` has no column `{column_use.column}`"
            remedy = suggest(column_use.column, table.columns)
            yield live.document.error(column_use.path, detail, remedy)

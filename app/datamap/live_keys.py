"""Keys name one row, and lookups find one."""

from collections.abc import Iterable, Iterator

from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.domain.catalogue import Table
from app.rules import branches_of
from schemas.data_map import RecordType
from schemas.vocabulary import Right

_RIGHTS = (Right.RESTRICTION, Right.ERASURE)


def check_keys(live: Live) -> Iterator[Finding]:
    """Find keys that may name several rows.

    Args:
        live: Any.
    """
    subject = live.data_map.subject
    if live.holds_subjects:
        yield from _key(live, ("subject", "key"), subject.table, (subject.key,))
    for name, record_type in live.record_types.items():
        path: Path = ("record_types", name)
        if record_type.holds_nothing is None:
            yield from _key(live, (*path, "key"), record_type.table, record_type.key)
            yield from _nameless(live, (*path, "key"), record_type)
        for field_name, spec in record_type.fields.items():
            if spec.lookup is not None:
                place = (*path, "fields", field_name, "lookup", "match")
                matched = spec.lookup.match.values()
                yield from _key(live, place, spec.lookup.table, matched)


def _nameless(live: Live, path: Path, record_type: RecordType) -> Iterator[Finding]:
    """Find records that no key names: what is changed has to be found again."""
    table = live.table(record_type.table)
    has_rules = any(branches_of(record_type, right) for right in _RIGHTS)
    if table is None or not table.is_table or not has_rules:
        return
    for name in record_type.key:
        column = table.columns.get(name)
        if column is not None and column.is_nullable:
            detail = f"`{name}` may be null, so it does not name every row of `{table.name}`"
            remedy = f"ALTER TABLE {table.name} ALTER COLUMN {name} SET NOT NULL, or another key."
            yield live.document.error(path, detail, remedy)


def is_unique(table: Table, columns: Iterable[str]) -> bool:
    """Say whether columns name at most one row.

    Args:
        table: A table of the database.
        columns: Some of its columns.
    """
    given = set(columns)
    return any(set(unique) <= given for unique in table.unique_keys)


def _key(live: Live, path: Path, name: str, columns: Iterable[str]) -> Iterator[Finding]:
    table, given = live.table(name), tuple(columns)
    if table is None or not table.columns.keys() >= set(given) or is_unique(table, given):
        return
    spelled = ", ".join(f"`{column}`" for column in given)
    if not table.is_table:
        detail = f"`{name}` is a view: nothing promises that {spelled} names one row"
        yield live.document.warning(path, detail, "Make sure that it does, or name the table.")
        return
    detail = f"no unique index says that {spelled} names one row of `{name}`"
    keys = " or ".join(f"[{', '.join(unique)}]" for unique in table.unique_keys)
    remedy = f"Its unique keys are {keys}." if keys else "Add a unique index to the table."
    yield live.document.error(path, detail, remedy)

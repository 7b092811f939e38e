"""Records are found by an index."""

from collections.abc import Iterable, Iterator

from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.domain.catalogue import Table
from schemas.data_map import Condition, RecordType, SubjectIdentifier


def check_indexes(live: Live) -> Iterator[Finding]:
    """Find columns by which records are located and that no index leads to.

    Args:
        live: Any.
    """
    if live.holds_subjects:
        yield from _identifiers(live)
        yield from _audiences(live)
    for name, record_type in live.record_types.items():
        yield from _roles(live, ("record_types", name), record_type)


def _identifiers(live: Live) -> Iterator[Finding]:
    subject = live.data_map.subject
    table = live.table(subject.table)
    if table is None:
        return
    fixed = {subject.controller or "", *_fixed(subject.where)}
    for name, identifier in subject.identifiers.items():
        path: Path = ("subject", "identifiers", name)
        if identifier.column not in table.columns:
            continue
        if not _serves_identifier(table, identifier, fixed):
            wanted = identifier.column
            if identifier.ignore_case and not _is_case_blind(table, wanted):
                wanted = f"lower({wanted})"
            yield _unindexed(live, path, table.name, wanted)


def _serves_identifier(table: Table, identifier: SubjectIdentifier, fixed: set[str]) -> bool:
    is_plain = not identifier.ignore_case or _is_case_blind(table, identifier.column)
    # An expression's text is not in the catalogue: an index that leads with one may be the one.
    wanted = {identifier.column} if is_plain else {""}
    return not table.is_table or leads(table, wanted, fixed - {""})


def _is_case_blind(table: Table, column: str) -> bool:
    found = table.columns.get(column)
    return found is not None and found.base_type == "citext"


def _audiences(live: Live) -> Iterator[Finding]:
    for name, audience in live.data_map.audiences.items():
        table = live.table(audience.table) if audience.table is not None else None
        if table is not None:
            wanted = tuple((audience.match or {}).values())
            path: Path = ("audiences", name, "match")
            yield from _located(live, path, table, wanted, _fixed(audience.where))


def _roles(live: Live, path: Path, record_type: RecordType) -> Iterator[Finding]:
    table = live.table(record_type.table)
    if table is None:
        return
    fixed = {
        *_fixed(record_type.where),
        *([record_type.controller] if record_type.controller else []),
    }
    for name, role in record_type.roles.items():
        by = (role.column,) if role.column is not None else tuple(role.match or ())
        key = "column" if role.column is not None else "match"
        place = (*path, "roles", name, key)
        yield from _located(live, place, table, by, fixed | _fixed(role.where))


def _located(
    live: Live, path: Path, table: Table, columns: tuple[str, ...], fixed: set[str]
) -> Iterator[Finding]:
    known = [column for column in columns if column in table.columns]
    if table.is_table and known and not leads(table, known, fixed):
        yield _unindexed(live, path, table.name, ", ".join(known))


def leads(table: Table, columns: Iterable[str], fixed: set[str]) -> bool:
    """Say whether an index leads to one of some columns.

    Args:
        table: A table of the database.
        columns: Columns whose value is looked for; ``""`` stands for an expression.
        fixed: Columns that every such look holds to one value, and that may stand before.
    """
    wanted = set(columns)
    for index in table.indexes:
        for column in index:
            if column in wanted:
                return True
            if column not in fixed:
                break
    return False


def _fixed(condition: Condition | None) -> set[str]:
    return set(condition.is_ or ()) if condition is not None else set()


def _unindexed(live: Live, path: Path, table: str, columns: str) -> Finding:
    detail = f"no index of `{table}` leads to `{columns}`: every look reads the whole table"
    return live.document.warning(path, detail, f"CREATE INDEX ON {table} ({columns}).")

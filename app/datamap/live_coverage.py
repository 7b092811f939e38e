"""Every column that refers to a person stands in the map."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.walk import references
from app.domain.catalogue import Table
from app.references import Place, place_of
from schemas.data_map import SubjectSpec


def check_coverage(live: Live) -> Iterator[Finding]:
    """Find columns that refer to a person and that no role of the map locates by.

    Args:
        live: Any; silent about sources that hold no persons.
    """
    if not live.holds_subjects:
        return
    covered, left_out = _covered(live), _left_out(live)
    silent_about = {
        record_type.table
        for record_type in live.record_types.values()
        if record_type.holds_nothing is not None
    }
    referring = _referring(live)
    for (table, column), (why, role) in sorted(referring.items()):
        if (table, column) in covered or table in silent_about:
            continue
        if (table, column) in left_out:
            path, because = left_out[table, column]
            detail = f"`{table}.{column}` {why}, and no right reaches it: {because.rstrip('.')}"
            remedy = f"Nothing, as long as that is so. Otherwise add {role}."
            yield live.document.left_out(path, detail, remedy)
            continue
        path = _place_of(live, table)
        named = "the table is in no record type" if len(path) == 1 else "it stands in no role"
        detail = f"`{table}.{column}` {why}, and {named}"
        remedy = f"Add {role}, or say under `left_out` why no right reaches it."
        yield live.document.uncovered(path, detail, remedy)
    yield from _idle_patterns(live)
    yield from _left_out_in_vain(live, referring.keys() - covered)


def _referring(live: Live) -> dict[Place, tuple[str, str]]:
    """Give every column that refers to a person, with the reason to think so and the role it wants."""
    subject = live.data_map.subject
    found: dict[Place, tuple[str, str]] = {}
    for table in live.catalogue.tables.values():
        if table.is_table:
            found.update(_named(table, subject.referred_to_by))
            found.update(_bound(table, subject, _persons(live)))
    found.update(_said(live))
    found.pop((subject.table, subject.key), None)
    return found


def _persons(live: Live) -> str:
    """Name a record type over the table of persons, or else the table."""
    table = live.data_map.subject.table
    return next((name for name, each in live.record_types.items() if each.table == table), table)


def _named(table: Table, patterns: tuple[str, ...]) -> Iterator[tuple[Place, tuple[str, str]]]:
    for column in table.columns:
        pattern = next((one for one in patterns if fnmatchcase(column, one)), None)
        if pattern is not None:
            yield (table.name, column), (f"is named like `{pattern}`", f"a role by `{column}`")


def _bound(
    table: Table, subject: SubjectSpec, persons: str
) -> Iterator[tuple[Place, tuple[str, str]]]:
    why = f"refers to `{subject.table}`"
    for key in table.foreign_keys:
        if key.references != subject.table:
            continue
        for column, target in zip(key.columns, key.referenced_columns, strict=True):
            if target == subject.key:
                yield (table.name, column), (why, f"a role by `{column}`")
            elif subject.key not in key.referenced_columns and target != subject.controller:
                role = f"a role via `{persons}` with `match: {{{column}: {target}}}`"
                yield (table.name, column), (f"{why} by `{target}`", role)


def _said(live: Live) -> Iterator[tuple[Place, tuple[str, str]]]:
    subject = live.data_map.subject
    for reference in references(live.data_map, live.source):
        if reference.target == (subject.table, subject.key):
            role = f"a role by `{reference.column[1]}`"
            yield reference.column, (f"refers to `{subject.table}`", role)


def _covered(live: Live) -> set[Place]:
    subject = live.data_map.subject
    covered: set[Place] = set()
    mapped = {record_type.table for record_type in live.record_types.values()}
    for record_type in live.record_types.values():
        for role in record_type.roles.values():
            if role.column is not None:
                covered.add((record_type.table, role.column))
            via = live.data_map.record_types.get(role.via) if role.via is not None else None
            if via is not None and via.table == subject.table:
                covered.update((record_type.table, own) for own in role.match or {})
    for audience in live.data_map.audiences.values():
        if audience.table in mapped and audience.person is not None:
            covered.add((audience.table, audience.person))
    return covered


def _left_out(live: Live) -> dict[Place, tuple[Path, str]]:
    """Give every column that the map says no right reaches, with where it says so and why."""
    return {
        place_of(spelled): (("left_out", number, "columns", position), spec.because)
        for number, spec in enumerate(live.data_map.left_out)
        for position, spelled in enumerate(spec.columns)
    }


def _left_out_in_vain(live: Live, uncovered: AbstractSet[Place]) -> Iterator[Finding]:
    for (table, column), (path, _) in _left_out(live).items():
        if live.column(table, column) is not None and (table, column) not in uncovered:
            detail = f"`{table}.{column}` is left out, and stands in a role or refers to no person"
            yield live.document.error(
                path, detail, "Take it out of `left_out`, or out of the role."
            )


def _place_of(live: Live, table: str) -> Path:
    for name, record_type in live.record_types.items():
        if record_type.table == table:
            return ("record_types", name, "roles")
    return ("record_types",)


def _idle_patterns(live: Live) -> Iterator[Finding]:
    columns = {column for table in live.catalogue.tables.values() for column in table.columns}
    for position, pattern in enumerate(live.data_map.subject.referred_to_by):
        if not any(fnmatchcase(column, pattern) for column in columns):
            path = ("subject", "referred_to_by", position)
            detail = f"no column is named like `{pattern}`"
            yield live.document.warning(path, detail, "Correct it or take it out.")

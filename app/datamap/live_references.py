"""What refers to rows that are deleted is gone by then, or has let go of them."""

from collections.abc import Iterator

from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.domain.catalogue import ForeignKey
from app.domain.errors import SourceFailure
from app.ordering import asked_by, interleaved_with, may_go, order_of
from app.rules import branches_of, change_of, columns_of
from schemas.data_map import RecordType
from schemas.vocabulary import Effect, Right

_RIGHTS = (Right.RESTRICTION, Right.ERASURE)


def check_references(live: Live) -> Iterator[Finding]:
    """Find foreign keys that would keep rows from being deleted, and circles of references.

    Args:
        live: Any.
    """
    for name in live.record_types:
        yield from _interleaving(live, name)
    for right in _RIGHTS:
        try:
            order_of(live.data_map, live.catalogue, live.source, right)
        except SourceFailure as error:
            remedy = "Let one of them be kept or anonymised, or let its foreign key empty itself."
            yield live.document.error(("record_types",), error.detail, remedy)
        for name, spec in live.record_types.items():
            if may_go(spec, right):
                yield from _refusing(live, ("record_types", name), spec, right)
                yield from _unmaking(live, ("record_types", name), spec, right)


def _refusing(live: Live, path: Path, spec: RecordType, right: Right) -> Iterator[Finding]:
    for table, key in live.catalogue.foreign_keys:
        if key.references != spec.table or not key.is_refusing:
            continue
        if table == spec.table or _lets_go(live, table, key, right):
            continue
        spelled = f"`{table}.{', '.join(key.columns)}`"
        detail = f"rows of {spelled} may still refer to rows of `{spec.table}` that are to go"
        remedy = "The database would refuse: let a rule delete them or empty the column first."
        yield live.document.warning((*path, right.value), detail, remedy)


def _unmaking(live: Live, path: Path, spec: RecordType, right: Right) -> Iterator[Finding]:
    """Find what a rule keeps with the person's name, and the database would not once the person goes."""
    is_person = spec.table == live.data_map.subject.table and live.holds_subjects
    if not is_person or _is_waited_for(live, right):
        return
    for table in live.catalogue.tables.values():
        for key in table.foreign_keys:
            is_another = key.references != spec.table or key.is_refusing
            if is_another or not _stays_named(live, table.name, key, right):
                continue
            become = "be deleted" if key.on_delete == "CASCADE" else "name nobody any more"
            spelled = f"`{table.name}.{', '.join(key.columns)}`"
            detail = f"a rule keeps rows of {spelled}, which would {become} with the person's row"
            remedy = "Let the person's row wait until no kept record names it (`named_by_kept`)."
            yield live.document.error((*path, right.value), detail, remedy)


def _interleaving(live: Live, name: str) -> Iterator[Finding]:
    """Find record types that a restriction takes away and whose rows may lie over each other's."""
    right = Right.RESTRICTION
    others = interleaved_with(live.data_map, live.catalogue, name, right)
    if not others:
        return
    beside = ", ".join(f"`{each}`" for each in others)
    detail = (
        f"rows of `{name}` and of {beside} may lie over each other in one table, and a restriction "
        "takes both away"
    )
    remedy = (
        "A lift could not give them back one record type after the other. Make them one record type, "
        "or hide them without removing."
    )
    yield live.document.error(("record_types", name, right.value), detail, remedy)


def _lets_go(live: Live, table: str, key: ForeignKey, right: Right) -> bool:
    """Say whether the rules may delete what refers, or change the referring column."""
    if table in live.catalogue.from_elsewhere:
        return False
    if key.references == live.data_map.subject.table and live.holds_subjects:
        return _is_waited_for(live, right) or not _stays_named(live, table, key, right)
    types = [spec for spec in live.record_types.values() if spec.table == table]
    is_last = table == live.data_map.subject.table and live.holds_subjects
    return any(
        (may_go(spec, right) and not is_last) or _changes(spec, key, right) for spec in types
    )


def _changes(spec: RecordType, key: ForeignKey, right: Right) -> bool:
    for branch in branches_of(spec, right):
        change = change_of(spec, branch.rule, branch.rule.effect)
        if change is not None and set(columns_of(change)) & set(key.columns):
            return True
    return False


def _is_waited_for(live: Live, right: Right) -> bool:
    """Say whether the person's row waits until no kept record names the person."""
    subject = live.data_map.subject
    return any(
        asked.named_by_kept is not None
        for spec in live.record_types.values()
        if spec.table == subject.table
        for asked in asked_by(branches_of(spec, right))
    )


def _stays_named(live: Live, table: str, key: ForeignKey, right: Right) -> bool:
    """Say whether a kept record goes on naming the person by a column."""
    return any(
        branch.rule.effect is Effect.KEEP and spec.roles[branch.role].column in key.columns
        for spec in live.record_types.values()
        if spec.table == table
        for branch in branches_of(spec, right)
    )

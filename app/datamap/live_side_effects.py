"""What the database does of itself when records are changed or deleted is in the map."""

from collections.abc import Iterator

from app.datamap.cascades import is_foreseen, locates, tells_controllers
from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.walk import effects_of, rules, source_of
from app.domain.catalogue import ForeignKey
from app.rules import change_of
from schemas.vocabulary import Effect

_ACTIONS = {
    "CASCADE": "would be deleted",
    "SET NULL": "would lose the reference",
    "SET DEFAULT": "would change the reference",
}
_LETS_GO = (
    "They may be another person's. Nobody is found by this column, so the reference is all that they"
    " lose; a receipt does not count it. To keep it, let the foreign key keep what is referred to"
    " (NO ACTION)."
)


def check_side_effects(live: Live) -> Iterator[Finding]:
    """Find tables that a delete would reach beside the map, and triggers.

    Args:
        live: Any.
    """
    inbound: dict[str, list[tuple[str, ForeignKey]]] = {}
    for name, key in live.catalogue.foreign_keys:
        if key.on_delete in _ACTIONS and name != key.references:
            inbound.setdefault(key.references, []).append((name, key))
    told: set[tuple[str, str]] = set()
    for table_name, path in _deletable(live).items():
        yield from _below(live, path, table_name)
        yield from _reached(live, path, table_name, inbound, told)
    yield from _triggers(live)


def _deletable(live: Live) -> dict[str, Path]:
    """Give every table whose rows a rule deletes or moves, with a place that says so."""
    found: dict[str, Path] = {}
    for placed in rules(live.data_map):
        if source_of(live.data_map, placed.record_type) != live.source:
            continue
        for rule in placed.rules:
            for effect in effects_of(rule):
                change = change_of(placed.record_type, rule, effect)
                if effect is Effect.DELETE or (change is not None and change.remove):
                    found.setdefault(placed.record_type.table, placed.path)
    return found


def _below(live: Live, path: Path, name: str) -> Iterator[Finding]:
    """Find that with a row others of the same table would go or change that refer to it, whosever they are."""
    table = live.table(name)
    for key in table.foreign_keys if table is not None else ():
        if key.references != name or key.on_delete not in _ACTIONS:
            continue
        spelled = f"`{name}.{', '.join(key.columns)}`"
        become = _ACTIONS[key.on_delete]
        detail = f"rows of {spelled} {become} with the rows of the table that they refer to"
        if _only_lets_go(live, name, key):
            yield live.document.warning(path, detail, _LETS_GO)
            continue
        remedy = (
            "They may be another person's. Let the foreign key keep what is referred to"
            " (NO ACTION), or let no rule delete rows of this table."
        )
        yield live.document.error(path, detail, remedy)


def _only_lets_go(live: Live, table: str, key: ForeignKey) -> bool:
    """Say whether rows stay, lose a reference, and are found as before."""
    return key.on_delete != "CASCADE" and not locates(live, table, key)


def _reached(
    live: Live,
    path: Path,
    start: str,
    inbound: dict[str, list[tuple[str, ForeignKey]]],
    told: set[tuple[str, str]],
) -> Iterator[Finding]:
    mapped = {record_type.table for record_type in live.record_types.values()}
    waiting, seen = [start], {start}
    while waiting:
        current = waiting.pop(0)
        for table, key in inbound.get(current, []):
            if (table, key.name) in told:
                continue
            told.add((table, key.name))
            spelled = f"`{table}.{', '.join(key.columns)}`"
            if table not in mapped:
                detail = f"rows of {spelled} {_ACTIONS[key.on_delete]} with `{current}`, unseen"
                yield live.document.error(path, detail, _remedy_unseen(live, table))
            elif not is_foreseen(live, table, key):
                detail = f"rows of {spelled} {_ACTIONS[key.on_delete]} with `{current}`"
                if _only_lets_go(live, table, key):
                    yield live.document.warning(path, detail, _LETS_GO)
                else:
                    yield live.document.error(path, detail, _remedy(live, table, key))
            if key.on_delete == "CASCADE" and table not in seen:
                seen.add(table)
                waiting.append(table)


def _remedy_unseen(live: Live, table: str) -> str:
    if table in live.catalogue.from_elsewhere:
        return (
            f"`{table}` lies in another schema than the source: let the foreign key keep what is"
            " referred to (NO ACTION), and delete its rows first."
        )
    return f"The map does not name `{table}`: add a record type for it."


def _remedy(live: Live, table: str, key: ForeignKey) -> str:
    if tells_controllers(live, table):
        return (
            "They may be another controller's, which an erasure does not find. Let the foreign key"
            f" keep what is referred to (NO ACTION), or leave `controller` out of `{table}` where"
            " what its records refer to says whose they are."
        )
    is_person = live.holds_subjects and key.references == live.data_map.subject.table
    way = f"by `{key.columns[0]}`" if is_person else f"via each record type of `{key.references}`"
    return (
        "They may be another person's, or kept by a rule. Let the foreign key keep what is referred"
        f" to (NO ACTION), or give every record type of `{table}` a role {way}, without `where`,"
        " whose erasure deletes them or lets go first."
    )


def _triggers(live: Live) -> Iterator[Finding]:
    seen: set[str] = set()
    for placed in rules(live.data_map):
        name = placed.record_type.table
        table = live.table(name)
        if source_of(live.data_map, placed.record_type) != live.source or name in seen:
            continue
        seen.add(name)
        if table is not None and table.triggers:
            spelled = ", ".join(f"`{trigger}`" for trigger in table.triggers)
            detail = f"a change of `{name}` sets off {spelled}"
            remedy = (
                "Make sure that what they change is described as well. What they change is put back"
                " by a lift if it may pass them by:"
                " GRANT SET ON PARAMETER session_replication_role TO the role that connects."
            )
            yield live.document.warning(("record_types", placed.type_name, "table"), detail, remedy)

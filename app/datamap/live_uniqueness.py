"""Constants are not set where values must differ."""

from collections.abc import Iterator, Mapping

from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.walk import PlacedChange, changes
from app.domain.catalogue import Table
from app.rules import OWN_KEY


def check_uniqueness(live: Live) -> Iterator[Finding]:
    """Find changes whose second use would violate a unique index.

    Args:
        live: Any.
    """
    for changed in changes(live.data_map):
        table = live.table(changed.table)
        if changed.source == live.source and table is not None:
            yield from _constants(live, changed, table)


def _constants(live: Live, changed: PlacedChange, table: Table) -> Iterator[Finding]:
    constants = {
        name: (*changed.path, "set", name)
        for name, value in (changed.change.set_ or {}).items()
        if value is not None and OWN_KEY not in str(value)
    }
    for name in changed.change.blank or ():
        column = table.columns.get(name)
        if column is not None and not column.is_nullable:  # emptied to "", as it may not be null
            constants[name] = (*changed.path, "blank", name)
    yield from _keys(live, changed, table, constants)
    for looked_at in table.partial_keys if changed.path != ("subject", "stand_in") else ():
        for name in sorted(constants.keys() & set(looked_at)):
            detail = (
                f"a constant is set into `{name}`, at which a unique index over an expression or some"
                f" rows of `{table.name}` looks ([{', '.join(looked_at)}])"
            )
            remedy = "Make sure that a second record with it would not be refused."
            yield live.document.warning(constants[name], detail, remedy)


def _keys(
    live: Live, changed: PlacedChange, table: Table, constants: Mapping[str, Path]
) -> Iterator[Finding]:
    for unique in table.unique_keys:
        hit = [column for column in unique if column in constants]
        if not hit:
            continue
        path = constants[hit[0]]
        spelled = ", ".join(unique)
        if len(hit) == len(unique):
            detail = f"a constant is set into [{spelled}], whose values must differ"
            remedy = "Set null, or leave the column out: the second record would be refused."
            yield live.document.error(path, detail, remedy)
        elif changed.path[0] != "subject":
            detail = f"a constant is set into part of [{spelled}], whose values must differ"
            remedy = "Two records that differ in this column alone would collide: rather delete."
            yield live.document.warning(path, detail, remedy)

"""Constants are not set where values must differ."""

from collections.abc import Iterator

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
        name
        for name, value in (changed.change.set_ or {}).items()
        if value is not None and OWN_KEY not in str(value)
    }
    for unique in table.unique_keys:
        hit = [column for column in unique if column in constants]
        if not hit:
            continue
        path = (*changed.path, "set", hit[0])
        spelled = ", ".join(unique)
        if len(hit) == len(unique):
            detail = f"a constant is set into [{spelled}], whose values must differ"
            remedy = "Set null, or leave the column out: the second record would be refused."
            yield live.document.error(path, detail, remedy)
        elif changed.path[0] != "subject":
            detail = f"a constant is set into part of [{spelled}], whose values must differ"
            remedy = "Two records that differ in this column alone would collide: rather delete."
            yield live.document.warning(path, detail, remedy)

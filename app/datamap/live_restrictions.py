"""A restriction leaves what a lift could not give back: containers, the way to them, what others refer to."""

from collections.abc import Iterator

from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.walk import PlacedRules, conditions, rules, source_of
from app.references import Place, follow
from app.rules import change_of, columns_of
from schemas.data_map import Rule
from schemas.vocabulary import Right


def check_restrictions(live: Live) -> Iterator[Finding]:
    """Find restrictions that move a container away, cut the way to it, or change rows that refer to theirs.

    Args:
        live: Any.

    Reference:
        ``docs/effects.md``, "What conditions see".
    """
    containers, ways = _waited_for(live)
    for placed in rules(live.data_map):
        if placed.right == Right.RESTRICTION and (
            source_of(live.data_map, placed.record_type) == live.source
        ):
            for position, rule in enumerate(placed.rules):
                yield from _moved(live, placed, position, rule, containers)
                yield from _dragged(live, placed, position, rule)
                yield from _cut(live, placed, position, rule, ways)


def _waited_for(live: Live) -> tuple[set[str], set[Place]]:
    """Give the tables of containers, and the columns of other tables that lead on to them."""
    containers: set[str] = set()
    ways: set[Place] = set()
    for placed in conditions(live.data_map):
        if source_of(live.data_map, placed.record_type) != live.source:
            continue
        for path in placed.condition.container_gone or ():
            start = (placed.record_type.table, path)
            tables = [table for table, _ in follow(live.data_map, live.catalogue, start)]
            containers.update(tables)
            ways.update(zip(tables, path.split(".")[1:], strict=False))
    return containers, ways


def _moved(
    live: Live, placed: PlacedRules, position: int, rule: Rule, containers: set[str]
) -> Iterator[Finding]:
    change = change_of(placed.record_type, rule, rule.effect)
    if change is not None and change.remove and placed.record_type.table in containers:
        detail = f"rows of `{placed.record_type.table}` would be gone for rules that wait for them"
        remedy = "Hide by a marker (`set`), so that the row stays."
        yield live.document.error((*placed.path, position), detail, remedy)


def _dragged(live: Live, placed: PlacedRules, position: int, rule: Rule) -> Iterator[Finding]:
    change = change_of(placed.record_type, rule, rule.effect)
    if change is None or not change.remove:
        return
    name = placed.record_type.table
    for table, key in live.catalogue.foreign_keys:
        if key.references == name and not key.is_refusing:
            spelled = f"`{table}.{', '.join(key.columns)}`"
            detail = f"rows of {spelled} would be changed or deleted with rows of `{name}`"
            remedy = (
                "A lift could not give them back: hide by a marker (`set`), so that the row stays."
            )
            yield live.document.error((*placed.path, position), detail, remedy)


def _cut(
    live: Live, placed: PlacedRules, position: int, rule: Rule, ways: set[Place]
) -> Iterator[Finding]:
    change = change_of(placed.record_type, rule, rule.effect)
    table = placed.record_type.table
    for column in columns_of(change) if change is not None else ():
        if (table, column) in ways:
            detail = f"a restriction changes `{column}`, which leads to a container"
            remedy = "A restriction must leave it: hide by a marker, or keep."
            yield live.document.error((*placed.path, position), detail, remedy)

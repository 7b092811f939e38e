"""Containers that rules wait for can be followed."""

from collections.abc import Iterator

from app.datamap.document import Path
from app.datamap.findings import Finding
from app.datamap.live import Live
from app.datamap.suggestions import suggest
from app.datamap.walk import conditions, source_of
from app.references import target


def check_containers(live: Live) -> Iterator[Finding]:
    """Find ``container_gone`` paths that neither foreign keys nor ``references`` carry.

    Args:
        live: Any.
    """
    for placed in conditions(live.data_map):
        if source_of(live.data_map, placed.record_type) != live.source:
            continue
        for position, dotted in enumerate(placed.condition.container_gone or ()):
            path = (*placed.path, "container_gone", position)
            yield from _follow(live, path, placed.record_type.table, dotted.split("."))


def _follow(live: Live, path: Path, start: str, steps: list[str]) -> Iterator[Finding]:
    name = start
    for position, column in enumerate(steps):
        table = live.table(name)
        if table is None:
            return
        if column not in table.columns:
            if position > 0:  # the first step is looked up with all other columns
                detail = f"the table `{name}` has no column `{column}`"
                yield live.document.error(path, detail, suggest(column, table.columns))
            return
        referred = target(live.data_map, live.catalogue, (name, column))
        if referred is None:
            spelled = f"{name}.{column}"
            detail = f"`{spelled}` has no foreign key, so what it names is not known"
            remedy = f'Say it: `references: {{"{spelled}": "table.column"}}`.'
            yield live.document.error(path, detail, remedy)
            return
        name = referred[0]

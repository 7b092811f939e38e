"""What a column refers to: by a foreign key of the database, or because the data map says so.

Reference:
    ``docs/data-map.md``, ``references``.
"""

from collections.abc import Iterator

from app.domain.catalogue import Catalogue
from schemas.data_map import DataMap

Place = tuple[str, str]
"""A table and its column."""


def place_of(spelled: str) -> Place:
    """Read ``table.column``; the table's own name may hold dots.

    Args:
        spelled: As the map spells it.
    """
    table, _, column = spelled.rpartition(".")
    return table, column


def named_tables(data_map: DataMap) -> frozenset[str]:
    """Give the tables that a data map names: those that it reads, and those that they refer to.

    Args:
        data_map: The map.
    """
    read = {each.table for each in data_map.record_types.values()}
    members = {each.table for each in data_map.audiences.values() if each.table is not None}
    referred = {place_of(to)[0] for to in data_map.references.values()}
    return frozenset(read | members | referred)


def target(data_map: DataMap, catalogue: Catalogue, place: Place) -> Place | None:
    """Find the column that another one refers to.

    Args:
        data_map: The map; what it says goes before what the database says.
        catalogue: The live catalogue of the column's source.
        place: The referring column.

    Returns:
        None where neither knows.
    """
    said = data_map.references.get(".".join(place))
    if said is not None:
        return place_of(said)
    table = catalogue.tables.get(place[0])
    for key in table.foreign_keys if table is not None else ():
        if key.columns == (place[1],):
            return key.references, key.referenced_columns[0]
    return None


def follow(data_map: DataMap, catalogue: Catalogue, place: Place) -> Iterator[Place]:
    """Follow a dotted path of columns, each referring to the table of the next.

    Args:
        data_map: The map.
        catalogue: The live catalogue.
        place: The table that the path starts from, and the path (``announcement_id.course_id``).

    Returns:
        What each step refers to, as far as that is known.
    """
    table, path = place
    for column in path.split("."):
        found = target(data_map, catalogue, (table, column))
        if found is None:
            return
        yield found
        table = found[0]


def referred_tables(data_map: DataMap, catalogue: Catalogue, table: str) -> tuple[str, ...]:
    """List the other tables that a table refers to, each once.

    Args:
        data_map: The map.
        catalogue: The live catalogue.
        table: The referring table; one that is not there refers to nothing by foreign keys.
    """
    known = catalogue.tables.get(table)
    found = [key.references for key in known.foreign_keys] if known is not None else []
    found += [
        place_of(to)[0]
        for spelled, to in data_map.references.items()
        if place_of(spelled)[0] == table
    ]
    return tuple(dict.fromkeys(other for other in found if other != table))

"""Which keys and words may stand where in a data map, as its schema says."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from app.datamap.document import Path
from schemas.data_map import DataMap

Schema = dict[str, Any]


@cache
def _schema() -> Schema:
    return DataMap.model_json_schema()


def keys_at(path: Path) -> tuple[str, ...]:
    """List the keys that the grammar knows at a place.

    Args:
        path: The place; steps the grammar does not know are passed over.

    Returns:
        The keys in the order of the grammar; none where the map gives the names itself.
    """
    keys: dict[str, None] = {}
    for schema in _alternatives_at(path):
        keys.update(dict.fromkeys(schema.get("properties", ())))
    return tuple(keys)


def words_at(path: Path) -> tuple[str, ...]:
    """List the words that the grammar knows as the value at a place.

    Args:
        path: The place; steps the grammar does not know are passed over.
    """
    return tuple(word for schema in _alternatives_at(path) for word in schema.get("enum", ()))


def meaning_of(path: Path) -> str:
    """Say what a key is for, as the grammar explains it.

    Args:
        path: The key's place.

    Returns:
        The first paragraph of its explanation, empty where there is none.
    """
    if not path:
        return ""
    for schema in _alternatives_at(path[:-1]):
        described = schema.get("properties", {}).get(path[-1], {}).get("description", "")
        if described:
            return " ".join(str(described).split("\n\n")[0].split())
    return ""


def _alternatives_at(path: Path) -> list[Schema]:
    schemas = list(_flat([_schema()]))
    for step in path:
        inner = [inner for schema in schemas for inner in _flat(_below(schema, step))]
        schemas = inner or schemas
    return schemas


def _below(schema: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        if "items" in schema:
            yield schema["items"]
    elif step in schema.get("properties", {}):
        yield schema["properties"][step]
    else:
        yield from schema.get("patternProperties", {}).values()


def _flat(schemas: Iterable[Schema]) -> Iterator[Schema]:
    for schema in schemas:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            yield from _flat([_schema()["$defs"][name]])
        elif "anyOf" in schema:
            yield from _flat(schema["anyOf"])
        else:
            yield schema

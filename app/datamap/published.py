"""Published versions of data maps, each read once a process."""

from collections.abc import Mapping
from functools import lru_cache

from app.datamap.document import MapDocument
from app.datamap.read import read
from schemas.data_map import DataMap, RecordType

_VERSIONS_KEPT = 256


@lru_cache(maxsize=_VERSIONS_KEPT)
def published(text: str) -> MapDocument:
    """Read a published version; the same text gives the same object.

    Args:
        text: The document, as it was published and checked.

    Raises:
        DataMapError: The grammar has changed since, and no longer reads it.
    """
    return read(text)


def minimised(text: str, excluded_fields: Mapping[str, tuple[str, ...]]) -> DataMap:
    """Give a published map without the fields that a controller keeps from Habeas.

    Args:
        text: The document.
        excluded_fields: By record type.

    Returns:
        The same object for the same arguments.

    Reference:
        Seed 000, "Your institution may for example choose to exclude your name …".
    """
    return _minimised(text, tuple(sorted((k, tuple(v)) for k, v in excluded_fields.items())))


@lru_cache(maxsize=_VERSIONS_KEPT)
def _minimised(text: str, excluded: tuple[tuple[str, tuple[str, ...]], ...]) -> DataMap:
    data_map = published(text).data_map
    if not excluded:
        return data_map
    types = {
        name: _without(data_map.record_types[name], fields)
        for name, fields in excluded
        if name in data_map.record_types
    }
    return data_map.model_copy(update={"record_types": {**data_map.record_types, **types}})


def _without(spec: RecordType, fields: tuple[str, ...]) -> RecordType:
    hidden = {
        name: field.model_copy(update={"internal": True}) if name in fields else field
        for name, field in spec.fields.items()
    }
    return spec.model_copy(update={"fields": hidden})

"""Whose persons a controller's are: its key, as the LMS's databases read it, and no other controller's."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import ControllerId
from app.sources.registry import Sources
from app.store import controllers
from app.store.controllers import Binding, Persons, PersonsTaken
from schemas.data_map import DataMap
from schemas.problem_vocabulary import Problem

_ControllerColumn = tuple[str, str, str]
"""A source, one of its tables, and the column that holds controllers' keys."""


def place_of_persons(data_map: DataMap) -> str:
    """Name the LMS that a map describes: where its persons are, as the map itself says it."""
    source = data_map.sources[data_map.subject.source]
    return f"{source.url} {source.schema_name}"


async def read_persons(sources: Sources, data_map: DataMap, key_in_lms: str | None) -> Persons:
    """Have the databases of a map read a controller's key, and say whose persons it comes to.

    Args:
        sources: Opens them.
        data_map: A map that fits them.
        key_in_lms: As support writes it.

    Raises:
        Refused: The map tells controllers apart by a key, and there is none, or none that its columns
            could hold.
        SourceFailure: A database did not answer, or its address cannot be resolved.
    """
    readings: dict[tuple[str, str, str | None], str] = {}
    for source, table, column in _controller_columns(data_map):
        if not key_in_lms:
            raise _unusable("is missing", column)
        records = sources.records(data_map, source)
        reading = await records.read_controller_key(key_in_lms, table, column)
        if reading is None:
            raise _unusable("cannot be a value", column)
        readings[source, table, column] = reading
    subject = data_map.subject
    own = readings.get((subject.source, subject.table, subject.controller))
    return Persons(place_of_persons(data_map), own)


async def bind(connection: AsyncConnection, controller_id: ControllerId, binding: Binding) -> None:
    """Bind a controller to its data map and its persons, unless they are another controller's.

    Raises:
        Refused: They are; the transaction has failed. Nothing is told of the other.
    """
    try:
        await controllers.bind(connection, controller_id, binding)
    except PersonsTaken as error:
        raise Refused(
            Problem.INVALID_BODY,
            "Another controller has this key in the LMS, or no key tells the two apart: each "
            "institution is one controller.",
            (Fault("/key_in_lms", "is another controller's already"),),
        ) from error


def _controller_columns(data_map: DataMap) -> Iterator[_ControllerColumn]:
    subject = data_map.subject
    if subject.controller is not None:
        yield subject.source, subject.table, subject.controller
    for spec in data_map.record_types.values():
        if spec.controller is not None:
            yield spec.source or subject.source, spec.table, spec.controller


def _unusable(what: str, column: str) -> Refused:
    return Refused(
        Problem.INVALID_BODY,
        f"The data map tells controllers apart by `{column}`: the controller needs its key in the "
        f"LMS, as it stands there. The key {what}.",
        (Fault("/key_in_lms", f"{what} of `{column}`"),),
    )

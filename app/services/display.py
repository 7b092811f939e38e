"""What is shown of a person: no more than the controller lets Habeas see, and what a person can read."""

from collections.abc import Mapping

from schemas.controllers import ControllerSettings
from schemas.data_map import DataMap

_SHOWN_CHARACTERS = 200


def shown(
    display: Mapping[str, str | None], data_map: DataMap, settings: ControllerSettings
) -> dict[str, str | None]:
    """Leave out what is hidden, and cut the rest to what a person can read.

    Args:
        display: What the data map shows of a person, by column.
        data_map: The map.
        settings: The controller's.
    """
    hidden = _hidden(data_map, settings)
    return {
        name: value if value is None else value[:_SHOWN_CHARACTERS]
        for name, value in display.items()
        if name not in hidden
    }


def _hidden(data_map: DataMap, settings: ControllerSettings) -> frozenset[str]:
    """Name the columns of a person that the controller keeps from Habeas.

    Reference:
        Seed 000, "Your institution may for example choose to exclude your name".
    """
    return frozenset(
        spec.fields[field].column or field
        for name, fields in settings.excluded_fields.items()
        if (spec := data_map.record_types.get(name)) and spec.table == data_map.subject.table
        for field in fields
        if field in spec.fields
    )

"""The data maps that controllers work under, each read once: a published version never changes."""

from collections import OrderedDict
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app.datamap.published import published
from app.domain.errors import Fault, IntegrityViolation, Refused
from app.domain.ids import ControllerId, DataMapVersionId
from app.rules import unreached
from app.store import controllers, data_maps
from app.store.controllers import Controller
from schemas.data_map import DataMap
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Right

_KEPT = 256


@dataclass(frozen=True, slots=True)
class PublishedMap:
    """A version of a data map, read.

    Attributes:
        version_id: Which version.
        data_map: The same object for every use, so that what is compiled for it is found again.
        sha256: Of the document, 64 hexadecimal digits.
        document: As it was published.
    """

    version_id: DataMapVersionId
    data_map: DataMap
    sha256: str
    document: str

    def require(self, right: Right) -> None:
        """Make sure that a right can be carried out under the map.

        Raises:
            Refused: It has no rules for the right, or rules that would have to change records of
                another source than that of the persons.
        """
        self.require_rules(right)
        if names := unreached(self.data_map, right):
            raise Refused(
                Problem.RIGHT_NOT_AVAILABLE,
                f"The controller's data map has rules for {right} that nothing carries out, since the "
                f"records are not in the source of the persons: {', '.join(names)}. Ask the one who "
                "runs Habeas.",
            )

    def require_rules(self, right: Right) -> None:
        """Make sure that the map has rules for a right.

        Raises:
            Refused: It has none.
        """
        if right not in self.data_map.rights:
            rights = ", ".join(self.data_map.rights)
            raise Refused(
                Problem.RIGHT_NOT_AVAILABLE, f"The controller's data map has rules for: {rights}."
            )

    def require_identifier(self, identifier: str) -> None:
        """Make sure that persons can be looked up by an identifier.

        Raises:
            Refused: The map does not name it.
        """
        identifiers = self.data_map.subject.identifiers
        if identifier not in identifiers:
            raise Refused(
                Problem.IDENTIFIER_UNKNOWN,
                f"People can be looked up by: {', '.join(sorted(identifiers))}.",
                (Fault("/identifier", "is no identifier of the controller's data map"),),
            )


class PublishedMaps:
    """Keeps the latest used data maps, at most 256."""

    def __init__(self) -> None:
        self._known: OrderedDict[DataMapVersionId, PublishedMap] = OrderedDict()

    async def get(
        self, connection: AsyncConnection, version_id: DataMapVersionId | None
    ) -> PublishedMap:
        """Give a version.

        Args:
            connection: Bound to the controller whose version it is.
            version_id: As the controller, or something of the controller, names it.

        Raises:
            Refused: The controller has no data map.
        """
        if version_id is None:
            raise Refused(
                Problem.NO_DATA_MAP,
                "No data map is published for this controller. Ask the one who runs Habeas.",
            )
        known = self._known.get(version_id)
        if known is None:
            known = await _load(connection, version_id)
            self._known[version_id] = known
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(version_id)
        return known


async def require_controller(
    connection: AsyncConnection, controller_id: ControllerId
) -> Controller:
    """Read the controller that an authenticated client works for.

    Raises:
        IntegrityViolation: There is none.
    """
    controller = await controllers.get(connection, controller_id)
    if controller is None:
        raise IntegrityViolation("an API client works for a controller that is not there")
    return controller


async def _load(connection: AsyncConnection, version_id: DataMapVersionId) -> PublishedMap:
    version = await data_maps.get(connection, version_id)
    if version is None:
        raise IntegrityViolation("a data map version that is in use is not there")
    read = published(version.document)
    return PublishedMap(version_id, read.data_map, read.digest, version.document)

"""What a bundle would hold of a person, counted in one moment of each source; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import AttentionNeeded
from app.domain.subject_digests import digest
from app.engine.held import held_by_subject
from app.engine.snapshots import Exported, open_snapshots
from app.keyring import KeyRing
from app.sources.protocol import SubjectRef
from app.sources.registry import Sources
from app.store.controllers import Controller
from schemas.data_map import DataMap
from schemas.vocabulary import AttentionReason, Right


@dataclass(frozen=True, slots=True)
class ExportForecasts:
    """Counts what exports of one controller's persons would hold.

    Attributes:
        database: Habeas's own.
        keyring: The operator's keys.
        controller: Whose persons.
        sources: Where the map's sources are opened.
        data_map: Without the fields that the controller keeps from Habeas, as the export reads it.
        right: ``access`` or ``portability``.
    """

    database: AsyncEngine
    keyring: KeyRing
    controller: Controller
    sources: Sources
    data_map: DataMap
    right: Right

    def digest(self, subject_key: str) -> bytes:
        """Give the keyed digest of a person."""
        return digest(self.keyring.unwrap(self.controller.digest_key), subject_key)

    async def of(self, subject_key: str) -> Mapping[str, int] | None:
        """Count the records of every type that the bundle would tell of, in its order.

        A restricted person's records count as they were before the restriction.

        Args:
            subject_key: The person's key in the LMS, as text.

        Returns:
            None where the controller has no such person.

        Raises:
            SourceFailure: A source did not answer, or not as the data map says.
        """
        subject = SubjectRef(self.controller.key_in_lms or "", subject_key)
        place = self.database, self.keyring, self.controller.id
        held = await held_by_subject(*place, self.digest(subject_key))
        exported = Exported(self.data_map, subject, self.right, held)
        try:
            async with open_snapshots(self.sources, exported) as snapshots:
                return {
                    name: await snapshot.count(name)
                    for name, snapshot in snapshots.items()
                    if snapshot.fields(name)
                }
        except AttentionNeeded as needed:
            if needed.reason is AttentionReason.SUBJECT_NOT_FOUND:
                return None
            raise

"""What a right would do to persons, counted by rule in one moment each; nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from app.datamap.held import with_held
from app.domain.holds import Held
from app.domain.subject_digests import digest
from app.engine import deferred_records
from app.engine.held import held_by_subject
from app.engine.held_subjects import is_held
from app.engine.holds import held_of
from app.keyring import KeyRing
from app.record_keys import RecordKeys
from app.sources.hands import Counted, Hands, Standing
from app.sources.protocol import SubjectRef
from app.sources.registry import Sources
from app.sources.together import together
from app.store import ledger
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.data_map import DataMap
from schemas.vocabulary import Right

_NO_LEASE_SECONDS = 10.0
"""Bounds what writes; a look writes nothing."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would happen to one person.

    Attributes:
        found: The person's records, by rule; none of one who is erased already.
        held: What is held of the person.
    """

    found: list[Counted]
    held: tuple[Held, ...] = ()

    @property
    def keeps_held(self) -> bool:
        """Whether records would be kept since they are held."""
        return is_held(self.found)


@dataclass(slots=True)
class Forecasts:
    """Looks at one controller's persons under the rules of one right.

    Attributes:
        database: Habeas's own.
        keyring: The operator's keys.
        controller: Whose persons.
        sources: Where the map's sources are opened.
        data_map: Whose rules are looked at.
        right: ``restriction`` or ``erasure``.
    """

    database: AsyncEngine
    keyring: KeyRing
    controller: Controller
    sources: Sources
    data_map: DataMap
    right: Right
    _remnants: tuple[str, ...] | None = field(default=None, init=False)

    def digest(self, subject_key: str) -> bytes:
        """Give the keyed digest of a person."""
        return digest(self._key, subject_key)

    async def of(
        self, subject_key: str, gone: Sequence[str] = (), *, heeds_holds: bool = True
    ) -> Forecast | None:
        """Count what would happen to a person's records, by rule.

        A restricted person's records count as they were before the restriction.

        Args:
            subject_key: The person's key in the LMS, as text.
            gone: The keys of others who are taken for erased.
            heeds_holds: Whether what is held is kept; else it is looked at what follows then.

        Returns:
            None where the controller has no such person.

        Raises:
            SourceFailure: The LMS did not answer, or not as the data map says.
        """
        subject = SubjectRef(self.controller.key_in_lms or "", subject_key)
        subject_digest = self.digest(subject_key)
        types = await self._held(subject_digest) if heeds_holds else ()
        source = self.sources.records(with_held(self.data_map, types), self.data_map.subject.source)
        hands = await source.hands(subject, self.right, _NO_LEASE_SECONDS)
        place = self.database, self.keyring, self.controller.id
        async with together() as group:
            is_there = group.create_task(hands.is_there())
            stand_in = group.create_task(hands.known_stand_in())
            remnants = group.create_task(self._erased_remnants(hands))
            held = group.create_task(held_by_subject(*place, subject_digest))
        if not is_there.result() and not await self._is_erased(subject_digest):
            return None
        hands.stand(Standing(stand_in.result(), (*remnants.result(), *gone)))
        names = (*hands.order.names, *hands.order.persons)
        found = await hands.counts(names, is_forecast=True, held=held.result())
        return Forecast(found, types)

    @property
    def _key(self) -> bytes:
        return self.keyring.unwrap(self.controller.digest_key)

    async def _held(self, subject_digest: bytes) -> tuple[Held, ...]:
        """Say what an erasure has to keep; nothing stands in the way of a restriction."""
        if self.right is not Right.ERASURE:
            return ()
        async with transaction(self.database, self.controller.id) as connection:
            return await held_of(connection, self.controller, self.data_map, subject_digest)

    async def _is_erased(self, subject_digest: bytes) -> bool:
        async with transaction(self.database, self.controller.id) as connection:
            return await ledger.has(connection, subject_digest)

    async def _erased_remnants(self, hands: Hands) -> tuple[str, ...]:
        """Name the erased persons whose stripped row remains; read once for all forecasts."""
        if self._remnants is None:
            keys, persons = RecordKeys.of(self._key), hands.order.persons
            async with transaction(self.database, self.controller.id) as connection:
                self._remnants = await deferred_records.remnants(connection, keys, persons)
        return self._remnants

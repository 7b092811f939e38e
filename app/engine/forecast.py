"""What a right would do to persons, counted by rule in one moment each; nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
from app.sources.hands import Counted, Hands, HeldRecords, Standing
from app.sources.protocol import NO_TENURE, SubjectRef
from app.sources.registry import Sources
from app.sources.together import together
from app.store import ledger
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.data_map import DataMap
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would happen to one person.

    Attributes:
        found: The person's records, by rule; none of one who is erased already.
        held: What is held of the person.
        restricted: What restrictions hold of the person's records; None where there is none.
    """

    found: list[Counted]
    held: tuple[Held, ...] = ()
    restricted: HeldRecords | None = None

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
    _others: Standing | None = field(default=None, init=False)

    def digest(self, subject_key: str) -> bytes:
        """Give the keyed digest of a person."""
        return digest(self._key, subject_key)

    async def of(self, subject_key: str) -> Forecast | None:
        """Count what would happen to a person's records, by rule.

        A restricted person's records count as they were before the restriction.

        Args:
            subject_key: The person's key in the LMS, as text.

        Returns:
            None where the controller has no such person.

        Raises:
            SourceFailure: The LMS did not answer, or not as the data map says.
        """
        subject_digest = self.digest(subject_key)
        types = await self._held(subject_digest)
        hands = await self._hands(subject_key, with_held(self.data_map, types))
        place = self.database, self.keyring, self.controller.id
        async with together() as group:
            is_there = group.create_task(hands.is_there())
            others = group.create_task(self._standing(hands))
            restricted = group.create_task(held_by_subject(*place, subject_digest))
        if not is_there.result() and not await self._is_erased(subject_digest):
            return None
        hands.stand(others.result())
        names = (*hands.order.names, *hands.order.persons)
        found = await hands.counts(names, is_forecast=True, held=restricted.result())
        return Forecast(found, types, restricted.result())

    async def later(self, subject_key: str, now: Forecast, gone: Sequence[str]) -> Forecast:
        """Count what would happen to a person's records once others are erased, and nothing is held.

        That may change what becomes of records, and not which there are: of what was not found,
        nothing is asked again.

        Args:
            subject_key: The person's key in the LMS, as text.
            now: What would happen as things are.
            gone: The keys of those who are taken for erased.

        Raises:
            SourceFailure: The LMS did not answer, or not as the data map says.
        """
        hands = await self._hands(subject_key, self.data_map)
        others = await self._standing(hands)
        hands.stand(replace(others, remnants=(*others.remnants, *gone)))
        found = {each.record_type for each in now.found}
        names = [each for each in (*hands.order.names, *hands.order.persons) if each in found]
        return Forecast(await hands.counts(names, is_forecast=True, held=now.restricted))

    async def _hands(self, subject_key: str, data_map: DataMap) -> Hands:
        subject = SubjectRef(self.controller.key_in_lms or "", subject_key)
        source = self.sources.records(data_map, data_map.subject.source)
        return await source.hands(subject, self.right, NO_TENURE)

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

    async def _standing(self, hands: Hands) -> Standing:
        """Say who does not count as living: stand-in and remnants; read once for all forecasts."""
        if self._others is None:
            keys, persons = RecordKeys.of(self._key), hands.order.persons
            async with transaction(self.database, self.controller.id) as connection:
                remnants = await deferred_records.remnants(connection, keys, persons)
            self._others = Standing(await hands.known_stand_in(), remnants)
        return self._others

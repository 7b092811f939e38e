"""What a right would do to persons, counted by rule in one moment each; nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.subject_digests import digest
from app.engine import deferred_records
from app.engine.held import held_by_subject
from app.keyring import KeyRing
from app.record_keys import RecordKeys
from app.sources.hands import Counted, Hands, Standing
from app.sources.protocol import RecordSource, SubjectRef
from app.sources.together import together
from app.store import ledger
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.vocabulary import Right

_NO_LEASE_SECONDS = 10.0
"""Bounds what writes; a look writes nothing."""


@dataclass(slots=True)
class Forecasts:
    """Looks at one controller's persons under the rules of one right.

    Attributes:
        database: Habeas's own.
        keyring: The operator's keys.
        controller: Whose persons.
        source: The source of persons, of the map whose rules are looked at.
        right: ``restriction`` or ``erasure``.
    """

    database: AsyncEngine
    keyring: KeyRing
    controller: Controller
    source: RecordSource
    right: Right
    _remnants: tuple[str, ...] | None = field(default=None, init=False)

    def digest(self, subject_key: str) -> bytes:
        """Give the keyed digest of a person."""
        return digest(self._key, subject_key)

    async def of(self, subject_key: str, gone: Sequence[str] = ()) -> list[Counted] | None:
        """Count what would happen to a person's records, by rule.

        A restricted person's records count as they were before the restriction.

        Args:
            subject_key: The person's key in the LMS, as text.
            gone: The keys of others who are taken for erased.

        Returns:
            Empty for one who is erased already; None where the controller has no such person.

        Raises:
            SourceFailure: The LMS did not answer, or not as the data map says.
        """
        subject = SubjectRef(self.controller.key_in_lms or "", subject_key)
        hands = await self.source.hands(subject, self.right, _NO_LEASE_SECONDS)
        subject_digest = self.digest(subject_key)
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
        return await hands.counts(names, is_forecast=True, held=held.result())

    @property
    def _key(self) -> bytes:
        return self.keyring.unwrap(self.controller.digest_key)

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

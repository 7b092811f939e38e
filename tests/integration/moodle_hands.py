"""Carries effects out on a Moodle site through the source alone, one record type after the other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app.ordering import order_of
from app.rules import led_roles
from app.sources.hands import LOGIN, Acted, Deferred, FormerRecord, Standing
from app.sources.keys import Key, Keys
from app.sources.protocol import NO_TENURE, SubjectRef
from app.sources.sql.database import Database
from app.sources.sql.effects.hands import SqlHands
from app.sources.sql.source import SqlSource
from schemas.data_map import DataMap
from schemas.vocabulary import Right

Formers = list[tuple[str, tuple[FormerRecord, ...]]]


@dataclass(slots=True)
class Done:
    """What became of a person's records.

    Attributes:
        located: Every record that named the person, by record type.
        acted: What was done, in order.
        released: What deferrals let go of.
        formers: For a restriction, the way back, in order.
    """

    located: dict[str, set[Key]] = field(default_factory=dict)
    acted: list[Acted] = field(default_factory=list)
    released: list[Acted] = field(default_factory=list)
    formers: Formers = field(default_factory=list)

    @property
    def deleted(self) -> set[tuple[str, Key]]:
        """Record types and keys of what is gone."""
        return {
            (acted.record_type, key)
            for acted in (*self.acted, *self.released)
            for branch in acted.branches
            if branch.is_deleted
            for key in branch.keys
        }

    @property
    def changed(self) -> set[tuple[str, Key]]:
        """Record types and keys of what was changed or is gone."""
        return {
            (acted.record_type, key)
            for acted in (*self.acted, *self.released)
            for branch in acted.branches
            for key in branch.keys
        }


@dataclass(frozen=True, slots=True)
class Site:
    """A Moodle site and its map."""

    data_map: DataMap
    database: Database
    source: SqlSource

    @classmethod
    def of(cls, data_map: DataMap, database: Database) -> "Site":
        """Lay hands on a site."""
        return cls(data_map, database, SqlSource("moodle", data_map, database, 2))

    async def stand_in(self) -> str:
        """Give the key of the site's stand-in, made if there is none."""
        return await (await self._hands(0, Right.ERASURE)).stand_in()

    async def restrict(self, person: int) -> Done:
        """Restrict a person."""
        return await self._carry_out(person, Right.RESTRICTION)

    async def lift(self, person: int, formers: Formers) -> None:
        """Read everything back, the log-in last."""
        hands = await self._hands(person, Right.RESTRICTION)
        for name, some in reversed(formers):
            async with hands.batch() as batch:
                restored = await batch.restore(name, some)
                assert len(restored.whole) == len(some), name
                await batch.commit()

    async def erase(self, person: int, remnants: tuple[str, ...] = ()) -> Done:
        """Erase a person, and what deferrals let go of then."""
        return await self._carry_out(person, Right.ERASURE, remnants)

    async def located(self, person: int) -> set[tuple[str, str]]:
        """Name the table and the key of every row in which the rules of erasure find a person."""
        hands = await self._hands(person, Right.ERASURE)
        return {
            (spec.table, key[0])
            for name, spec in self.data_map.record_types.items()
            for key, _ in await hands.notes(name)
        }

    async def _hands(self, person: int, right: Right) -> SqlHands:
        return await self.source.hands(SubjectRef("", str(person)), right, NO_TENURE)

    async def _carry_out(self, person: int, right: Right, remnants: tuple[str, ...] = ()) -> Done:
        hands = await self._hands(person, right)
        standing = Standing(await hands.stand_in(), remnants)
        hands.stand(standing)
        catalogue = await self.database.catalogue()
        order = order_of(self.data_map, catalogue, "moodle", right)
        done = Done()
        notes = {name: await hands.notes(name) for name in (*order.names, *order.persons)}
        done.located = {name: {key for key, _ in noted} for name, noted in notes.items()}
        async with hands.batch() as batch:
            blocked = await batch.block_login()
            await batch.commit()
        if blocked is not None:
            done.formers.append((LOGIN, (blocked,)))
        by_note = order.noted if right is Right.ERASURE else frozenset[str]()
        for name, noted in notes.items():
            await self._act(hands, name, done, noted if name in by_note else None)
        if right is Right.ERASURE:
            hands.stand(Standing(standing.stand_in, (*remnants, str(person))))
            while await self._release(hands, done):
                pass
        return done

    async def _act(
        self, hands: SqlHands, name: str, done: Done, noted: list[tuple[Key, int]] | None
    ) -> None:
        if noted is not None:
            led = led_roles(self.data_map.record_types[name])
            keys = Keys.of(key for key, _ in noted)
            await self._batch(hands, name, done, keys, [mask & led for _, mask in noted])
            return
        async for keys in hands.candidates(name):
            await self._batch(hands, name, done, keys, None)

    async def _batch(
        self, hands: SqlHands, name: str, done: Done, keys: Keys, masks: list[int] | None
    ) -> None:
        async with hands.batch() as batch:
            acted = await batch.act(name, keys, masks)
            await batch.commit()
        done.acted.append(acted)
        done.formers.append((name, acted.formers))

    async def _release(self, hands: SqlHands, done: Done) -> int:
        """Try what waits, once; give how many records followed."""
        before = sum(acted.count for acted in done.released)
        for deferred in _deferred(done):
            numbers = await hands.released(deferred)
            some = Deferred(
                deferred.record_type,
                deferred.role,
                deferred.position,
                tuple(deferred.containers[number] for number in numbers),
            )
            if numbers:
                done.released += [acted async for acted in _let_go(hands, some)]
        return sum(acted.count for acted in done.released) - before


async def _let_go(hands: SqlHands, deferred: Deferred) -> AsyncIterator[Acted]:
    async for keys in hands.release_candidates(deferred):
        async with hands.batch() as batch:
            acted = await batch.release(deferred, keys)
            await batch.commit()
        yield acted


def _deferred(done: Done) -> list[Deferred]:
    found: dict[tuple[str, str, int], set[tuple[str | None, ...]]] = {}
    for acted in done.acted:
        for branch, container in acted.containers:
            place = (acted.record_type, branch.role, branch.position)
            found.setdefault(place, set()).add(container)
    return [Deferred(*place, tuple(containers)) for place, containers in found.items()]

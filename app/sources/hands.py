"""What the engine asks of a source that can be changed: look, act in batches, say what became of it.

Reference:
    ``docs/effects.md``; DESIGN, "Restriction / lift / erasure".
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.ordering import Order
from app.rules import Branch
from app.sources.keys import Key, Keys
from schemas.data_map import Change

NOTHING = "{}"
"""An object of no cells, JSON."""

LOGIN = "@login"
"""Stands for the subject's row where a batch names record types: its log-in was blocked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who does not count as living.

    Attributes:
        stand_in: The key of the controller's stand-in; empty while there is none.
        remnants: The keys of erased persons whose stripped row remains.
    """

    stand_in: str = ""
    remnants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Records of one type, in the same roles, under the same branch.

    Attributes:
        record_type: The type.
        roles: In which the records name the subject, in the map's order.
        branch: What was decided.
        count: How many.
    """

    record_type: str
    roles: tuple[str, ...]
    branch: Branch
    count: int


@dataclass(frozen=True, slots=True)
class FormerRecord:
    """What a restriction read of a record before it changed it.

    Attributes:
        key: The record.
        mask: The roles it names the subject in, as bits in the map's order.
        former: An object of cells, JSON.
        after: The same columns as they were set; None where the row was removed.
    """

    key: Key
    mask: int
    former: str
    after: str | None

    @property
    def is_removed(self) -> bool:
        """Whether the row itself went to the vault."""
        return self.after is None

    @property
    def is_noted(self) -> bool:
        """Whether nothing of it was changed: it is only found through what was."""
        return self.after == NOTHING


@dataclass(frozen=True, slots=True)
class ActedBranch:
    """Records that one act treated alike.

    Attributes:
        counted: How many, in which roles, under which branch.
        is_deleted: Whether the rows are gone.
        keys: Theirs.
    """

    counted: Counted
    is_deleted: bool
    keys: Keys


@dataclass(frozen=True, slots=True)
class LostUpload:
    """A value of a column that named a stored upload, of a record that lost it.

    Attributes:
        field: The field.
        value: What the column held.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Acted:
    """What one act on a batch of records of one type did.

    Attributes:
        record_type: The type.
        branches: What was done.
        formers: For a restriction, what was read before.
        containers: Of what is deferred: the branch, and the cells of the container.
        uploads: What the records no longer name.
    """

    record_type: str
    branches: tuple[ActedBranch, ...] = ()
    formers: tuple[FormerRecord, ...] = ()
    containers: tuple[tuple[Branch, tuple[str | None, ...]], ...] = ()
    uploads: tuple[LostUpload, ...] = ()

    @property
    def count(self) -> int:
        """How many records were changed or deleted."""
        return sum(each.counted.count for each in self.branches)


@dataclass(frozen=True, slots=True)
class Restored:
    """What reading former values back came to.

    Attributes:
        whole: Records that are as they were.
        partial: Records of which somebody changed something meanwhile, which was left.
        gone: Records that are not there any more.
    """

    whole: tuple[Key, ...] = ()
    partial: tuple[Key, ...] = ()
    gone: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferred:
    """Deferrals of one branch.

    Attributes:
        record_type: The record type.
        role: The branch's role.
        position: The rule's position.
        containers: The cells of each container.
    """

    record_type: str
    role: str
    position: int
    containers: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class SourceTransaction:
    """A transaction of the source, so that a successor can ask what became of it.

    Attributes:
        id: ``pg_current_xact_id()``.
        backend_pid: The session's process.
        backend_started_at: Aware moment at which that began.
    """

    id: str
    backend_pid: int
    backend_started_at: datetime


class Fate(StrEnum):
    """What became of a transaction."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SetCells:
    """Records of one type that were changed in one way.

    Attributes:
        record_type: The type.
        keys: Theirs.
        change: How they were changed; None where they were deleted.
    """

    record_type: str
    keys: Keys
    change: Change | None = field(default=None)


class HeldRecords(Protocol):
    """The subject's records that restrictions hold, as they were before."""

    def holds(self, record_type: str) -> bool:
        """Tell whether any record of a type is held; none of most types is."""
        ...

    async def keys(self, record_type: str) -> list[Key]:
        """Name them all."""
        ...

    def chunks(self, record_type: str) -> AsyncIterator[list[FormerRecord]]:
        """Give them, at most 1,000 at a time."""
        ...


class Batch(Protocol):
    """One transaction of the source."""

    async def block_login(self) -> FormerRecord | None:
        """Block the subject's log-in; None where the map says nothing of it, or it is blocked."""
        ...

    async def act(self, record_type: str, keys: Keys, masks: Sequence[int] | None = None) -> Acted:
        """Decide a batch's records under their locks and carry the effects out.

        Args:
            record_type: One type.
            keys: At most 20,000; those that are not the subject's any more are passed over.
            masks: The roles that the records have whatever there is now, as what located them may be
                gone; of the others it is asked.
        """
        ...

    async def lock(self, record_type: str, keys: Keys) -> None:
        """Wait until nobody else changes records, and let nobody until the transaction ends.

        Args:
            record_type: One type, or ``LOGIN``.
            keys: At most 20,000; those of no row are passed over.
        """
        ...

    async def restore(self, record_type: str, formers: Sequence[FormerRecord]) -> Restored:
        """Read former values back, where what was set still stands.

        Args:
            record_type: One type, or ``LOGIN``.
            formers: At most 20,000, their cells only those to be restored.
        """
        ...

    async def release(self, deferred: Deferred, keys: Keys) -> Acted:
        """Carry out what a branch's deferrals waited for, on records of released containers.

        Args:
            deferred: The branch; its containers are not read.
            keys: At most 20,000.
        """
        ...

    async def transaction(self) -> SourceTransaction:
        """Name the transaction; asked once, before it is committed."""
        ...

    async def commit(self) -> None:
        """Make everything stand."""
        ...


class Hands(Protocol):
    """One subject's records in a source that can be changed."""

    @property
    def order(self) -> Order:
        """The order of effects."""
        ...

    async def is_there(self) -> bool:
        """Tell whether the controller has such a person."""
        ...

    async def stand_in(self) -> str:
        """Give the key of the controller's stand-in, made if there is none; empty without one in the map."""
        ...

    async def known_stand_in(self) -> str:
        """Give the key of the controller's stand-in; empty while there is none. Makes nothing."""
        ...

    def is_independent(self, record_type: str) -> bool:
        """Tell whether a record itself decides its fate: a batch need not wait for the one before."""
        ...

    def leaves_traces(self, record_type: str) -> bool:
        """Tell whether a record that was not changed as it should would be located again.

        Then counting what is left looks at each of them; its key need not be sent once more.
        """
        ...

    @property
    def serves_others(self) -> bool | None:
        """Whether the source was at work for others when it was looked at last; None: not known yet."""
        ...

    def stand(self, standing: Standing) -> None:
        """Say who does not count as living, from now on."""
        ...

    async def counts(
        self,
        record_types: Sequence[str],
        *,
        is_forecast: bool,
        held: HeldRecords | None = None,
    ) -> list[Counted]:
        """Count the subject's records by branch, in one moment.

        Args:
            record_types: In which order they are looked at; the subject's own row's last.
            is_forecast: Whether nothing has been done yet.
            held: What restrictions of the subject hold; it is counted as it was before.
        """
        ...

    async def look_for_name(self, record_types: Sequence[str], held: HeldRecords) -> None:
        """Find out whether what restrictions hold is kept and names the subject; acts count it from then on.

        Args:
            record_types: Of which anything may be held.
            held: What restrictions of the subject hold.
        """
        ...

    def candidates(self, record_type: str) -> AsyncIterator[Keys]:
        """Give the keys of records to be changed, in batches, as one moment shows them."""
        ...

    def kept_containers(
        self, record_type: str, held: HeldRecords | None = None
    ) -> AsyncIterator[tuple[Branch, list[tuple[str | None, ...]]]]:
        """Name the containers of what is kept until later, branch by branch, in batches.

        Args:
            record_type: One type.
            held: What restrictions of the subject hold; it is judged as it was before.
        """
        ...

    async def notes(self, record_type: str) -> list[tuple[Key, int]]:
        """Give the keys of all the subject's records of one type, with their roles as bits."""
        ...

    def batch(self) -> AbstractAsyncContextManager[Batch]:
        """Open a transaction; it is rolled back unless it was committed."""
        ...

    async def end_former(self) -> None:
        """End the sessions in which somebody else changes records for the same job."""

    async def became_of(self, transaction: SourceTransaction) -> Fate:
        """End the session of a transaction and ask what became of it."""

    async def unaffected(self, done: Sequence[SetCells]) -> int:
        """Count records that do not look as they were left; those that are gone do."""
        ...

    async def unrestored(self, record_type: str, formers: Sequence[FormerRecord]) -> int:
        """Count records that reading former values back would change.

        Args:
            record_type: One type, or ``LOGIN``.
            formers: At most 20,000, their cells only those to be restored.
        """
        ...

    def bases(self, record_type: str, former: FormerRecord) -> Iterator[tuple[str, Key]]:
        """Name the records that a removed row referred to: their type, perhaps one of several, and key."""
        ...

    async def released(self, deferred: Deferred) -> tuple[int, ...]:
        """Give the indexes of the containers of which ``until`` holds."""
        ...

    async def waiting(self, deferred: Deferred) -> tuple[int, ...]:
        """Give the indexes of the containers that still hold what their rule left."""
        ...

    def release_candidates(self, deferred: Deferred) -> AsyncIterator[Keys]:
        """Give the keys of the records that lie in released containers, in batches."""
        ...

    async def still_named(self, record_type: str, field: str, values: Sequence[str]) -> set[str]:
        """Tell which values a column that names uploads still holds, anywhere in the table."""
        ...

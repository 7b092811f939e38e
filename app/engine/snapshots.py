"""One snapshot of every source that an export reads."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.sources.hands import HeldRecords
from app.sources.protocol import Snapshot, SubjectRef
from app.sources.registry import Sources
from schemas.data_map import DataMap
from schemas.vocabulary import Category, Right

Snapshots = Mapping[str, Snapshot]
"""By record type: the snapshot of the source that holds it."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export is of.

    Attributes:
        data_map: Without the fields that the controller keeps from Habeas.
        subject: Whose records.
        right: ``access`` or ``portability``.
        held: What restrictions of the subject hold.
    """

    data_map: DataMap
    subject: SubjectRef
    right: Right
    held: HeldRecords | None


def told_record_types(data_map: DataMap) -> tuple[str, ...]:
    """Name the record types that an export tells of, category by category.

    Those of internal logic, and those that say that they hold nothing, are left out.
    """
    return tuple(
        name
        for category in Category
        if category is not Category.INTERNAL_LOGIC
        for name, spec in data_map.record_types.items()
        if spec.category is category and spec.holds_nothing is None
    )


@asynccontextmanager
async def open_snapshots(sources: Sources, exported: Exported) -> AsyncIterator[Snapshots]:
    """Take one moment of every source; the subject's own first.

    Args:
        sources: Those of this process.
        exported: Whose records, and under which map.

    Raises:
        AttentionNeeded: The controller has no such person any more.
        SourceFailure: A source did not answer, or not as the data map says.
    """
    data_map, own = exported.data_map, exported.data_map.subject.source
    told = {n: data_map.record_types[n].source or own for n in told_record_types(data_map)}
    async with AsyncExitStack() as stack:
        opened: dict[str, Snapshot] = {}
        for name in dict.fromkeys((own, *told.values())):
            source = sources.records(data_map, name)
            held = exported.held if name == own else None
            snapshot = source.snapshot(exported.subject, exported.right, held)
            opened[name] = await stack.enter_async_context(snapshot)
        yield {record_type: opened[source] for record_type, source in told.items()}

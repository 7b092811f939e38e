"""Stops a job that would end a restriction while its vault still holds what was not read back."""

from collections.abc import Container, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import AttentionNeeded
from app.engine.work import Work
from app.rules import is_held
from app.sources.hands import LOGIN
from app.store import restrictions, vault
from app.store.restrictions import Restriction
from schemas.vocabulary import AttentionReason


async def require_known(
    connection: AsyncConnection, work: Work, active: Sequence[Restriction]
) -> None:
    """Look whether the job's data map knows all that restrictions hold, before anything is begun.

    Args:
        connection: Bound to the controller.
        work: A restriction's, a lift's or an erasure's.
        active: The restrictions that it would take over or end.

    Raises:
        AttentionNeeded: It does not: what they hold could not be read back.
    """
    order = work.hands.order
    known = {*order.names, *order.persons, LOGIN}
    if unknown := await _held(connection, active, known):
        raise AttentionNeeded(
            AttentionReason.VAULT_REMAINS,
            f"A restriction holds records of kinds that this data map does not know: {_named(unknown)}. "
            "Lift that restriction, which follows its own data map, and resume this; or cancel this, bind a "
            "data map that names them as before, and submit anew.",
        )


async def require_read_back(connection: AsyncConnection, restriction: Restriction) -> None:
    """Look whether all of a vault was read back, before the restriction ends.

    Args:
        connection: Bound to the controller, in the transaction that ends it.
        restriction: The one that ends.

    Raises:
        AttentionNeeded: It was not.
    """
    if left := await _held(connection, [restriction], ()):
        raise _waiting(left)


async def require_erased(connection: AsyncConnection, work: Work, held: Iterable[str]) -> None:
    """Look whether an erasure has left nothing in the subject's vaults but what is held.

    Args:
        connection: Bound to the controller, in the transaction that completes the erasure.
        work: The erasure's.
        held: The record types of which everything stays.

    Raises:
        AttentionNeeded: It has.
    """
    active = await restrictions.active_of_subject(connection, work.job.subject_digest)
    types = work.data_map.record_types
    kept = {name for name, each in types.items() if is_held(each)}
    if left := await _held(connection, active, {LOGIN, *held, *kept}):
        raise _waiting(left)


async def _held(
    connection: AsyncConnection, active: Sequence[Restriction], but: Container[str]
) -> set[str]:
    return {
        name
        for each in active
        for name in await vault.record_types(connection, each.id)
        if name not in but
    }


def _waiting(left: Iterable[str]) -> AttentionNeeded:
    return AttentionNeeded(
        AttentionReason.VAULT_REMAINS,
        f"Rows that a restriction took away cannot come back yet: {_named(left)}. What they lie under "
        "was taken away by another person's restriction. Resume this once that one is lifted.",
    )


def _named(record_types: Iterable[str]) -> str:
    return ", ".join(sorted(record_types))

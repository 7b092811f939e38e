"""Restrictions: listed, read, lifted, and the trashcan emptied."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import RestrictionId
from app.services import cursors
from app.services.authentication import Caller
from app.services.context import Context
from app.store import restrictions, subject_requests, vault
from app.store.restrictions import Filter
from app.store.restrictions import Restriction as StoredRestriction
from app.store.transaction import transaction
from schemas.problem_vocabulary import Problem
from schemas.restrictions import Restriction, RestrictionFilter, RestrictionPage


async def list_page(context: Context, caller: Caller, wanted: RestrictionFilter) -> RestrictionPage:
    """List the controller's restrictions, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    listing = f"restrictions state={wanted.state or ''} ground={wanted.ground or ''}"
    after = None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, listing, wanted.cursor)
        after = RestrictionId(last)
    # One more than shown, to know whether there is a next page.
    asked = Filter(wanted.state, wanted.ground, after, wanted.limit + 1)
    async with transaction(context.database, caller.controller_id) as connection:
        found = await restrictions.list_page(connection, asked)
        shown = [await _shown(connection, each) for each in found[: wanted.limit]]
    next_cursor = None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, listing, shown[-1].id)
    return RestrictionPage(items=tuple(shown), next_cursor=next_cursor)


async def read(context: Context, caller: Caller, restriction_id: RestrictionId) -> Restriction:
    """Show a restriction.

    Raises:
        Refused: The caller's controller has no such restriction.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        found = await restrictions.get(connection, restriction_id)
        if found is None:
            raise Refused(Problem.NOT_FOUND, "There is no such restriction.")
        return await _shown(connection, found)


async def _shown(connection: AsyncConnection, stored: StoredRestriction) -> Restriction:
    request = await subject_requests.get(connection, stored.subject_request_id)
    display: Mapping[str, str | None] = {} if request is None else request.subject_display
    age = (stored.ended_at or datetime.now(UTC)) - stored.created_at
    return Restriction(
        id=stored.id,
        subject_request_id=stored.subject_request_id,
        ground=stored.ground,
        state=stored.state,
        subject=dict(display),
        created_at=stored.created_at,
        ended_at=stored.ended_at,
        age_days=max(0, age.days),
        record_count=await vault.count(connection, stored.id),
    )

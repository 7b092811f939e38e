"""Deferrals: why records of erased persons are still here, and what would release them."""

from collections.abc import Iterator, Mapping, Sequence

from app.conditions import container_columns, in_words
from app.domain.errors import IntegrityViolation
from app.domain.ids import DataMapVersionId, DeferralId
from app.engine import deferred_records
from app.record_keys import RecordKeys
from app.rules import branches_of
from app.services import cursors
from app.services.authentication import Caller
from app.services.context import Context
from app.services.published_maps import require_controller
from app.store import kept
from app.store.deferrals import Deferral as StoredDeferral
from app.store.kept import HeldEntry
from app.store.transaction import transaction
from app.waiting import held_because, held_until
from schemas.data_map import Condition, DataMap, RecordType, Rule
from schemas.deferrals import Deferral, DeferralFilter, DeferralPage
from schemas.vocabulary import LmsEventType, Right

_LISTING = "deferrals"


async def list_page(context: Context, caller: Caller, wanted: DeferralFilter) -> DeferralPage:
    """List the controller's deferrals, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    after = None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, _LISTING, wanted.cursor)
        after = DeferralId(last)
    async with transaction(context.database, caller.controller_id) as connection:
        controller = await require_controller(connection, caller.controller_id)
        # One more than shown, to know whether there is a next page.
        found = await kept.list_page(connection, after, wanted.limit + 1)
        shown = found[: wanted.limit]
        versions = {_version(each) for each in shown}
        maps = {each: (await context.maps.get(connection, each)).data_map for each in versions}
    keys = RecordKeys.of(context.keyring.unwrap(controller.digest_key))
    next_cursor = None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, _LISTING, shown[-1].id)
    return DeferralPage(
        items=tuple(
            _held(maps, each) if isinstance(each, HeldEntry) else _deferred(keys, maps, each)
            for each in shown
        ),
        next_cursor=next_cursor,
    )


def _version(entry: StoredDeferral | HeldEntry) -> DataMapVersionId:
    return (entry if isinstance(entry, HeldEntry) else entry.rule).data_map_version_id


def _held(maps: Mapping[DataMapVersionId, DataMap], entry: HeldEntry) -> Deferral:
    spec = maps[entry.data_map_version_id].record_types[entry.record_type]
    return Deferral(
        id=entry.id,
        category=spec.category,
        record_type=entry.record_type,
        title=spec.title,
        role=entry.role,
        position=entry.position,
        because=held_because(entry.held_by),
        article=entry.article,
        held_by=entry.held_by,
        until=held_until(entry.held_by),
        then=None,
        since=entry.created_at,
        container={},
        released_by=(),
    )


def _deferred(
    keys: RecordKeys, maps: Mapping[DataMapVersionId, DataMap], stored: StoredDeferral
) -> Deferral:
    data_map = maps[stored.rule.data_map_version_id]
    spec = data_map.record_types[stored.rule.record_type]
    rule = _rule(spec, stored)
    if rule.until is None or rule.then is None:
        raise IntegrityViolation("a deferral names a rule that waits for nothing")
    (cells,) = deferred_records.opened(keys, stored.rule.record_type, [stored.sealed])
    return Deferral(
        id=stored.id,
        category=spec.category,
        record_type=stored.rule.record_type,
        title=spec.title,
        role=stored.rule.role,
        position=stored.rule.position,
        because=rule.because,
        until=in_words(rule.until),
        then=rule.then,
        since=stored.created_at,
        container=_container(data_map, spec, rule.until, cells),
        released_by=tuple(sorted(set(_events(rule.until)))),
    )


def _rule(spec: RecordType, stored: StoredDeferral) -> Rule:
    place = (stored.rule.role, stored.rule.position)
    for branch in branches_of(spec, Right.ERASURE):
        if (branch.role, branch.position) == place:
            return branch.rule
    raise IntegrityViolation("a deferral names a rule that is not in its data map")


def _container(
    data_map: DataMap, spec: RecordType, until: Condition, cells: Sequence[str | None]
) -> dict[str, str | None]:
    """Name the container by its cells, but for those that name a person."""
    if spec.table == data_map.subject.table:
        return {}
    persons = {role.column for role in spec.roles.values()} | set(_persons(until))
    columns = container_columns(data_map, until)
    return {
        column: cell for column, cell in zip(columns, cells, strict=True) if column not in persons
    }


def _persons(until: Condition) -> Iterator[str]:
    if until.person_gone is not None:
        yield until.person_gone
    if until.not_ is not None:
        yield from _persons(until.not_)


def _events(until: Condition) -> Iterator[LmsEventType]:
    if until.container_gone is not None:
        yield LmsEventType.CONTAINER_DELETED
    waits_for_persons = (
        until.nobody_left,
        until.only_subject,
        until.shared,
        until.person_gone,
        until.named_by_kept,
    )
    if any(part is not None for part in waits_for_persons):
        yield LmsEventType.PERSON_DELETED
    if until.not_ is not None:
        yield from _events(until.not_)

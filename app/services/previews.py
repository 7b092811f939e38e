"""Showing what a right would do to persons, and remembering what was shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import assert_never

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import PreviewId, new_id
from app.engine.forecast import Forecasts
from app.services import (
    enablement,
    export_previews,
    preview_lines,
    restricted_subjects,
    trail,
)
from app.services.authentication import Caller
from app.services.confirmations import nobody_there
from app.services.context import Context
from app.services.forecasts import look_ahead, look_at, open_export_forecasts, open_forecasts
from app.services.meant import Meant, by_confirmation
from app.services.preview_digests import (
    Basis,
    Occurrence,
    combined,
    held_digest,
    occurrences_of,
    settings_digest,
)
from app.services.published_maps import PublishedMap, require_controller
from app.sources.hands import Counted
from app.store import previews
from app.store.controllers import Controller
from app.store.previews import NewPreview
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.previews import (
    AgedPreview,
    AnyPreview,
    BatchPreview,
    Preview,
    PreviewQuestion,
    RestrictedPreview,
    SubjectPreview,
)
from schemas.vocabulary import Right

LIFETIME = timedelta(hours=24)
"""For how long the digest of a preview can be approved on."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What would happen to one person.

    Attributes:
        subject_digest: The keyed digest of the person.
        found: By rule.
        held: Names what is held of the person.
        occurrences: What occurs as things are.
        later: What occurs once the others of the same preview are erased, and nothing is held.
    """

    subject_digest: bytes
    found: list[Counted]
    held: str
    occurrences: list[Occurrence]
    later: list[Occurrence]


@dataclass(frozen=True, slots=True)
class _Question:
    """Who is asked about, and what decides the answer."""

    right: Right
    controller: Controller
    published: PublishedMap
    meant: list[Meant]


@dataclass(frozen=True, slots=True)
class _Made:
    """A preview, and what is remembered of it.

    Attributes:
        preview: As it is shown.
        subject_digests: The keyed digests of the persons.
        stored: What an approval is held against; an export needs none.
        details: Of the audit entry.
    """

    preview: AnyPreview
    subject_digests: list[bytes]
    stored: list[NewPreview] = field(default_factory=list)
    details: dict[str, JsonValue] = field(default_factory=dict)


async def make(context: Context, caller: Caller, asked: PreviewQuestion) -> AnyPreview:
    """Show what a right would do to one person, or to several together.

    Args:
        context: What the use cases work with.
        caller: Who looks, allowed to request this right.
        asked: About whom, under which right, and why.

    Raises:
        Refused: A confirmation or restriction cannot be used, a person is not there any more, or
            the data map has no rules for the right.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    right = Right(asked.right)
    async with transaction(context.database, caller.controller_id) as connection:
        controller = await require_controller(connection, caller.controller_id)
        published = await context.maps.get(connection, controller.data_map_version_id)
        enablement.require(controller, right)
        published.require(right)
        meant = await _meant(context, connection, caller, published, asked)
    question = _Question(right, controller, published, meant)
    if right in {Right.ACCESS, Right.PORTABILITY}:
        made = await _of_export(context, question)
    else:
        made = await _of_effects(context, caller, question)
    counted: dict[str, JsonValue] = {"right": right, "subject_count": made.preview.subject_count}
    async with transaction(context.database, caller.controller_id) as connection:
        for new in made.stored:
            await previews.insert(connection, caller.controller_id, new)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.PREVIEW_MADE,
            subject_digests=made.subject_digests,
            details=counted | made.details,
            texts={AuditText.REASON: asked.reason},
        )
    return made.preview


async def _of_export(context: Context, question: _Question) -> _Made:
    """Show what bundles would hold; nothing is remembered but that somebody looked."""
    meant, published = question.meant, question.published
    forecasts = open_export_forecasts(context, question.controller, published, question.right)
    preview = await export_previews.look_at(forecasts, published.sha256, meant)
    return _Made(preview, [forecasts.digest(each.subject_key) for each in meant])


async def _of_effects(context: Context, caller: Caller, question: _Question) -> _Made:
    """Show what would happen to records, under a digest that it can be approved by."""
    controller, published = question.controller, question.published
    basis = Basis(question.right, published.sha256, settings_digest(controller.settings))
    forecasts = open_forecasts(context, controller, published, question.right)
    seen = await _seen(forecasts, question.meant)
    found = [counted for each in seen for counted in each.found]
    lines = preview_lines.lines(published.data_map, found)
    preview = Preview.model_validate(
        {
            "right": question.right,
            "subject_count": len(seen),
            "digest": combined(
                [
                    basis.digest(each.subject_digest, {*each.occurrences, *each.later}, each.held)
                    for each in seen
                ]
            ),
            "expires_at": datetime.now(UTC) + LIFETIME,
            "data_map_sha256": published.sha256,
            "totals": preview_lines.totals(lines),
            "lines": lines,
        }
    )
    return _Made(
        preview,
        [each.subject_digest for each in seen],
        [_stored(caller, published, basis, preview, each) for each in seen],
        {"digest": preview.digest},
    )


async def _meant(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    published: PublishedMap,
    asked: PreviewQuestion,
) -> list[Meant]:
    """Say who is asked about; each person once."""
    match asked:
        case SubjectPreview():
            tokens = [("/confirmation", asked.confirmation)]
            found = _confirmed(context, caller, published, tokens)
        case BatchPreview():
            tokens = [(f"/confirmations/{n}", each) for n, each in enumerate(asked.confirmations)]
            found = _confirmed(context, caller, published, tokens)
        case RestrictedPreview():
            found = await restricted_subjects.previewed(connection, asked.restriction_ids)
        case AgedPreview():
            aged = await restricted_subjects.aged(connection, asked.older_than_days)
            found = await restricted_subjects.previewed(connection, aged)
        case other:
            assert_never(other)
    return list({each.subject_key: each for each in found}.values())


def _confirmed(
    context: Context, caller: Caller, published: PublishedMap, tokens: Sequence[tuple[str, str]]
) -> list[Meant]:
    return [
        by_confirmation(context, caller, published, token, pointer) for pointer, token in tokens
    ]


async def _seen(forecasts: Forecasts, meant: Sequence[Meant]) -> list[_Seen]:
    """Look at each person as things are, and as they will be.

    Where two siblings are erased together, what was kept for the first goes with the second; what
    is held goes once the hold has ended. Whoever approves the preview approves that, too.
    """
    looks = await look_at(forecasts, meant)
    is_held = any(each is not None and each.keeps_held for each in looks)
    later = looks
    if (len(meant) > 1 or is_held) and forecasts.right is Right.ERASURE:
        later = await look_ahead(forecasts, meant, looks)
    seen = []
    for person, now, then in zip(meant, looks, later, strict=True):
        if now is None or then is None:
            if person.restriction_id is not None:
                continue  # emptying answers for this one on its own
            raise nobody_there()
        seen.append(
            _Seen(
                subject_digest=forecasts.digest(person.subject_key),
                found=now.found,
                held=held_digest(now.held),
                occurrences=occurrences_of(now.found),
                later=occurrences_of(then.found),
            )
        )
    return seen


def _stored(
    caller: Caller, published: PublishedMap, basis: Basis, preview: Preview, seen: _Seen
) -> NewPreview:
    return NewPreview(
        id=PreviewId(new_id()),
        right=basis.right,
        subject_digest=seen.subject_digest,
        data_map_version_id=published.version_id,
        client_id=caller.client_id,
        digest=preview.digest,
        content={
            "own_digest": basis.digest(seen.subject_digest, seen.occurrences, seen.held),
            "data_map": basis.data_map,
            "settings": basis.settings,
            "held": seen.held,
            "occurrences": seen.occurrences,
            "later": seen.later,
        },
        expires_at=preview.expires_at,
    )

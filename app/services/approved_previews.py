"""Holds a submission against the preview that was approved: what would happen is looked at again.

Reference:
    DESIGN, "Erasure": the digest binds map, settings, subject and what occurs, not how often.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.errors import Fault, Refused
from app.domain.subject_digests import digest
from app.engine.forecast import Forecast
from app.services.authentication import Caller
from app.services.confirmations import nobody_there
from app.services.context import Context
from app.services.forecasts import look_at, open_forecasts
from app.services.meant import Meant
from app.services.preview_digests import (
    Basis,
    Occurrence,
    held_digest,
    occurrences_of,
    settings_digest,
)
from app.services.published_maps import PublishedMap
from app.store import previews
from app.store.controllers import Controller
from app.store.previews import Preview
from app.store.transaction import transaction
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Right

_POINTER = "/preview_digest"

Options = Mapping[str, object]
"""What the job is told of the approval."""

Shown = Mapping[str, object]
"""What a preview showed."""


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval rests on.

    Attributes:
        controller: The caller's.
        published: Its data map.
        right: The right that was approved.
        digest: Of the preview.
    """

    controller: Controller
    published: PublishedMap
    right: Right
    digest: str


async def hold_against(
    context: Context, caller: Caller, approved: Approved, meant: Sequence[Meant]
) -> list[Options | Refused]:
    """Look again at what would happen to some persons, and hold it against what was approved.

    Args:
        context: What the use cases work with.
        caller: Who submits.
        approved: What the approval rests on.
        meant: Whom, at most 1,000.

    Returns:
        For each person what the job is told, or why the approval does not hold.

    Raises:
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    known = await _known(context, caller, approved, meant)
    shown = [None if each is None else each.content for each in known]
    return await hold_again(context, approved, meant, shown)


async def hold_again(
    context: Context,
    approved: Approved,
    meant: Sequence[Meant],
    shown: Sequence[Shown | None],
) -> list[Options | Refused]:
    """Look again at what would happen, and hold it against what previews showed.

    Args:
        context: What the use cases work with.
        approved: What the approval rests on.
        meant: Whom, at most 1,000.
        shown: For each of them what the preview showed; None where there is none.

    Returns:
        As ``hold_against``.

    Raises:
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    controller, published = approved.controller, approved.published
    forecasts = open_forecasts(context, controller, published, approved.right)
    looks = await look_at(forecasts, meant)
    basis = Basis(approved.right, published.sha256, settings_digest(controller.settings))
    return [
        _verdict(approved, basis, forecasts.digest(person.subject_key), content, look)
        for person, content, look in zip(meant, shown, looks, strict=True)
    ]


async def _known(
    context: Context,
    caller: Caller,
    approved: Approved,
    meant: Sequence[Meant],
) -> list[Preview | None]:
    digest_key = context.keyring.unwrap(approved.controller.digest_key)
    async with transaction(context.database, caller.controller_id) as connection:
        return [
            await previews.find(
                connection, approved.digest, digest(digest_key, each.subject_key), approved.right
            )
            for each in meant
        ]


def _verdict(
    approved: Approved,
    basis: Basis,
    subject_digest: bytes,
    content: Shown | None,
    look: Forecast | None,
) -> Options | Refused:
    if look is None:
        return nobody_there()
    if content is None:
        return Refused(
            Problem.PREVIEW_MISSING,
            "No preview of this person has this digest, or it has expired. Make a preview first.",
            (Fault(_POINTER, "is the digest of no preview of this person"),),
        )
    occurrences, held = occurrences_of(look.found), held_digest(look.held)
    if basis.digest(subject_digest, occurrences, held) != content["own_digest"]:
        return Refused(
            Problem.PREVIEW_OUTDATED,
            "Something else would happen now than was approved; see errors. Make a new preview.",
            _differences(content, basis, occurrences, held),
        )
    # What follows once others of the same preview are erased, and nothing is held, was approved, too.
    rules = {each[:3] for each in (*occurrences, *_stored(content, "later"))}
    return {
        "preview_digest": approved.digest,
        "occurrences": [list(each) for each in sorted(rules)],
        "approved_preview": content,
    }


def _differences(
    content: Shown, basis: Basis, occurrences: Sequence[Occurrence], held: str
) -> tuple[Fault, ...]:
    """Say what differs: map, settings, what is held, and each rule that applies now or no longer does."""
    told = []
    if content["data_map"] != basis.data_map:
        told.append("the data map was published anew since")
    if content["settings"] != basis.settings:
        told.append("the controller's settings have changed since")
    if content["held"] != held:
        told.append("what is held has changed since")
    before, now = _stored(content, "occurrences"), set(occurrences)
    told += [f"{_named(each)} now applies" for each in sorted(now - before)]
    told += [f"{_named(each)} no longer applies" for each in sorted(before - now)]
    return tuple(Fault(_POINTER, each) for each in told)


def _stored(content: Shown, name: str) -> set[Occurrence]:
    """Read back what a preview showed."""
    stored: Iterable[tuple[str, str, int, str]] = content[name]  # type: ignore[assignment]
    return {(each[0], each[1], each[2], each[3]) for each in stored}


def _named(occurrence: Occurrence) -> str:
    record_type, role, position, effect = occurrence
    return f"rule {position} of {record_type}, {role}: {effect}"

"""What the learning platform tells: that something or somebody is gone, or in its trashcan."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Discriminator, StringConstraints, Tag, model_validator

from schemas.approvals import Line
from schemas.data_map import Identifier
from schemas.vocabulary import LmsEventType
from schemas.wire import Moment, Wire

KeyInLms = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
"""A key of the learning platform's database, as text."""


class ContainerDeleted(Wire):
    """A course, a project, a thread: something that records lie in is gone for good."""

    type: Literal[LmsEventType.CONTAINER_DELETED]
    table: Identifier
    """The table that it was a row of."""
    key: KeyInLms
    """The key that it had."""


class PersonDeleted(Wire):
    """A person is gone for good."""

    type: Literal[LmsEventType.PERSON_DELETED]
    subject_key: KeyInLms
    """The key that the person had."""


class _MovedPerson(Wire):
    subject_key: KeyInLms | None = None
    """The person's key; or else an identifier and its value."""
    identifier: Annotated[str, StringConstraints(min_length=1, max_length=63)] | None = None
    """The name of an identifier of the controller's data map, such as `username`."""
    value: KeyInLms | None = None
    """What the identifier is, whole; one person may have it only."""
    moved_by: Line
    """Who did it on the learning platform."""
    moved_at: Moment
    """When; not in the future."""
    reference: Line
    """Under what number the learning platform or the controller keeps it."""

    @model_validator(mode="after")
    def _names_somebody(self) -> "_MovedPerson":
        is_by_key = self.subject_key is not None
        named = (self.identifier is not None, self.value is not None)
        if named != (not is_by_key, not is_by_key):
            raise ValueError("say subject_key, or identifier and value")
        return self


class PersonTrashed(_MovedPerson):
    """A person was moved to the trashcan."""

    type: Literal[LmsEventType.PERSON_TRASHED]


class PersonRestored(_MovedPerson):
    """A person was taken out of the trashcan."""

    type: Literal[LmsEventType.PERSON_RESTORED]


def _kind(value: object) -> str | None:
    kind = value.get("type") if isinstance(value, dict) else LmsEventType.CONTAINER_DELETED
    return f"@{kind}" if isinstance(kind, str) and kind in set(LmsEventType) else None


LmsEvent = Annotated[
    Annotated[ContainerDeleted, Tag("@container.deleted")]
    | Annotated[PersonDeleted, Tag("@person.deleted")]
    | Annotated[PersonTrashed, Tag("@person.trashed")]
    | Annotated[PersonRestored, Tag("@person.restored")],
    Discriminator(
        _kind,
        custom_error_type="event_unknown",
        custom_error_message="names no event that is known here",
    ),
]
"""Whatever the learning platform can tell."""


class LmsEventResult(Wire):
    """What came of an event."""

    is_re_examined: bool
    """Whether the controller's deferrals are looked at again."""
    subject_request_ids: tuple[UUID, ...] = ()
    """The subject requests that it opened."""

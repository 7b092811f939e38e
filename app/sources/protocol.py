"""What the engine asks of any source, whatever back end stands behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.catalogue import Catalogue
from app.sources.hands import Hands, HeldRecords
from schemas.vocabulary import FieldType, Right

Sink = Callable[[bytes], Awaitable[None]]
"""Takes a chunk of whole records."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """Whose turn it is to change records.

    Attributes:
        job_id: The job, as its sessions are called in the source; empty where nothing is changed.
        lease_seconds: How long the job is the worker's without renewing.
    """

    job_id: str
    lease_seconds: float


NO_TENURE = Tenure("", 10.0)
"""Of who only looks: it bounds what writes, and a look writes nothing."""


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """A data subject, as the LMS knows them.

    Attributes:
        controller_key: The controller's key in the LMS, as text; the empty text where the source
            has one controller only.
        subject_key: The subject's key in the LMS, as text.
    """

    controller_key: str
    subject_key: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person that a search found.

    Attributes:
        key: The person's key in the LMS, as text.
        display: What the data map shows of a person, by column.
    """

    key: str
    display: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a controller.

    Attributes:
        subject_key: The person's key in the LMS, as text.
        created_at: Aware moment at which the person was created; None where the map does not say.
    """

    subject_key: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field as it stands in an export.

    Attributes:
        name: As the data map names it.
        title: For people.
        type: How its text reads.
    """

    name: str
    title: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class ExportedRecords:
    """What an export of one record type gave.

    Attributes:
        count: Records written, as the source counted them.
        replaced_characters: Characters that XML cannot hold, replaced by U+FFFD.
        redactions: By field, in how many records it was redacted.
    """

    count: int
    replaced_characters: int
    redactions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class UploadReference:
    """A stored upload that a record names.

    Attributes:
        record_key: Key of the record, as in the export.
        field: The field that names it.
        source: The file store.
        path: Where it lies there, relative.
        original_name: The name the uploader gave, if the source knows it.
    """

    record_key: str
    field: str
    source: str
    path: str
    original_name: str | None


class Snapshot(Protocol):
    """One subject's records, as one moment of a source shows them."""

    @property
    def display(self) -> Mapping[str, str | None]:
        """Give what the data map shows of the person, by column; empty beside the subject's source."""
        ...

    def fields(self, record_type: str) -> tuple[FieldShape, ...]:
        """Name the fields that an export of the record type holds, in order."""
        ...

    async def export(self, record_type: str, sink: Sink) -> ExportedRecords:
        """Write every record of a record type, as XML, to a sink.

        Raises:
            SourceFailure: The source did not answer, or not as the data map says.
        """
        ...

    async def count(self, record_type: str) -> int:
        """Count the records that an export of a record type would write.

        Raises:
            SourceFailure: The source did not answer, or not as the data map says.
        """
        ...

    def uploads(self, record_type: str) -> AsyncIterator[UploadReference]:
        """Name every stored upload of a record type's exported records."""
        ...


class RecordSource(Protocol):
    """A source that holds records."""

    async def describe(self) -> Catalogue:
        """Say what its tables are now.

        Raises:
            SourceFailure: It did not answer.
        """
        ...

    async def search(
        self, controller_key: str, identifier: str, value: str, limit: int
    ) -> list[Candidate]:
        """Find persons of one controller by an identifier of the data map.

        Args:
            controller_key: The controller's key in the LMS.
            identifier: A name that the map gives.
            value: What to look for.
            limit: At most so many.
        """
        ...

    async def find(self, subject: SubjectRef) -> Candidate | None:
        """Find the person of a key; None where the controller has no such person.

        Raises:
            SourceFailure: The source did not answer.
        """
        ...

    async def read_controller_key(self, key: str, table: str, column: str) -> str | None:
        """Say how a controller's key reads where it is compared; None where it cannot be compared.

        Two keys that name the same persons read the same.

        Args:
            key: The controller's key in the LMS, as somebody writes it.
            table: A table of the source.
            column: Its column that holds controllers' keys.

        Raises:
            SourceFailure: The source did not answer.
        """
        ...

    async def count_persons(self, controller_key: str) -> int:
        """Count the persons of a controller.

        Args:
            controller_key: The controller's key in the LMS.

        Raises:
            SourceFailure: The source did not answer.
        """
        ...

    def persons(self, controller_key: str) -> AsyncIterator[list[Person]]:
        """Name every person of a controller, some thousands at a time, as one moment shows them.

        Args:
            controller_key: The controller's key in the LMS.

        Raises:
            SourceFailure: The source did not answer.
        """
        ...

    def snapshot(
        self, subject: SubjectRef, right: Right, held: HeldRecords | None = None
    ) -> AbstractAsyncContextManager[Snapshot]:
        """Open one moment of the source for one subject.

        Args:
            subject: Whose records.
            right: ``access`` or ``portability``.
            held: What restrictions of the subject hold: exported as it was before.

        Raises:
            AttentionNeeded: The controller has no such person any more.
            SourceFailure: The source did not answer, or not as the data map says.
        """
        ...

    async def hands(self, subject: SubjectRef, right: Right, tenure: Tenure) -> Hands:
        """Lay hands on one subject's records.

        Args:
            subject: Whose records.
            right: ``restriction`` or ``erasure``: whose rules hold.
            tenure: Whose turn it is to change records.

        Raises:
            SourceFailure: The source did not answer.
        """
        ...


class UploadStore(Protocol):
    """A source that holds uploaded files."""

    def read(self, path: str) -> AbstractAsyncContextManager[AsyncIterator[bytes] | None]:
        """Open an upload until the block ends; None where it is missing.

        Args:
            path: Relative path, as a record names it.

        Raises:
            SourceFailure: The store did not answer, also while the upload is read.
        """
        ...

    async def is_there(self, path: str) -> bool:
        """Tell whether there is an upload to delete.

        Args:
            path: Relative path, as a record named it.

        Raises:
            SourceFailure: The store did not answer.
        """
        ...

    async def delete(self, path: str) -> bool:
        """Delete an upload for good; false where it was missing.

        Args:
            path: Relative path, as a record named it.

        Raises:
            SourceFailure: The store did not answer, or keeps it.
        """
        ...

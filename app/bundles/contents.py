"""What stands in a bundle, record type by record type."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.bundles.header import PurposeNote, RetentionNote
from schemas.vocabulary import Category, FieldType


@dataclass(frozen=True, slots=True)
class FieldHeading:
    """A field of a record type.

    Attributes:
        name: As in the data map, and in every record.
        title: For people.
        type: How its text reads.
    """

    name: str
    title: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class RecordTypeHeading:
    """What is said of a record type before its records.

    Attributes:
        name: As in the data map.
        title: For people.
        category: The kind of personal data.
        purposes: Why it is held.
        retention: How long.
        origin: Where it comes from, where not from the subject.
        seen_by: Who can see it.
        corrected_by: Who corrects it (Art. 16).
        roles: In what part a record may name the subject: name to title.
        fields: In the order in which records hold them.
    """

    name: str
    title: str
    category: Category
    purposes: tuple[PurposeNote, ...]
    retention: RetentionNote
    origin: str | None
    seen_by: str | None
    corrected_by: str | None
    roles: Mapping[str, str]
    fields: tuple[FieldHeading, ...]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A stored upload that a record names.

    Attributes:
        record_key: The record's key, as in the export.
        field: The field that names it.
        original_name: The name that the uploader gave.
        path: Its place in the bundle; None where the file store has lost it.
        size_bytes: Of the file; None where it is missing.
        sha256_hex: Of the file; None where it is missing.
    """

    record_key: str
    field: str
    original_name: str | None = None
    path: str | None = None
    size_bytes: int | None = None
    sha256_hex: str | None = None


@dataclass(frozen=True, slots=True)
class RecordTypeSummary:
    """What can be counted of a record type once its records stand.

    Attributes:
        count: Records.
        replaced_characters: Characters that XML cannot hold, replaced by U+FFFD.
        redactions: By field, in how many records it was redacted.
        file_count: Uploads in the bundle.
        missing_file_count: Uploads that a record names and the file store has lost.
    """

    count: int
    replaced_characters: int = 0
    redactions: Mapping[str, int] = field(default_factory=dict)
    file_count: int = 0
    missing_file_count: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a bundle."""

    record_count: int
    file_count: int
    missing_file_count: int
    replaced_characters: int


@dataclass(frozen=True, slots=True)
class RecordTypeSection:
    """A record type as the page shows it.

    Attributes:
        heading: What was said before its records.
        summary: What was counted.
        records: The first ones, as an excerpt keeps them.
        files: The uploads that these records name.
    """

    heading: RecordTypeHeading
    summary: RecordTypeSummary
    records: tuple[bytes, ...] = ()
    files: tuple[FileEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleContents:
    """What a bundle holds, beside the records themselves.

    Attributes:
        record_types: Every included record type, also the empty ones, in the order of data.xml.
        internal_logic: The record types that are named and not included: name to title.
        totals: The sums.
    """

    record_types: tuple[RecordTypeSection, ...]
    internal_logic: Mapping[str, str]
    totals: Totals

    def by_category(self) -> dict[Category, list[RecordTypeSection]]:
        """Give the record types of each category that has any, in the categories' order."""
        grouped = {
            category: [each for each in self.record_types if each.heading.category is category]
            for category in Category
        }
        return {category: sections for category, sections in grouped.items() if sections}

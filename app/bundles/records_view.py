"""Read the records of an excerpt for the page.

Reference:
    ``schemas/xsd/bundle.xsd``, type ``Record``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from app.bundles.contents import FieldHeading, FileEntry, RecordTypeHeading
from app.bundles.values import NULL, WITHHELD, Shown, shown
from schemas.vocabulary import FieldType

FileKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ShownField:
    """A line of a record: title, value, and the upload that the value names."""

    title: str
    value: Shown
    file: FileEntry | None

    @property
    def is_null(self) -> bool:
        """Whether the source holds no value."""
        return self.value is NULL


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record as the page shows it.

    Attributes:
        number: From 1, within its record type.
        key: As in data.xml.
        roles: Titles of the parts in which the person is named.
        fields: Lines, in the order of the data map.
    """

    number: int
    key: str
    roles: tuple[str, ...]
    fields: tuple[ShownField, ...]

    @property
    def unset(self) -> tuple[str, ...]:
        """The titles of the fields for which the source holds no value."""
        return tuple(field.title for field in self.fields if field.is_null)


def shown_records(
    records: Iterable[bytes], heading: RecordTypeHeading, files: Iterable[FileEntry]
) -> Iterator[ShownRecord]:
    """Read records one after the other.

    Args:
        records: ``record`` elements, as an excerpt keeps them.
        heading: Of their record type.
        files: The uploads that they name.
    """
    fields = {each.name: each for each in heading.fields}
    by_field = {(each.record_key, each.field): each for each in files}
    for number, record in enumerate(records, 1):
        try:
            element = ET.fromstring(record)  # noqa: S314 - see above
        except ET.ParseError:  # a key or field longer than an excerpt keeps
            element = ET.Element("record", key="", roles="")
        yield _shown_record(number, element, heading.roles, fields, by_field)


def _shown_record(
    number: int,
    element: ET.Element,
    roles: Mapping[str, str],
    fields: Mapping[str, FieldHeading],
    files: Mapping[FileKey, FileEntry],
) -> ShownRecord:
    key = element.get("key", "")
    return ShownRecord(
        number,
        key,
        tuple(roles.get(role, role) for role in element.get("roles", "").split()),
        tuple(
            ShownField(
                fields[name].title if name in fields else name,
                _value(field, fields[name].type if name in fields else FieldType.OTHER),
                files.get((key, name)),
            )
            for field in element
            if (name := field.get("name", ""))
        ),
    )


def _value(field: ET.Element, kind: FieldType) -> Shown:
    if field.get("redacted"):
        return WITHHELD
    if field.get("null"):
        return NULL
    return shown(field.text or "", kind)

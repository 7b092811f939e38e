"""What rules wait for can be looked at when the record's author is long gone."""

from collections.abc import Iterator

from app.datamap.check_names import audiences_in
from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import conditions, nested, rules, source_of


def check_waiting(document: MapDocument) -> Iterator[Finding]:
    """Find conditions that cannot be asked where they stand.

    Args:
        document: Any data map.

    Reference:
        ``docs/effects.md``, "What conditions see", "Deferrals".
    """
    yield from _until(document)
    yield from _of_persons(document)


def _until(document: MapDocument) -> Iterator[Finding]:
    """A deferral remembers the container of a record, and neither its key nor its values."""
    for placed in rules(document.data_map):
        for position, rule in enumerate(placed.rules):
            for path, asked in nested((*placed.path, position, "until"), rule.until):
                if asked.is_ is not None:
                    detail = "`until` asks for a column's value, which nothing remembers"
                    remedy = "Move `is` to `when`; `until` waits for persons and containers."
                    yield document.error((*path, "is"), detail, remedy)


def _of_persons(document: MapDocument) -> Iterator[Finding]:
    subject = document.data_map.subject
    for placed in conditions(document.data_map):
        source = source_of(document.data_map, placed.record_type)
        is_beside = source == subject.source
        if placed.condition.named_by_kept is not None and not (
            is_beside and placed.record_type.table == subject.table
        ):
            detail = "only a person's own row is named by other records"
            remedy = f"Ask it in a record type over `{subject.table}`."
            yield document.error((*placed.path, "named_by_kept"), detail, remedy)
        asked = [key for key, _ in audiences_in(placed.condition)]
        if placed.condition.person_gone is not None:
            asked.append("person_gone")
        for key in asked if not is_beside else ():
            detail = f"`{key}` asks for persons, who are in the source `{subject.source}`"
            remedy = "Records of another source cannot wait for them: decide by `is`, or always."
            yield document.error((*placed.path, key), detail, remedy)

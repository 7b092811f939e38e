"""What anonymises or hides a record can be done, and can be undone where it must be."""

from collections.abc import Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.walk import (
    PlacedChange,
    PlacedRules,
    changes,
    effects_of,
    rules,
)
from app.rules import OWN_KEY, STAND_IN, change_of, columns_of
from schemas.data_map import Change, RecordType, Rule
from schemas.vocabulary import Effect


def check_changes(document: MapDocument) -> Iterator[Finding]:
    """Find changes that are missing, that name no stand-in, or that destroy what rules look at.

    Args:
        document: Any data map.
    """
    for changed in changes(document.data_map):
        yield from _placeholders(document, changed.path, changed.change)
        yield from _own_keys(document, changed)
    yield from _shapes(document)
    for placed in rules(document.data_map):
        for position, rule in enumerate(placed.rules):
            path = (*placed.path, position)
            yield from _defined(document, path, placed.record_type, rule)
            yield from _protected(document, path, placed, rule)


def _placeholders(document: MapDocument, path: Path, change: Change) -> Iterator[Finding]:
    for column, value in (change.set_ or {}).items():
        place = (*path, "set", column)
        if not isinstance(value, str) or not value.startswith("$") or OWN_KEY in value:
            continue
        if value != STAND_IN:
            detail = f"`{value}` stands for nothing"
            yield document.error(place, detail, "Only `$stand_in` does.")
        elif document.data_map.subject.stand_in is None:
            detail = "`$stand_in` is used, and the map describes no stand-in"
            yield document.error(place, detail, "Add `stand_in: {set: {…}}` to `subject`.")
        elif path[0] == "subject":
            detail = "the person's own row cannot refer to the stand-in"
            yield document.error(place, detail, "Set a literal or null.")


def _own_keys(document: MapDocument, changed: PlacedChange) -> Iterator[Finding]:
    subject = document.data_map.subject
    is_person = changed.source == subject.source and changed.table == subject.table
    for column, value in (changed.change.set_ or {}).items():
        is_own = isinstance(value, str) and OWN_KEY in value
        if is_own and (not is_person or changed.path[0] == "subject"):
            detail = f"`{OWN_KEY}` is the person's own key, and means nothing here"
            remedy = "Only a record type over the table of persons may use it."
            yield document.error((*changed.path, "set", column), detail, remedy)


def _shapes(document: MapDocument) -> Iterator[Finding]:
    subject = document.data_map.subject
    for key, change in (("stand_in", subject.stand_in), ("login", subject.login)):
        if change is not None and (change.blank or change.remove):
            detail = f"`{key}` sets columns, and does nothing else"
            yield document.error(("subject", key), detail, "Write `set: {…}` alone.")
    for name, record_type in document.data_map.record_types.items():
        if record_type.anonymise is not None and record_type.anonymise.remove:
            detail = "an anonymised record stays where it is"
            remedy = "Write `set`; only `hide` removes."
            yield document.error(("record_types", name, "anonymise", "remove"), detail, remedy)


def _defined(
    document: MapDocument, path: Path, record_type: RecordType, rule: Rule
) -> Iterator[Finding]:
    if rule.set_ and rule.effect not in {Effect.ANONYMISE, Effect.HIDE}:
        detail = f"`set` says nothing beside `{rule.effect}`"
        yield document.error((*path, "set"), detail, "Take it out, or write `effect: anonymise`.")
    for key, effect in zip(("effect", "then"), effects_of(rule), strict=False):
        if effect not in {Effect.ANONYMISE, Effect.HIDE}:
            continue
        if change_of(record_type, rule, effect) is None:
            detail = f"nothing says how a record is changed by `{effect}`"
            remedy = f"Add `{effect}: {{set: {{…}}}}` to the record type, or `set` to the rule."
            yield document.error((*path, key), detail, remedy)


def _protected(
    document: MapDocument, path: Path, placed: PlacedRules, rule: Rule
) -> Iterator[Finding]:
    made = [change_of(placed.record_type, rule, effect) for effect in effects_of(rule)]
    changed = {column for change in made if change is not None for column in columns_of(change)}
    for column in sorted(changed & set(placed.record_type.key)):
        detail = f"it changes `{column}`, which is part of the record's key"
        yield document.error(path, detail, "Leave the key as it is.")

"""What rules wait for can be looked at when the record's author is long gone."""

from collections.abc import Iterator

from app.conditions import container_columns
from app.datamap.check_names import audiences_in
from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.walk import (
    PlacedRole,
    asked_columns,
    conditions,
    is_of_persons,
    nested,
    roles,
    rules,
    source_of,
)
from app.rules import change_of, columns_of, rules_for
from schemas.data_map import Condition, Rule
from schemas.vocabulary import Right

_UNNAMED = Condition.model_validate({"not": {"named_by_kept": True}})


def check_waiting(document: MapDocument) -> Iterator[Finding]:
    """Find conditions that cannot be asked where they stand.

    Args:
        document: Any data map.

    Reference:
        ``docs/effects.md``, "What conditions see", "Deferrals".
    """
    yield from _until(document)
    yield from _found_again(document)
    yield from _own_rows(document)
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


def _deferring(document: MapDocument) -> Iterator[tuple[Path, PlacedRole, tuple[Rule, ...]]]:
    """Give every rule that defers, for each role: its place, and the role's rules up to it."""
    for placed in roles(document.data_map):
        listed = rules_for(placed.record_type, placed.role, Right.ERASURE) or ()
        for position, rule in enumerate(listed):
            if rule.until is not None:
                path = (*placed.path, Right.ERASURE.value, position)
                yield path, placed, listed[: position + 1]


def _found_again(document: MapDocument) -> Iterator[Finding]:
    """What waits is found by its container, its type and its rule, as the change has left them."""
    for path, placed, upto in _deferring(document):
        change = change_of(placed.record_type, upto[-1], upto[-1].effect)
        if change is None:
            continue
        others = {role.column for role in placed.record_type.roles.values()} - {placed.role.column}
        found_by = _found_by(document, placed, upto)
        # a column that names somebody else is left as it is
        for column in sorted(found_by.keys() & set(columns_of(change)) - others):
            detail = f"it changes `{column}`, {found_by[column]}: it would wait for good"
            remedy = f"Leave `{column}` as it is, or decide without `until`."
            yield document.error(path, detail, remedy)


def _found_by(document: MapDocument, placed: PlacedRole, upto: tuple[Rule, ...]) -> dict[str, str]:
    """Name the columns by which a release finds what waits, each with the reason."""
    *before, own = upto
    asked = [*(own.when.is_ or () if own.when is not None else ())]
    asked += [c for each in before if _asks_the_row_alone(each) for c in asked_columns(each.when)]
    where = asked_columns(placed.record_type.where)
    container = container_columns(document.data_map, own.until) if own.until is not None else ()
    return {
        **dict.fromkeys(asked, "by which its rule is told"),
        **dict.fromkeys(asked_columns(placed.role.where), "by which its role is told"),
        **dict.fromkeys(where, "by which the record type tells its records"),
        **dict.fromkeys(container, "by which what waits is found again"),
    }


def _asks_the_row_alone(rule: Rule) -> bool:
    return all(each.model_fields_set <= {"is_", "not_"} for _, each in nested((), rule.when))


def _own_rows(document: MapDocument) -> Iterator[Finding]:
    """Who waits for nothing but the name counts as gone meanwhile, and is known by the key alone."""
    key = document.data_map.subject.key
    for path, placed, upto in _deferring(document):
        if not is_of_persons(document.data_map, placed.record_type):
            continue
        if placed.role.column != key:
            detail = f"a person's row waits in the role by `{key}` alone"
            remedy = "Take `until` and `then` out of this role."
            yield document.error((*path, "until"), detail, remedy)
        elif upto[-1].until != _UNNAMED:
            detail = "a person's row waits only until nothing names it"
            remedy = "Write `until: {not: {named_by_kept: true}}`, or decide without `until`."
            yield document.error((*path, "until"), detail, remedy)


def _of_persons(document: MapDocument) -> Iterator[Finding]:
    data_map, subject = document.data_map, document.data_map.subject
    for placed in conditions(data_map):
        is_beside = source_of(data_map, placed.record_type) == subject.source
        if placed.condition.named_by_kept is not None and not is_of_persons(
            data_map, placed.record_type
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

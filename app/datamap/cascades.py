"""Whether the engine acts by itself on all that the database would delete or empty with a row."""

from collections.abc import Sequence

from app.datamap.live import Live
from app.datamap.walk import asked_columns
from app.domain.catalogue import ForeignKey
from app.rules import Branch, branches_of, change_of, columns_of
from schemas.data_map import RecordType, Role
from schemas.vocabulary import Effect, Right


def is_foreseen(live: Live, table: str, key: ForeignKey) -> bool:
    """Say whether an erasure has done by its rules what a foreign key would do to other rows.

    Every record type of the referring table has to be found by the reference itself: in a role via
    each record type of the table that is referred to, or, where that holds the persons, in a role
    by the column. Roles and record types that take only some rows leave it open what becomes of
    the others, and so does a record type with a column of the controller's: rows of another one are
    never found. What is found via a record that goes has to be deleted, or to let go of it.

    Args:
        live: Any.
        table: The referring table, which stands in a record type.
        key: Its foreign key, which deletes or empties.
    """
    if tells_controllers(live, table):
        return False
    specs = [live.record_types[name] for name in sorted(_types_over(live, table))]
    if live.holds_subjects and key.references == live.data_map.subject.table:
        return all(_names_whom_it_refers_to(live, each, key) for each in specs)
    return _are_all(specs) and all(_goes_before(live, each, key) for each in specs)


def tells_controllers(live: Live, table: str) -> bool:
    """Say whether records of a table are found only where they are the controller's own.

    Args:
        live: Any.
        table: A table that stands in a record type.
    """
    return any(live.record_types[name].controller for name in _types_over(live, table))


def locates(live: Live, table: str, key: ForeignKey) -> bool:
    """Say whether persons are found by a column of a foreign key, or records or audiences told apart.

    Args:
        live: Any.
        table: The referring table.
        key: Its foreign key.
    """
    used: set[str] = set()
    for spec in live.record_types.values():
        if spec.table == table:
            used |= {*spec.key, *asked_columns(spec.where)}
            for role in spec.roles.values():
                used |= {role.column or "", *(role.match or {})}
                used.update(asked_columns(role.where))
    for audience in live.data_map.audiences.values():
        if audience.table == table:
            used |= {audience.person or "", *(audience.match or {}).values()}
            used.update(asked_columns(audience.where))
    return not used.isdisjoint(key.columns)


def _are_all(specs: Sequence[RecordType]) -> bool:
    """Say whether the record types of a table are sure to take all its rows."""
    wheres = [each.where for each in specs]
    return not specs or None in wheres or any(each and each.not_ in wheres for each in wheres)


def _names_whom_it_refers_to(live: Live, spec: RecordType, key: ForeignKey) -> bool:
    """Say whether whoever is referred to has a role; what a rule keeps is looked at elsewhere."""
    persons = _types_over(live, key.references)
    return any(
        role.where is None and role.column is not None and key.columns == (role.column,)
        for role in spec.roles.values()
    ) or any(role.via in persons and _leads_by(role, key) for role in spec.roles.values())


def _goes_before(live: Live, spec: RecordType, key: ForeignKey) -> bool:
    """Say whether all that refers to what goes is found through it, and deleted or let go of."""
    leading = {name: role for name, role in spec.roles.items() if _leads_by(role, key)}
    above = _types_over(live, key.references)
    found = {role.via for role in leading.values()}
    if not above or not above <= found:
        return False
    branches = branches_of(spec, Right.ERASURE)
    excepted = any(each.rule.article is not None for each in branches)
    return not excepted and all(
        _lets_go(spec, each, key) for each in branches if each.role in leading
    )


def _types_over(live: Live, table: str) -> set[str]:
    """Name the record types of a table that hold something."""
    return {
        name
        for name, each in live.record_types.items()
        if each.table == table and each.holds_nothing is None
    }


def _leads_by(role: Role, key: ForeignKey) -> bool:
    """Say whether a role finds all rows that refer by a foreign key to a record of its ``via``."""
    if role.where is not None or role.via_roles is not None or not role.match:
        return False
    return role.match.items() <= dict(zip(key.columns, key.referenced_columns, strict=True)).items()


def _lets_go(spec: RecordType, branch: Branch, key: ForeignKey) -> bool:
    if branch.rule.effect is Effect.DELETE:
        return True
    change = change_of(spec, branch.rule, branch.rule.effect)
    return change is not None and bool(set(columns_of(change)) & set(key.columns))

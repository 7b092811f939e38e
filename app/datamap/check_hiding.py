"""What one person's restriction changes is found by the others whom it names, as before."""

from collections.abc import Iterator

from app.datamap.check_partitions import are_disjoint
from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import PlacedRole, asked_columns, roles, source_of
from app.rules import change_of, columns_of, rules_for
from schemas.data_map import Change, Condition, DataMap, Role
from schemas.vocabulary import Right

_REMEDY = (
    "Others whom the record names would not be found by it: hide by another column, anonymise, or"
    " keep."
)


def check_hiding(document: MapDocument) -> Iterator[Finding]:
    """Find restrictions by which a record would no longer be found for another person.

    Args:
        document: Any data map.

    Reference:
        ``docs/data-map.md``, "Rules".
    """
    for placed in roles(document.data_map):
        wheres = list(_wheres_of_others(document.data_map, placed))
        listed = rules_for(placed.record_type, placed.role, Right.RESTRICTION) or ()
        for position, rule in enumerate(listed):
            change = change_of(placed.record_type, rule, rule.effect)
            path = (*placed.path, Right.RESTRICTION.value, position)
            if change is None:
                continue
            for where, why in wheres:
                for column in _leaving(where, change):
                    detail = f"a restriction changes `{column}`, by which {why}"
                    yield document.error(path, detail, _REMEDY)


def _wheres_of_others(data_map: DataMap, placed: PlacedRole) -> Iterator[tuple[Condition, str]]:
    """Give every ``where`` by which others whom a record of a role names are led to it."""
    own = {} if _names_one(data_map, placed.role) else {placed.name: placed.role}
    others = {
        name: role
        for name, role in placed.record_type.roles.items()
        if name != placed.name and not _exclude_each_other(data_map, placed.role, role)
    }
    if placed.record_type.where is not None and {**own, **others}:
        yield placed.record_type.where, "the record type tells its records"
    for name, role in {**own, **others}.items():
        if role.where is not None:
            yield role.where, f"the role `{name}` is told"


def _names_one(data_map: DataMap, role: Role) -> bool:
    """Say whether a record names one person in a role, and no two."""
    seen: set[str] = set()
    while role.via is not None:
        via = data_map.record_types.get(role.via)
        names = role.via_roles or tuple(via.roles if via is not None else ())
        if via is None or role.via in seen or len(names) != 1 or names[0] not in via.roles:
            return False
        if not set(via.key) <= set((role.match or {}).values()):
            return False
        seen.add(role.via)
        role = via.roles[names[0]]
    return True


def _exclude_each_other(data_map: DataMap, one: Role, other: Role) -> bool:
    """Say whether no record has both roles: by what it is, or by what leads to it."""
    if are_disjoint(one.where, other.where):
        return True
    first = data_map.record_types.get(one.via or "")
    second = data_map.record_types.get(other.via or "")
    if first is None or second is None or one.match != other.match:
        return False
    is_same = first.table == second.table
    is_same = is_same and source_of(data_map, first) == source_of(data_map, second)
    return is_same and are_disjoint(first.where, second.where)


def _leaving(where: Condition, change: Change) -> list[str]:
    """Name the columns by whose change a record may leave a ``where`` that it met."""
    touched = set(columns_of(change))
    values = change.set_ or {}
    left = [
        column
        for column, wanted in (where.is_ or {}).items()
        if column in touched
        and values.get(column) not in (wanted if isinstance(wanted, tuple) else (wanted,))
    ]
    denied = touched & set(asked_columns(where.not_))
    if denied and not are_disjoint(where.not_, Condition.model_validate({"is": values})):
        left += denied
    return sorted(set(left))

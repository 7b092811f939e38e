"""Roles as bits: in which of them a field is about somebody else, or given by the subject."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, literal

from schemas.data_map import FieldSpec, RecordType


def all_roles(spec: RecordType) -> int:
    """Give the mask in which every role of a record type is set."""
    return (1 << len(spec.roles)) - 1


def third_party(spec: RecordType, name: str, field: FieldSpec) -> int:
    """Give the roles in which a field is about somebody else.

    Args:
        spec: The record type.
        name: The field's name.
        field: The field.
    """
    if field.third_party:
        return all_roles(spec)
    return _mask(spec, lambda role: name in spec.roles[role].third_party)


def provided(spec: RecordType, field: FieldSpec) -> int:
    """Give the roles in which the subject provided a field.

    Reference:
        GDPR Art. 20(1).
    """
    match field.provided_by_subject:
        case bool(always):
            return all_roles(spec) if always else 0
        case roles:
            return _mask(spec, lambda role: role in roles)


def has_any(mask: ColumnElement[int], bits: int) -> ColumnElement[bool]:
    """Ask whether a record has any of some roles."""
    return mask.op("&")(literal(bits)) != literal(0)


def _mask(spec: RecordType, holds: Callable[[str], bool]) -> int:
    return sum(1 << position for position, role in enumerate(spec.roles) if holds(role))

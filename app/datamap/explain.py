"""Tells whoever writes a data map what its rules come to, rule by rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.conditions import in_words
from app.rules import Branch, branches_of, change_of
from schemas.data_map import Change, RecordType, Rule
from schemas.vocabulary import Effect, Right

_INDENT = " " * 6


@dataclass(frozen=True, slots=True)
class ExplainedType:
    """What is known of one record type.

    Attributes:
        name: The record type.
        spec: The same.
        is_noted: Whether its keys are noted before anything is done.
        counts: By the number of the branch that decides them, how many of the subject's records.
        whens: By the number of the branch, the statement that its ``when`` becomes.
        statement: What counts the subject's records by branch.
    """

    name: str
    spec: RecordType
    is_noted: bool
    counts: Mapping[int, int]
    whens: Mapping[int, str]
    statement: str


def explain_rules(types: list[ExplainedType], right: Right) -> Iterator[str]:
    """Write what the rules for a right come to.

    Args:
        types: In the order of effects.
        right: ``restriction`` or ``erasure``.

    Returns:
        Lines; numbers and statements hold nothing of the subject but counts.
    """
    total = sum(sum(each.counts.values()) for each in types)
    yield f"{right.capitalize()}, record types in the order in which they are worked: {total:,} records."
    for each in types:
        yield ""
        noted = "; its keys are noted before anything is done" if each.is_noted else ""
        records = _records(sum(each.counts.values()))
        yield f"{each.name} ({each.spec.table}, {each.spec.title}): {records}{noted}"
        yield from _roles(each, right)
        yield "  counted by"
        yield from _indented(each.statement)


def _roles(explained: ExplainedType, right: Right) -> Iterator[str]:
    role = ""
    for branch in branches_of(explained.spec, right):
        if branch.role != role:
            role = branch.role
            yield f"  {role}, {_place(explained.spec, role)}"
        count = explained.counts.get(branch.number, 0)
        yield f"    {branch.position + 1}. {_said(explained.spec, branch)}: {_records(count)}"
        if branch.number in explained.whens:
            yield from _indented(explained.whens[branch.number])


def _place(spec: RecordType, name: str) -> str:
    role = spec.roles[name]
    return f"via {role.via}" if role.column is None else f"by {role.column}"


def _said(spec: RecordType, branch: Branch) -> str:
    rule = branch.rule
    first = "otherwise " if branch.position else ""
    when = f"where {in_words(rule.when)}, " if rule.when is not None else first
    said = f"{when}{_effect(spec, rule, rule.effect)}"
    if rule.until is not None and rule.then is not None:
        said += f" until {in_words(rule.until)}, then {_effect(spec, rule, rule.then)}"
    if rule.article is not None:
        said += f" by Art. {rule.article}"
    return said


def _effect(spec: RecordType, rule: Rule, effect: Effect) -> str:
    change = change_of(spec, rule, effect)
    return effect.value if change is None else f"{effect} ({_change(change)})"


def _change(change: Change) -> str:
    parts = [f"{name} := {_value(value)}" for name, value in (change.set_ or {}).items()]
    parts += [f"{name} emptied" for name in change.blank or ()]
    if change.remove:
        parts.append("the row moves to the vault")
    return ", ".join(parts)


def _value(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _records(count: int) -> str:
    return f"{count:,} record" if count == 1 else f"{count:,} records"


def _indented(statement: str) -> Iterator[str]:
    for line in statement.splitlines():
        yield f"{_INDENT}{line.strip()}"

"""A data map's rules as those of the domain, so that what the database decides can be retraced."""

from app.domain.conditions import Condition
from app.domain.decisions import Rule
from app.rules import branches_of
from schemas import data_map
from schemas.vocabulary import Right


def rules_of(record_type: data_map.RecordType, right: Right) -> dict[str, tuple[Rule, ...]]:
    """Give the rules of a record type for a right, by role.

    Args:
        record_type: Any record type of a map.
        right: ``restriction`` or ``erasure``.

    Returns:
        The roles that have rules, in the order of the map, each with its rules in theirs.
    """
    listed: dict[str, tuple[Rule, ...]] = {}
    for branch in branches_of(record_type, right):
        listed[branch.role] = (*listed.get(branch.role, ()), _rule(branch.rule))
    return listed


def _rule(rule: data_map.Rule) -> Rule:
    return Rule(
        effect=rule.effect,
        when=_condition(rule.when),
        until=_condition(rule.until),
        then=rule.then,
        article=rule.article,
    )


def _condition(asked: data_map.Condition | None) -> Condition | None:
    if asked is None:
        return None
    return Condition(
        only_subject=asked.only_subject,
        shared=asked.shared,
        nobody_left=asked.nobody_left,
        container_gone=asked.container_gone or (),
        person_gone=asked.person_gone,
        named_by_kept=asked.named_by_kept,
        is_={
            name: wanted if isinstance(wanted, tuple) else (wanted,)
            for name, wanted in (asked.is_ or {}).items()
        },
        not_=_condition(asked.not_),
    )

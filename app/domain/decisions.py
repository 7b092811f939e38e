"""What becomes of a record: the rule that the database applies as SQL, in plain Python.

Reference:
    ``docs/effects.md``, "A record's decision"; GDPR Art. 17(3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.conditions import Condition, Facts, holds
from schemas.vocabulary import Effect

STRONGEST = 0
"""The strength of what is kept by an exception of Art. 17(3): it beats every effect."""

_BY_STRENGTH = tuple(Effect)


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to a record in one role, and when.

    Attributes:
        effect: What happens.
        when: The condition; None for always.
        until: What a deferral waits for; None where nothing follows.
        then: What follows.
        article: The exception of Art. 17(3) that a keep rests on.
    """

    effect: Effect
    when: Condition | None = None
    until: Condition | None = None
    then: Effect | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """The rule that decided a record.

    Attributes:
        role: The role that it is a rule of.
        position: Its place among the role's rules, counted from 0; None where a hold decided.
        effect: What happens now.
        article: The exception that it rests on.
        is_deferred: Whether more follows when a condition holds.
    """

    role: str
    position: int | None
    effect: Effect
    article: str | None = None
    is_deferred: bool = False


def decide(
    rules: Mapping[str, Sequence[Rule]], facts: Facts, *, is_held: bool = False
) -> Branch | None:
    """Decide what becomes of a record.

    Args:
        rules: By role, in the order of the map; the first of a role's that holds is its branch.
        facts: About the record.
        is_held: Whether a hold forbids to change it.

    Returns:
        The strongest branch of the record's roles, the earlier role's where two are equal; None
        where no rule holds.
    """
    branches = [
        branch
        for role, listed in rules.items()
        if role in facts.roles and (branch := _branch(role, listed, facts)) is not None
    ]
    if is_held and branches:
        return Branch(branches[0].role, None, Effect.KEEP)
    return min(branches, key=lambda each: strength(each.effect, each.article), default=None)


def strength(effect: Effect, article: str | None = None) -> int:
    """Say how strong an effect is among those of a record's several roles: the least number wins.

    Args:
        effect: What a rule does.
        article: The exception of Art. 17(3) that it rests on.

    Returns:
        0 with an exception, else 1 (delete), 2 (anonymise), 3 (hide) or 4 (keep).
    """
    return STRONGEST if article is not None else 1 + _BY_STRENGTH.index(effect)


def _branch(role: str, rules: Sequence[Rule], facts: Facts) -> Branch | None:
    for position, rule in enumerate(rules):
        if rule.when is None or holds(rule.when, facts):
            return Branch(role, position, rule.effect, rule.article, rule.until is not None)
    return None

"""What a data map's rules come to.

Which rules hold for a role, in which order branches are numbered, which of two is stronger, which
change carries an effect out, and which columns that change touches.

Reference:
    ``docs/effects.md``, "A record's decision".
"""

from dataclasses import dataclass

from app.domain import decisions
from schemas.data_map import Change, DataMap, RecordType, Role, Rule
from schemas.vocabulary import Effect, HeldBy, HoldArticle, Right

STAND_IN = "$stand_in"
"""What is written for the key of the controller's stand-in."""

OWN_KEY = "$key"
"""What stands, in a text set into the person's own row, for the row's key: where texts must differ."""


class HeldRule(Rule):
    """What a hold makes of a role's records: it stands after the role's own rules, and goes before them.

    Reference:
        ``docs/effects.md``, "Holds".
    """

    article: HoldArticle
    held_by: HeldBy
    held_types: tuple[str, ...]
    """The record types that are held: the role's own, or for ``dependence`` what may hang on it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A rule of a role: what a record that names the subject in this role may come to.

    Attributes:
        number: Counted from 0 over the record type's branches for the right: roles in the order of
            the map, then each role's rules in theirs.
        role: The role's name.
        position: The rule's place in the role's list, counted from 0.
        rule: The rule itself.
    """

    number: int
    role: str
    position: int
    rule: Rule


def branches_of(record_type: RecordType, right: Right) -> tuple[Branch, ...]:
    """Number the branches of a record type for a right.

    Args:
        record_type: Any record type of a map that has been checked.
        right: ``restriction`` or ``erasure``.

    Returns:
        A branch for every rule of every role; none for a role that has no rules.
    """
    placed = (
        (name, position, rule)
        for name, role in record_type.roles.items()
        for position, rule in enumerate(rules_for(record_type, role, right) or ())
    )
    return tuple(Branch(number, *each) for number, each in enumerate(placed))


def led_roles(record_type: RecordType) -> int:
    """Give, as bits, the roles in which something else leads to a record: no column of its own names anybody.

    Args:
        record_type: Any record type.

    Returns:
        Bit ``n`` stands for the nth role.
    """
    roles = enumerate(record_type.roles.values())
    return sum(1 << position for position, role in roles if role.via is not None)


def rules_for(record_type: RecordType, role: Role, right: str) -> tuple[Rule, ...] | None:
    """Give the rules that hold for a role.

    Args:
        record_type: The role's record type.
        role: Any of its roles.
        right: ``restriction`` or ``erasure``.

    Returns:
        The role's own rules, else the record type's; None where there are none.
    """
    own: tuple[Rule, ...] | None = getattr(role, right)
    general: tuple[Rule, ...] | None = getattr(record_type, right)
    return general if own is None else own


def unreached(data_map: DataMap, right: Right) -> tuple[str, ...]:
    """Name the record types that a right should change and does not reach: they lie beside the persons' source.

    Args:
        data_map: Any.
        right: ``restriction`` or ``erasure``; any other changes nothing.

    Reference:
        ``docs/data-map.md``, "`record_types`".
    """
    if right not in {Right.RESTRICTION, Right.ERASURE}:
        return ()
    return tuple(
        name
        for name, spec in data_map.record_types.items()
        if spec.source not in {None, data_map.subject.source}
        and any(_acts(each.rule) for each in branches_of(spec, right))
    )


def _acts(rule: Rule) -> bool:
    """Say whether a rule changes records, now or later."""
    return rule.effect is not Effect.KEEP or rule.then is not None


def strength(rule: Rule) -> int:
    """Say how strong a rule is among those of a record's several roles: the least number wins.

    Args:
        rule: Any rule.

    Returns:
        0 for what is kept by an exception of Art. 17(3), then 1 (delete) to 4 (keep).
    """
    return decisions.strength(rule.effect, rule.article)


def is_held(record_type: RecordType) -> bool:
    """Say whether every record of a type is kept for a hold.

    Args:
        record_type: Any of a map, with the holds that are in force laid over it.
    """
    branches = branches_of(record_type, Right.ERASURE)
    return any(
        isinstance(each.rule, HeldRule) and each.rule.held_by is not HeldBy.DEPENDENCE
        for each in branches
    )


def person_columns(record_type: RecordType) -> tuple[str, ...]:
    """Name the columns that name persons, in the map's order.

    Args:
        record_type: Any record type.
    """
    named = (role.column for role in record_type.roles.values())
    return tuple(dict.fromkeys(name for name in named if name is not None))


def change_of(record_type: RecordType, rule: Rule, effect: Effect) -> Change | None:
    """Give the change that carries out an effect of a rule.

    Args:
        record_type: The rule's record type.
        rule: Any rule.
        effect: Its ``effect``, or its ``then``.

    Returns:
        The rule's own change, else the record type's; None where there is none or none is needed.
    """
    if rule.set_ and effect is rule.effect:
        return Change.model_validate({"set": rule.set_})
    match effect:
        case Effect.ANONYMISE:
            return record_type.anonymise
        case Effect.HIDE:
            return record_type.hide
        case _:
            return None


def columns_of(change: Change) -> tuple[str, ...]:
    """List the columns that a change touches.

    Args:
        change: Any.
    """
    return (*(change.set_ or ()), *(change.blank or ()))

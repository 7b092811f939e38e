"""What a rule asks of a record, and whether it holds.

Reference:
    ``docs/effects.md``, "What conditions see".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Scalar = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Condition:
    """A question about a record. Several parts are joined by "and".

    Attributes:
        only_subject: An audience that holds no living person.
        shared: An audience that holds one.
        nobody_left: The same as ``only_subject``, said of what waits for it.
        container_gone: Paths of columns: all that they name is irreversibly gone.
        person_gone: A column that names nobody living.
        named_by_kept: Whether kept records show the subject's name.
        is_: Columns, each with the value or the values that it may hold.
        not_: A condition that does not hold.
    """

    only_subject: str | None = None
    shared: str | None = None
    nobody_left: str | None = None
    container_gone: tuple[str, ...] = ()
    person_gone: str | None = None
    named_by_kept: bool | None = None
    is_: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    not_: "Condition | None" = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so about one record, at the moment of acting.

    Attributes:
        roles: The roles that it names the subject in.
        living_audience: By audience, how many living persons can see it.
        gone_containers: By path, whether the container is gone, or there never was one.
        gone_persons: By column, whether it names nobody living.
        columns: The record's own values, as far as conditions ask for them.
        named_by_kept: For the person's own row: whether a kept record names the subject.
    """

    roles: tuple[str, ...] = ()
    living_audience: Mapping[str, int] = field(default_factory=dict)
    gone_containers: Mapping[str, bool] = field(default_factory=dict)
    gone_persons: Mapping[str, bool] = field(default_factory=dict)
    columns: Mapping[str, object] = field(default_factory=dict)
    named_by_kept: bool = False


def holds(condition: Condition, facts: Facts) -> bool:
    """Say whether a condition holds of a record.

    Args:
        condition: Any; one that asks nothing holds.
        facts: About everything that the condition asks for.
    """
    return (
        _holds_of_persons(condition, facts)
        and all(facts.gone_containers[path] for path in condition.container_gone)
        and condition.named_by_kept in {None, facts.named_by_kept}
        and all(facts.columns[name] in values for name, values in condition.is_.items())
        and (condition.not_ is None or not holds(condition.not_, facts))
    )


def _holds_of_persons(condition: Condition, facts: Facts) -> bool:
    alone = [each for each in (condition.only_subject, condition.nobody_left) if each is not None]
    return (
        all(facts.living_audience[name] == 0 for name in alone)
        and (condition.shared is None or facts.living_audience[condition.shared] > 0)
        and (condition.person_gone is None or facts.gone_persons[condition.person_gone])
    )

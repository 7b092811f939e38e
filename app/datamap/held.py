"""Lays what is held over a data map: a rule after each role's own, which goes before them.

So the compiler, the receipts and the previews need to know one kind of rule more, and nothing else;
a map over which nothing is laid stays the object that it was.

Reference:
    ``docs/effects.md``, "Holds".
"""

from collections.abc import Sequence
from functools import lru_cache

from app.domain.holds import Held
from app.rules import HeldRule, branches_of, rules_for
from app.waiting import held_because
from schemas.data_map import DataMap, RecordType
from schemas.vocabulary import Effect, HeldBy, Right

_KEPT = 256


def with_held(data_map: DataMap, held: Sequence[Held]) -> DataMap:
    """Lay what is held over a data map.

    Args:
        data_map: Any that has been checked.
        held: Record types of which everything is held.

    Returns:
        The same object where nothing is held, and for the same arguments.
    """
    rules = {
        each.record_type: each
        for each in held
        if (spec := data_map.record_types.get(each.record_type)) is not None
        and branches_of(spec, Right.ERASURE)
    }
    if not rules:
        return data_map
    return _laid_over(_Same(data_map), tuple(rules.values()))


class _Same:
    """A data map, told from others by being this very one."""

    def __init__(self, data_map: DataMap) -> None:
        self.data_map = data_map

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.data_map is other.data_map

    def __hash__(self) -> int:
        return id(self.data_map)


@lru_cache(maxsize=_KEPT)
def _laid_over(same: _Same, held: tuple[Held, ...]) -> DataMap:
    data_map, by_name = same.data_map, {each.record_type: each for each in held}
    first, names = held[0], tuple(by_name)
    types = {}
    for name, spec in data_map.record_types.items():
        if name in by_name:
            rule = _rule(by_name[name].held_by, by_name[name], (name,))
        else:
            rule = _rule(HeldBy.DEPENDENCE, first, names)
        types[name] = _with_rule(spec, rule)
    return data_map.model_copy(update={"record_types": types})


def _rule(held_by: HeldBy, held: Held, held_types: tuple[str, ...]) -> HeldRule:
    return HeldRule(
        effect=Effect.KEEP,
        because=held_because(held_by),
        article=held.article,
        held_by=held_by,
        held_types=held_types,
    )


def _with_rule(spec: RecordType, rule: HeldRule) -> RecordType:
    if not branches_of(spec, Right.ERASURE):
        return spec
    roles = {
        name: role.model_copy(update={"erasure": (*own, rule)})
        if (own := rules_for(spec, role, Right.ERASURE))
        else role
        for name, role in spec.roles.items()
    }
    return spec.model_copy(update={"roles": roles})

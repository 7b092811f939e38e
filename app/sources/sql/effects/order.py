"""In which order record types are worked, so that nothing is cut off from what locates it.

Rows that refer to others go before them: the database wants it so. What is located ``via`` another record
type comes before that one, where the database allows; where it does not (a conversation is found through its
members, and members refer to the conversation), its keys are noted at the start.

Reference:
    ``docs/effects.md``, "The order of effects".
"""

from collections.abc import Iterator, Mapping

from app.domain.catalogue import Catalogue
from app.rules import branches_of
from app.sources.hands import Order
from schemas.data_map import DataMap
from schemas.vocabulary import Effect, Right


def order_of(data_map: DataMap, catalogue: Catalogue, source: str, right: Right) -> Order:
    """Put a source's record types into the order of effects.

    Args:
        data_map: The map.
        catalogue: The source's live catalogue.
        source: Its name.
        right: ``restriction`` or ``erasure``.
    """
    types = {
        name: spec
        for name, spec in data_map.record_types.items()
        if (spec.source or data_map.subject.source) == source and branches_of(spec, right)
    }
    persons = tuple(name for name, spec in types.items() if spec.table == data_map.subject.table)
    others = [name for name in types if name not in persons]
    before = {name: set(_referring(data_map, catalogue, right, name, others)) for name in others}
    noted = set()
    for name in others:
        for role in types[name].roles.values():
            if role.via is None or role.via not in before or role.via == name:
                continue
            if _leads(before, name, role.via):  # the database wants ``via`` to go first
                noted.add(name)
            else:
                before[role.via].add(name)
    last = _looked_at(data_map)
    preferred = sorted(others, key=lambda name: types[name].table in last)
    return Order(tuple(_sorted(preferred, before)), frozenset(noted), persons)


def _referring(
    data_map: DataMap, catalogue: Catalogue, right: Right, name: str, others: list[str]
) -> Iterator[str]:
    """Name the record types whose rows must go before this one's: it may lose rows they refer to."""
    spec = data_map.record_types[name]
    if not any(_removes(data_map, name, right)):
        return
    for other in others:
        table = data_map.record_types[other].table
        if table == spec.table:
            continue
        referred = {key.references for key in catalogue.tables[table].foreign_keys}
        if spec.table in referred | _declared(data_map, table):
            yield other


def _removes(data_map: DataMap, name: str, right: Right) -> Iterator[bool]:
    spec = data_map.record_types[name]
    for branch in branches_of(spec, right):
        removes = spec.hide is not None and spec.hide.remove
        yield branch.rule.effect is Effect.DELETE or (branch.rule.effect is Effect.HIDE and removes)
        yield branch.rule.then is Effect.DELETE


def _declared(data_map: DataMap, table: str) -> set[str]:
    return {
        target.rpartition(".")[0]
        for column, target in data_map.references.items()
        if column.rpartition(".")[0] == table
    }


def _looked_at(data_map: DataMap) -> set[str]:
    """Name the tables that say who is left."""
    return {each.table for each in data_map.audiences.values() if each.table is not None}


def _leads(before: Mapping[str, set[str]], start: str, goal: str) -> bool:
    """Whether ``goal`` has to come before ``start``."""
    waiting, seen = [start], {start}
    while waiting:
        for each in before[waiting.pop()] - seen:
            if each == goal:
                return True
            seen.add(each)
            waiting.append(each)
    return False


def _sorted(preferred: list[str], before: Mapping[str, set[str]]) -> Iterator[str]:
    """Take the first that nothing has to precede; in a circle of references, the first of all."""
    left = list(preferred)
    while left:
        free = (name for name in left if not before[name] & set(left) - {name})
        chosen = next(free, left[0])
        left.remove(chosen)
        yield chosen

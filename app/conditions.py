"""What a condition of a data map asks: of which columns, of which audiences, and in words.

The words are for receipts and previews, where people read why a record is still there; the map's own names are
the only nouns, since nothing of a record may stand there.

Reference:
    ``docs/effects.md``, "What conditions see".
"""

from collections.abc import Iterator
from typing import NamedTuple

from schemas.data_map import Audience, Condition, DataMap, EveryoneWhere, Scalar


class _Said(NamedTuple):
    holds: str
    not_holds: str


def in_words(condition: Condition) -> str:
    """Say a condition as half a sentence: "its course is gone".

    Args:
        condition: Any of a map that has been checked.
    """
    return " and ".join(said.holds for said in _parts(condition))


def container_columns(data_map: DataMap, until: Condition) -> tuple[str, ...]:
    """Name the columns that a condition looks at, sorted.

    Args:
        data_map: The map.
        until: What is waited for.
    """
    return tuple(sorted(set(_columns(data_map, until))))


def parts_of(data_map: DataMap, name: str) -> Iterator[tuple[str, Audience | EveryoneWhere]]:
    """Take an audience apart into those that are not made of others.

    Args:
        data_map: A map whose audiences may contain themselves.
        name: An audience; an unknown one has no parts.

    Returns:
        Each part with the name of the audience that it was written in.
    """
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        audience = data_map.audiences.get(current)
        if audience is None or current in seen:
            continue
        seen.add(current)
        if audience.any_ is None:
            yield current, audience
        for part in audience.any_ or ():
            if isinstance(part, EveryoneWhere):
                yield current, part
            else:
                waiting.append(part)


def _columns(data_map: DataMap, asked: Condition) -> Iterator[str]:
    for name in (asked.only_subject, asked.nobody_left, asked.shared):
        for _, part in parts_of(data_map, name) if name is not None else ():
            if isinstance(part, EveryoneWhere):
                yield from _columns(data_map, part.everyone)
            else:
                yield from part.match or ()
    yield from (path.split(".")[0] for path in asked.container_gone or ())
    if asked.person_gone is not None:
        yield asked.person_gone
    if asked.named_by_kept is not None:
        yield data_map.subject.key
    yield from asked.is_ or ()
    if asked.not_ is not None:
        yield from _columns(data_map, asked.not_)


def _parts(condition: Condition) -> Iterator[_Said]:
    yield from _of_audiences(condition)
    if condition.container_gone is not None:
        yield _gone([_container(path) for path in condition.container_gone])
    if condition.person_gone is not None:
        person = _thing(condition.person_gone)
        yield _Said(f"the {person} is erased", f"the {person} is not erased")
    if condition.named_by_kept is not None:
        yield _named(is_named=condition.named_by_kept)
    for column, values in (condition.is_ or {}).items():
        yield _is(column, values if isinstance(values, tuple) else (values,))
    if condition.not_ is not None:
        yield from _negated(condition.not_)


def _of_audiences(condition: Condition) -> Iterator[_Said]:
    for audience in (condition.only_subject, condition.nobody_left):
        if audience is not None:
            yield _nobody_else(audience)
    if condition.shared is not None:
        yield _opposite(_nobody_else(condition.shared))


def _negated(condition: Condition) -> Iterator[_Said]:
    parts = list(_parts(condition))
    if len(parts) == 1:
        yield _opposite(parts[0])
    else:
        whole = in_words(condition)
        yield _Said(f"it is not so that {whole}", whole)


def _opposite(said: _Said) -> _Said:
    return _Said(said.not_holds, said.holds)


def _nobody_else(audience: str) -> _Said:
    name = audience.replace("_", " ")
    return _Said(f"nobody else is left in its {name}", f"somebody else is in its {name}")


def _gone(containers: list[str]) -> _Said:
    verb = "is" if len(containers) == 1 else "are"
    some = "not" if len(containers) == 1 else "not all"
    names = " and ".join(containers)
    return _Said(f"its {names} {verb} gone", f"its {names} {verb} {some} gone")


def _container(path: str) -> str:
    """Say ``announcement_id.course_id`` as "announcement's course"."""
    return "'s ".join(_thing(step) for step in path.split("."))


def _thing(column: str) -> str:
    return column.removesuffix("_id").replace("_", " ")


def _named(*, is_named: bool) -> _Said:
    said = _Said(
        "records that are kept show the name", "no record that is kept shows the name any more"
    )
    return said if is_named else _opposite(said)


def _is(column: str, values: tuple[Scalar, ...]) -> _Said:
    name = column.replace("_", " ")
    listed = " or ".join("empty" if value is None else str(value).lower() for value in values)
    return _Said(f"its {name} is {listed}", f"its {name} is not {listed}")

"""Where an upload lies, told from the value of the field that names it, and the other way round."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

_PLACEHOLDER = re.compile(r"\{(?:(\d+):(\d+))?\}")


def upload_path(template: str, value: str) -> str:
    """Fill a data map's path template.

    Args:
        template: ``{}`` stands for the whole value, ``{0:2}`` for its first two characters.
        value: The field's value.

    Reference:
        ``schemas.data_map.FileSpec``.
    """

    def fill(match: re.Match[str]) -> str:
        start, stop = match.groups()
        return value if start is None else value[int(start) : int(stop)]

    return _PLACEHOLDER.sub(fill, template)


def upload_values(template: str, path: str) -> tuple[str, ...]:
    """Give the values that fill a data map's path template to a path.

    Args:
        template: As for ``upload_path``. Where it leaves out characters of a value, not every one is told.
        path: Where an upload lies.
    """
    lengths = range(len(path) + 1)

    def filled(length: int) -> int:
        return len(upload_path(template, "x" * length))

    first = bisect_left(lengths, len(path), key=filled)
    last = bisect_right(lengths, len(path), key=filled)
    told = (_cut_out(template, path, length) for length in lengths[first:last])
    return tuple(value for value in told if upload_path(template, value) == path)


def _cut_out(template: str, path: str, length: int) -> str:
    """Put a value of a length together from what a path holds of it."""
    characters = [""] * length
    end = 0
    for literal, bounds in _parts(template):
        places = range(length)[bounds]
        begin = end + len(literal)
        end = begin + len(places)
        for place, character in zip(places, path[begin:end], strict=False):
            characters[place] = character
    return "".join(characters)


def _parts(template: str) -> Iterator[tuple[str, slice]]:
    """Go through a template: what stands before a placeholder, and what of the value it stands for."""
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        start, stop = match.groups()
        bounds = slice(None) if start is None else slice(int(start), int(stop))
        yield template[end : match.start()], bounds
        end = match.end()

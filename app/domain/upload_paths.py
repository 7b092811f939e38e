"""Where an upload lies, told from the value of the field that names it."""

import re

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

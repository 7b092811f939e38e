"""Names for stored uploads that are safe on every system."""

import re
import unicodedata

from app.bundles.archive import FILES_PREFIX

_MOST_CHARACTERS = 80
_MOST_SUFFIX = 12
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_DASHES = re.compile(r"-{2,}|\.{2,}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_PLAIN = "file"


def safe_name(index: int, original: str | None) -> str:
    """Name an upload in the bundle: ``files/000001-report.pdf``.

    The number makes the name unique, so two uploads may have had the same one.

    Args:
        index: From 1, of this upload in the bundle.
        original: The name that the uploader gave, whatever it holds; None where nobody knows.

    Returns:
        A relative path of ASCII letters, digits, dots, dashes and underscores after ``files/``.
    """
    last = re.split(r"[\\/]", original or "")[-1]
    ascii_only = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    tidy = _DASHES.sub(lambda match: match[0][0], _UNSAFE.sub("-", ascii_only)).rstrip("-. ")
    stem, dot, suffix = tidy.rpartition(".")
    if not dot or len(suffix) > _MOST_SUFFIX:
        stem, suffix = tidy, ""
    stem = stem[:_MOST_CHARACTERS].strip("-. ") or _PLAIN
    if _RESERVED.fullmatch(stem.split(".")[0]):
        stem = f"{_PLAIN}-{stem}"
    return f"{FILES_PREFIX}{index:06}-{stem}{'.' if suffix else ''}{suffix}"

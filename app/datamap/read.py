"""Reads a data map, or says where and why it is none."""

import hashlib

from pydantic import ValidationError

from app.datamap.document import MapDocument
from app.datamap.explanations import explain
from app.datamap.findings import DataMapError, Finding, Severity
from app.datamap.tree import grow
from schemas.data_map import DataMap

MAX_BYTES = 1024 * 1024
"""How long a document may be."""


def read(text: str) -> MapDocument:
    """Read a data map.

    Args:
        text: A YAML document of at most 1 MiB.

    Returns:
        The map with the line of every part and the SHA-256 of the document's UTF-8 bytes.

    Raises:
        DataMapError: The text is no data map; every place that can be told is named.

    Reference:
        ``docs/data-map.md``.
    """
    encoded = _encoded(text)
    tree = grow(text)
    try:
        data_map = DataMap.model_validate(tree.data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        findings = tree.findings + explain(errors, tree.positions, tree.poisoned)
        raise DataMapError(findings) from error
    if tree.findings:
        raise DataMapError(tree.findings)
    return MapDocument(data_map, tree.positions, hashlib.sha256(encoded).hexdigest())


def _encoded(text: str) -> bytes:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        detail = "the text holds half of a surrogate pair"
        raise DataMapError([Finding(Severity.ERROR, "", line, detail, "Take it out.")]) from error
    if len(encoded) > MAX_BYTES:
        detail = f"the document is {len(encoded):,} bytes long"
        remedy = f"At most {MAX_BYTES:,} bytes are read."
        raise DataMapError([Finding(Severity.ERROR, "", 1, detail, remedy)])
    return encoded

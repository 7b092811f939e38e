"""Which uploads former values name, as keyed digests: what a vault holds is known without opening it."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from app.domain.upload_paths import upload_path
from app.record_keys import RecordKeys
from schemas.data_map import DataMap, FileSpec


@dataclass(frozen=True, slots=True)
class UploadDigests:
    """Digests of uploads, by what a data map says of columns.

    Attributes:
        keys: The controller's.
        columns: By record type, the columns that name uploads, each with what it says of them.
    """

    keys: RecordKeys
    columns: Mapping[str, tuple[tuple[str, FileSpec], ...]]

    @classmethod
    def of(cls, keys: RecordKeys, data_map: DataMap) -> Self:
        """Read which columns name uploads."""
        found: defaultdict[str, list[tuple[str, FileSpec]]] = defaultdict(list)
        for name, spec in data_map.record_types.items():
            for title, field in spec.fields.items():
                if field.file is not None and field.lookup is None:
                    found[name].append((field.column or title, field.file))
        return cls(keys, {name: tuple(columns) for name, columns in found.items()})

    def digest(self, source: str, path: str) -> bytes:
        """Give the digest of an upload.

        Args:
            source: The file store.
            path: Where it lies there.
        """
        return self.keys.digest(f"upload at/{source}", [path])

    def of_value(self, source: str, value: str) -> bytes:
        """Give the digest that older entries hold, which tells uploads by what columns name them by."""
        return self.keys.digest(f"upload name/{source}", [value])

    def named_by(self, record_type: str, former: str) -> bytes:
        """Give the digests of what a record named, one after the other.

        Args:
            record_type: Its type.
            former: Its former values, by column, as JSON.
        """
        columns = self.columns.get(record_type)
        if not columns:
            return b""
        values = json.loads(former)
        return b"".join(
            self.digest(file.source, upload_path(file.path, value))
            for column, file in columns
            if isinstance(value := values.get(column), str)
        )

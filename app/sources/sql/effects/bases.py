"""What a row that was taken away referred to: without it, it cannot come back."""

import json
from collections.abc import Iterator

from app.domain.catalogue import Catalogue
from app.sources.hands import FormerRecord
from app.sources.keys import Key
from schemas.data_map import DataMap


def bases(
    data_map: DataMap, catalogue: Catalogue, record_type: str, former: FormerRecord
) -> Iterator[tuple[str, Key]]:
    """Name the records that a row refers to by foreign keys, each as one of every type of its table.

    Args:
        data_map: The map.
        catalogue: The live catalogue.
        record_type: The row's.
        former: The whole row.
    """
    cells = json.loads(former.former)
    for key in catalogue.tables[data_map.record_types[record_type].table].foreign_keys:
        named = dict(zip(key.referenced_columns, map(cells.get, key.columns), strict=True))
        for name, spec in data_map.record_types.items():
            if spec.table == key.references and set(spec.key) == named.keys():
                texts = tuple(named[column] for column in spec.key)
                if None not in texts:
                    yield name, texts

"""Which cells of a vault's entry are its subject's: of a record that names two persons, one name is another's.

Entries of before this was looked at hold both names, the other one perhaps taken over from the other
person's restriction.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from app.domain.subject_digests import digest
from app.rules import columns_of, person_columns
from app.sources.hands import FormerRecord
from schemas.data_map import DataMap, RecordType


@dataclass(frozen=True, slots=True)
class OwnCells:
    """Leaves out what an entry holds of another person's name.

    Attributes:
        digest_key: The controller's.
        columns: By record type, the columns that name persons and that a change sets, each with its
            roles as bits.
    """

    digest_key: bytes
    columns: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, digest_key: bytes, data_map: DataMap) -> Self:
        """Read which columns name persons."""
        return cls(digest_key, {n: _set_names(each) for n, each in data_map.record_types.items()})

    def of_entry(
        self, record_type: str, former: FormerRecord, subject_digest: bytes
    ) -> FormerRecord:
        """Give an entry without the cells that named somebody else before; a removed row stays whole.

        They are in no role that the subject had in the record, and hold another key than the subject's.

        Args:
            record_type: Its type.
            former: As it was stored.
            subject_digest: The keyed digest of the subject of the restriction that holds it.
        """
        columns, cells = self.columns.get(record_type, {}), json.loads(former.former)
        foreign = {
            name
            for name, roles in columns.items()
            if name in cells and not roles & former.mask
            if cells[name] is None or digest(self.digest_key, cells[name]) != subject_digest
        }
        if former.after is None or not foreign:
            return former
        return replace(
            former, former=_less(former.former, foreign), after=_less(former.after, foreign)
        )


def _less(cells: str, columns: set[str]) -> str:
    return json.dumps(
        {name: cell for name, cell in json.loads(cells).items() if name not in columns}
    )


def _set_names(spec: RecordType) -> dict[str, int]:
    changes = (spec.anonymise, spec.hide)
    touched = {name for change in changes if change is not None for name in columns_of(change)}
    roles = list(enumerate(spec.roles.values()))
    return {
        name: sum(1 << position for position, role in roles if role.column == name)
        for name in person_columns(spec)
        if name in touched
    }

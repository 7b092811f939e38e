"""The decision of each record as SQL: which branch of which role wins.

A record's *code* is one number that orders branches as ``docs/effects.md`` does: the strength of the
effect, then the number of the branch. The least code of a record's roles is its decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal_column, null

from app.rules import Branch, branches_of, change_of, strength
from app.sources.sql import masks
from app.sources.sql.effects.conditions import Conditions
from app.sources.sql.locate import Located
from schemas.data_map import Change, DataMap, RecordType
from schemas.vocabulary import Effect, Right

_BRANCHES = 10_000


@dataclass(frozen=True, slots=True)
class Decisions:
    """The branches of one record type for one right.

    Attributes:
        name: The record type.
        spec: The same.
        right: ``restriction`` or ``erasure``.
        by_code: The branches.
    """

    name: str
    spec: RecordType
    right: Right
    by_code: Mapping[int, Branch]

    @classmethod
    def of(cls, data_map: DataMap, name: str, right: Right) -> "Decisions":
        """Number the branches of a record type.

        Args:
            data_map: The map.
            name: A record type.
            right: ``restriction`` or ``erasure``.
        """
        spec = data_map.record_types[name]
        branches = branches_of(spec, right)
        return cls(name, spec, right, {_code(branch): branch for branch in branches})

    @property
    def acting(self) -> tuple[int, ...]:
        """The codes that change a record."""
        kept = {code for code, branch in self.by_code.items() if branch.rule.effect is Effect.KEEP}
        return tuple(code for code in self.by_code if code not in kept)

    @property
    def is_foregone(self) -> bool:
        """Whether every record meets the same branch in the same role."""
        return len(self.by_code) == len(self.spec.roles) == 1

    def change(self, code: int) -> Change | None:
        """Say how a branch changes a record; None where the row goes.

        Args:
            code: The branch's.
        """
        rule = self.by_code[code].rule
        if rule.effect is Effect.DELETE:
            return None
        change = change_of(self.spec, rule, rule.effect)
        return None if change is None or change.remove else change

    def code(self, conditions: Conditions, located: Located) -> ColumnElement[int]:
        """Decide a located record.

        Args:
            conditions: What the rules' conditions become.
            located: The subject's records, with their roles.
        """
        by_role = [
            self._of_role(conditions, located, position, role)
            for position, role in enumerate(self.spec.roles)
        ]
        return by_role[0] if len(by_role) == 1 else func.least(*by_role)

    def _of_role(
        self, conditions: Conditions, located: Located, position: int, role: str
    ) -> ColumnElement[int]:
        ordered = [(code, each) for code, each in self.by_code.items() if each.role == role]
        *others, (last, _) = sorted(ordered, key=lambda pair: pair[1].position)
        whens: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [
            (
                conditions.compile(each.rule.when, located.row, self.spec.table),
                literal_column(f"{code}"),
            )
            for code, each in others
            if each.rule.when is not None
        ]
        decided: ColumnElement[int] = literal_column(f"{last}")
        if whens:
            decided = case(*whens, else_=decided)
        if located.mask is None:
            return decided
        return case((masks.has_any(located.mask, 1 << position), decided), else_=null())


def _code(branch: Branch) -> int:
    return strength(branch.rule) * _BRANCHES + branch.number

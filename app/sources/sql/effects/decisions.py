"""The decision of each record as SQL: which branch of which role wins.

A record's *code* is one number that orders branches as ``docs/effects.md`` does: the strength of the
effect, then the number of the branch. The least code of a record's roles is its decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, literal_column, true

from app.rules import Branch, HeldRule, branches_of, change_of, is_held, strength
from app.sources.sql import masks
from app.sources.sql.effects.conditions import Conditions
from app.sources.sql.effects.dependence import Dependence
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
        dependence: What hangs on its records, where something is held that may.
    """

    name: str
    spec: RecordType
    right: Right
    by_code: Mapping[int, Branch]
    dependence: Dependence | None = None

    @classmethod
    def of(
        cls, data_map: DataMap, name: str, right: Right, dependence: Dependence | None = None
    ) -> "Decisions":
        """Number the branches of a record type.

        Where all of it is held, no other branch is left; where nothing that is held can hang on it,
        the branch for that is left out.

        Args:
            data_map: The map.
            name: A record type.
            right: ``restriction`` or ``erasure``.
            dependence: What may hang on its records; for an erasure only, a hold stops nothing else.
        """
        spec = data_map.record_types[name]
        branches = branches_of(spec, right)
        if right is Right.ERASURE and is_held(spec):
            branches = tuple(each for each in branches if isinstance(each.rule, HeldRule))
        elif dependence is None:
            branches = tuple(each for each in branches if not isinstance(each.rule, HeldRule))
        return cls(name, spec, right, {_code(branch): branch for branch in branches}, dependence)

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
        held = ordered.pop()[0] if self.dependence is not None else None
        whens: list[tuple[ColumnElement[bool], ColumnElement[int]]] = []
        for code, each in ordered:
            when: ColumnElement[bool] = true()
            if each.rule.when is not None:
                when = conditions.compile(each.rule.when, located.row, self.spec.table)
            if (hangs := self._hangs(each, located)) is not None:
                whens.append((and_(when, hangs), literal_column(f"{held}")))
            whens.append((when, literal_column(f"{code}")))
        (_, decided) = whens.pop()
        if whens:
            decided = case(*whens, else_=decided)
        if located.mask is None:
            return decided
        return case((masks.has_any(located.mask, 1 << position), decided))  # NULL where it is not

    def _hangs(self, branch: Branch, located: Located) -> ColumnElement[bool] | None:
        """Ask whether something that is held would lose what it hangs on; None where it cannot."""
        if self.dependence is None or branch.rule.effect is Effect.KEEP:
            return None
        return self.dependence.of_row(located.row, is_deleted=branch.rule.effect is Effect.DELETE)


def _code(branch: Branch) -> int:
    return strength(branch.rule) * _BRANCHES + branch.number

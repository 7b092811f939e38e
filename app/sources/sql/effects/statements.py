"""The statements of one data map for one right, each compiled when it is first needed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from app.domain.catalogue import Catalogue, Table
from app.domain.errors import SourceFailure
from app.ordering import Order, order_of
from app.rules import Branch, change_of, columns_of, is_held
from app.sources.hands import LOGIN
from app.sources.sql.compile import is_split
from app.sources.sql.effects import persons
from app.sources.sql.effects.acts import Act
from app.sources.sql.effects.decisions import Decisions
from app.sources.sql.effects.dependence import Dependence
from app.sources.sql.effects.direct import DirectAct
from app.sources.sql.effects.looks import Looks, Part
from app.sources.sql.effects.releases import Release, ReleaseSql
from app.sources.sql.effects.restores import Restore
from app.sources.sql.effects.uploads import still_named
from app.sources.sql.effects.verification import unaffected
from schemas.data_map import Change, DataMap, RecordType
from schemas.vocabulary import Right

Result = TypeVar("Result")

_UNFIT = ("unfit",)


@dataclass(frozen=True, slots=True)
class Statements:
    """Compiles against one live catalogue and remembers.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue.
        right: ``restriction`` or ``erasure``.
        source: The source's name in the map.
    """

    data_map: DataMap
    catalogue: Catalogue
    right: Right
    source: str
    _known: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)

    @property
    def is_unfit(self) -> bool:
        """Whether something could not be compiled, since the catalogue is not as the map says."""
        return _UNFIT in self._known

    def spec(self, name: str) -> RecordType:
        """Give a record type.

        Raises:
            SourceFailure: The map has none of that name.
        """
        known = self.data_map.record_types.get(name)
        if known is None:
            raise SourceFailure(self.source, f"the map has no {name}", transient=False)
        return known

    def table(self, name: str) -> Table:
        """Give the table of a record type, or the subject's for ``LOGIN``.

        Raises:
            SourceFailure: The database has no such table.
        """
        wanted = self.data_map.subject.table if name == LOGIN else self.spec(name).table
        known = self.catalogue.tables.get(wanted)
        if known is None:
            raise self._misfit(f"there is no table {wanted}")
        return known

    def key(self, name: str) -> tuple[str, ...]:
        """Give the key's columns of a record type, or the subject's for ``LOGIN``."""
        return (self.data_map.subject.key,) if name == LOGIN else self.spec(name).key

    def order(self) -> Order:
        """Give the order of effects."""
        return self._once(
            ("order", self.source),
            lambda: order_of(self.data_map, self.catalogue, self.source, self.right),
        )

    def is_there(self) -> str:
        """Give the statement that looks for the subject's own row."""
        return self._once(("is there",), lambda: persons.is_there(self.data_map, self.catalogue))

    def find_stand_in(self, change: Change) -> str:
        """Give the statement that looks for the controller's stand-in, who looks like a change."""
        return self._once(
            ("stand-in",), lambda: persons.find_stand_in(self.data_map, self.catalogue, change)
        )

    def decisions(self, name: str) -> Decisions:
        """Give the branches of a record type."""
        return self._once(
            ("decisions", name),
            lambda: Decisions.of(self.data_map, name, self.right, self._dependence(name)),
        )

    def counts(self, name: str, *, is_forecast: bool, is_bound: bool, part: Part) -> str:
        """Give the statement that counts records by branch."""
        key = ("counts", name, is_forecast, is_bound, part)
        looks = self._looks(name)
        return self._once(
            key, lambda: replace(looks, is_forecast=is_forecast, is_bound=is_bound).counts(part)
        )

    def counts_together(self, names: tuple[str, ...], *, is_forecast: bool, is_bound: bool) -> str:
        """Give the statement that counts records of several types; ``number`` is the type's place."""
        key = ("counts together", names, is_forecast, is_bound)
        bounds = {"is_forecast": is_forecast, "is_bound": is_bound}
        return self._once(
            key,
            lambda: " UNION ALL ".join(
                f"SELECT {number} AS number, mask, code, records"  # noqa: S608 - of this package
                f" FROM ({self.counts(name, **bounds, part=Part.ALL)}) AS counted"
                for number, name in enumerate(names)
            ),
        )

    def is_small(self, name: str) -> bool:
        """Tell whether the planner thinks a record type's table small."""
        table = self.table(name)
        return table.is_table and not is_split(table)

    def candidates(self, name: str) -> str:
        """Give the statement that names the records to be changed."""
        return self._once(("candidates", name), lambda: self._looks(name).candidates())

    def notes(self, name: str) -> str:
        """Give the statement that names every record with its roles."""
        return self._once(("notes", name), lambda: self._looks(name).notes())

    def act(self, name: str, *, is_noted: bool = False) -> str:
        """Give the statement that carries effects out."""
        return self._once(("act", name, is_noted), lambda: self._act_sql(name, is_noted=is_noted))

    def is_direct(self, name: str) -> bool:
        """Tell whether nothing but the record itself decides what becomes of it."""
        return self._once(("direct", name), lambda: self._direct(name).is_possible)

    def travels_joined(self, name: str) -> bool:
        """Tell whether the keys that an act takes and gives are one text with commas."""
        return self._once(("joined", name), lambda: self._direct(name).travels_joined)

    def leaves_traces(self, name: str) -> bool:
        """Tell whether a record that was not changed as it should would be located again."""
        return self._once(("traces", name), lambda: self._direct(name).leaves_traces)

    def touched(self, name: str) -> dict[int, tuple[str, ...]]:
        """Name the columns that each branch of a record type sets, by code."""
        return self._once(("touched", name), lambda: self._act(name).touched())

    def kept_containers(self, name: str, part: Part) -> dict[int, str]:
        """Give, for each branch that keeps until later, the statement that names containers."""
        return self._once(("kept", name, part), lambda: self._looks(name).kept_containers(part))

    def lock(self, name: str) -> str:
        """Give the statement that locks rows."""
        return self._once(("lock", name), lambda: self._way_back(name, frozenset()).lock())

    def put_back(self, name: str, columns: frozenset[str]) -> str:
        """Give the statement that puts cells of some columns back, as far as the table has them yet."""
        return self._once(
            ("put back", name, columns), lambda: self._way_back(name, columns).put_back()
        )

    def insert_again(self, name: str) -> str:
        """Give the statement that inserts rows again."""
        return self._once(
            ("insert again", name), lambda: self._way_back(name, frozenset()).insert_again()
        )

    def release(self, name: str, branch: Branch) -> ReleaseSql:
        """Give the statements of a branch's release."""
        key = ("release", name, branch.role, branch.position)
        return self._once(key, lambda: Release(self.data_map, self.catalogue, name, branch).sql())

    def unaffected(self, name: str, change: Change | None) -> str:
        """Give the statement that counts records which do not look as they were left."""
        key = ("unaffected", name, None if change is None else change.model_dump_json())
        return self._once(key, lambda: unaffected(self.catalogue, self.spec(name), change))

    def still_named(self, name: str, field: str) -> str:
        """Give the statement that says which values a column that names uploads still holds."""
        spec = self.spec(name)
        column = spec.fields[field].column or field
        return self._once(
            ("named", name, field), lambda: still_named(self.catalogue, spec.table, column)
        )

    def _dependence(self, name: str) -> Dependence | None:
        if self.right is not Right.ERASURE or is_held(self.spec(name)):
            return None
        return Dependence.of(self.data_map, self.catalogue, name)

    def _looks(self, name: str) -> Looks:
        return Looks(self.data_map, self.catalogue, self.decisions(name))

    def _act_sql(self, name: str, *, is_noted: bool) -> str:
        if self.is_direct(name) and not is_noted:
            return self._direct(name).sql()
        return replace(self._act(name), is_noted=is_noted).sql()

    def _direct(self, name: str) -> DirectAct:
        return DirectAct(self.data_map, self.catalogue, self.decisions(name))

    def _act(self, name: str) -> Act:
        return Act(self.data_map, self.catalogue, self.decisions(name))

    def unrestored(self, name: str, columns: frozenset[str]) -> str:
        """Give the statement that counts records which reading some columns back would change."""
        return self._once(
            ("unrestored", name, columns), lambda: self._way_back(name, columns).unrestored()
        )

    def restorable(self, name: str) -> frozenset[str]:
        """Name every column whose former value a restriction under this map may keep."""
        table = self.table(name)
        if table.triggers:
            return frozenset(table.columns)
        if name == LOGIN:
            login = self.data_map.subject.login
            return frozenset() if login is None else frozenset(columns_of(login))
        branches = Decisions.of(self.data_map, name, Right.RESTRICTION).by_code.values()
        changes = [change_of(self.spec(name), each.rule, each.rule.effect) for each in branches]
        return frozenset(column for change in changes if change for column in columns_of(change))

    def _way_back(self, name: str, columns: frozenset[str]) -> Restore:
        table = self.table(name)
        writable = (n for n, each in table.columns.items() if not each.is_generated)
        return Restore(
            self.catalogue, table, self.key(name), tuple(n for n in writable if n in columns)
        )

    def _once(self, key: tuple[Any, ...], make: Callable[[], Result]) -> Result:
        if key not in self._known:
            try:
                self._known[key] = make()
            except KeyError as error:
                detail = f"the database has no table or column {error.args[0]!r}"
                raise self._misfit(detail) from error
            except SourceFailure as failure:
                raise self._misfit(failure.detail) from failure
        return cast(Result, self._known[key])

    def _misfit(self, detail: str) -> SourceFailure:
        """Remember that the catalogue does not fit the map; give what says so."""
        self._known[_UNFIT] = True
        return SourceFailure(self.source, detail, transient=False)

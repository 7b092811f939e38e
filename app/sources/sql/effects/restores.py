"""The statements that read former values back into records.

Parameters: the keys, one array of texts a column, then the former cells and the cells that were set, as
arrays of JSON objects. A column is put back where it still holds what was set.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    insert,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import FromClause, Subquery

from app.domain.catalogue import Catalogue, ForeignKey, Table
from app.sources.sql.effects.cells import cell, has_cell, is_ours, text_of, typed
from app.sources.sql.tables import (
    Query,
    announce,
    qualified,
    quoted,
    relation,
    render,
    target,
    text_literal,
)


@dataclass(frozen=True, slots=True)
class Restore:
    """Compiles the way back for the rows of one table.

    Attributes:
        catalogue: The live catalogue.
        table: The table.
        key: The columns that name a row.
        columns: Those to be put back.
    """

    catalogue: Catalogue
    table: Table
    key: tuple[str, ...]
    columns: tuple[str, ...]

    def lock(self) -> str:
        """Give the statement that locks rows, in the order of their keys; its parameters are the keys alone."""
        sent = self._sent(has_cells=False)
        row = relation(self.catalogue, self.table.name).alias("t")
        own = [row.c[name] for name in self.key]
        query: Query = select(literal_column("1")).select_from(
            row.join(sent, self._is_sent(row, sent))
        )
        return render(query.order_by(*own).with_for_update(of=row, key_share=True))

    def put_back(self) -> str:
        """Give the statement for rows that stayed: columns ``key_0``, …, ``is_whole``.

        A row that is not among the answers is gone.
        """
        sent = self._sent()
        row = target(self.catalogue, self.table.name)
        keys = [cast(row.c[name], Text).label(f"key_{n}") for n, name in enumerate(self.key)]
        if not self.columns:  # the table has lost them all
            there = select(*keys, false().label("is_whole")).select_from(row)
            return render(there.where(self._is_sent(row, sent)))
        values = {name: self._former(row, sent, name) for name in self.columns}
        left = or_(false(), *(self._differs(row, sent, name) for name in self.columns))
        changed = update(row).where(self._is_sent(row, sent)).values(values)
        back = changed.returning(*keys, left.is_(False).label("is_whole")).cte("back")
        return render(select(*back.c))

    def insert_again(self) -> str:
        """Give the statement for rows that went to the vault: columns ``key_0``, …, ``is_whole``."""
        names = [name for name, each in self.table.columns.items() if not each.is_generated]
        sent = self._sent()
        cells = [typed(cell(sent.c.former, name), self.table.columns[name]) for name in names]
        parents = [self._has_base(sent, key) for key in self.table.foreign_keys]
        into = qualified(self.catalogue, self.table.name)
        listed = ", ".join(quoted(name) for name in names)
        written = insert(relation(self.catalogue, self.table.name))
        answered = [written.table.c[name] for name in self.key]
        announce(written.values(dict.fromkeys(names, null())).returning(*answered))
        keys = ", ".join(f"{quoted(name)}::text AS key_{n}" for n, name in enumerate(self.key))
        return (
            f"INSERT INTO {into} ({listed}) OVERRIDING SYSTEM VALUE "
            f"{render(select(*cells).where(*parents))} ON CONFLICT DO NOTHING RETURNING {keys}, true AS is_whole"
        )

    def unrestored(self) -> str:
        """Give the statement that counts the rows which either of the others would change."""
        sent = self._sent()
        row = relation(self.catalogue, self.table.name).alias("x")
        is_gone = row.c[self.key[0]].is_(None)
        is_away = and_(is_gone, sent.c.after == cast(text_literal("{}"), JSONB))
        waiting = (
            and_(not_(is_gone), self._may_return(row, sent, name), self._differs(row, sent, name))
            for name in self.columns
        )
        both = sent.outerjoin(row, self._is_sent(row, sent))
        return render(select(func.count()).select_from(both).where(or_(is_away, *waiting)))

    def _has_base(self, sent: Subquery, key: ForeignKey) -> ColumnElement[bool]:
        """Ask whether what a row refers to is there, or the row itself: without it, it cannot come back."""
        values = [
            typed(cell(sent.c.former, name), self.table.columns[name]) for name in key.columns
        ]
        is_there = self._has_parent(values, key)
        if key.references != self.table.name:
            return is_there
        own = zip(key.columns, key.referenced_columns, strict=True)
        itself = [cell(sent.c.former, name) == cell(sent.c.former, other) for name, other in own]
        return or_(is_there, and_(*itself))

    def _has_parent(self, values: list[ColumnElement[Any]], key: ForeignKey) -> ColumnElement[bool]:
        """Ask whether the row to which a key of these values refers is there; true where it refers to none."""
        if key.references not in self.catalogue.tables:  # in another schema: the database decides
            return true()
        parent = relation(self.catalogue, key.references).alias("parent")
        pairs = zip(key.referenced_columns, values, strict=True)
        found = and_(*(parent.c[name] == value for name, value in pairs))
        there = select(literal_column("1")).select_from(parent).where(found).exists()
        return or_(*(value.is_(None) for value in values), there)

    def _sent(self, *, has_cells: bool = True) -> Subquery:
        count = len(self.key)
        arrays: list[ColumnElement[Any]] = [
            literal_column(f"${n + 1}::text[]::{self.table.columns[name].type_name}[]")
            for n, name in enumerate(self.key)
        ]
        names: list[ColumnClause[Any]] = [column(f"sent_{n}") for n in range(count)]
        if has_cells:
            arrays += [literal_column(f"${count + n}::text[]::jsonb[]") for n in (1, 2)]
            names += [column("former", JSONB), column("after", JSONB)]
        sent = func.unnest(*arrays).table_valued(*names, name="sent").render_derived()
        return select(*sent.c).subquery("v")

    def _is_sent(self, row: FromClause, sent: Subquery) -> ColumnElement[bool]:
        return and_(*(row.c[name] == sent.c[f"sent_{n}"] for n, name in enumerate(self.key)))

    def _former(self, row: FromClause, sent: Subquery, name: str) -> ColumnElement[Any]:
        former = typed(cell(sent.c.former, name), self.table.columns[name])
        return case((self._may_return(row, sent, name), former), else_=row.c[name])

    def _may_return(self, row: FromClause, sent: Subquery, name: str) -> ColumnElement[bool]:
        """Ask whether a cell is held, still holds what was set, and what it referred to is there."""
        keys = (each for each in self.table.foreign_keys if name in each.columns)
        parents = (self._has_parent(self._cells(row, sent, each), each) for each in keys)
        return and_(has_cell(sent.c.former, name), self._is_ours(row, sent, name), *parents)

    def _cells(self, row: FromClause, sent: Subquery, key: ForeignKey) -> list[ColumnElement[Any]]:
        """Give what the columns of a key hold once all that is held of them is back."""
        return [
            case(
                (
                    has_cell(sent.c.former, name),
                    typed(cell(sent.c.former, name), self.table.columns[name]),
                ),
                else_=row.c[name],
            )
            for name in key.columns
        ]

    def _is_ours(self, row: FromClause, sent: Subquery, name: str) -> ColumnElement[bool]:
        return is_ours(row, sent.c.after, self.table.columns[name])

    def _differs(self, row: FromClause, sent: Subquery, name: str) -> ColumnElement[bool]:
        now = text_of(row.c[name], self.table.columns[name])
        return and_(has_cell(sent.c.former, name), now.is_distinct_from(cell(sent.c.former, name)))

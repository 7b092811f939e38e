"""What a live database says of itself, as far as a data map is concerned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: As the database spells it.
        type_name: The type as ``format_type`` prints it (``bigint``, ``character varying(80)``).
        base_type: ``pg_type.typname`` of the type, domains resolved (``int8``, ``varchar``, ``_text``).
        type_category: One letter, ``pg_type.typcategory``: ``N`` numeric, ``S`` string, ``A`` array, …
        is_nullable: Whether NULL may stand there.
        is_generated: Whether the database computes it from other columns.
        labels: The values that an enumerated type has, in their order; empty for all other types.
    """

    name: str
    type_name: str
    base_type: str
    type_category: str
    is_nullable: bool
    is_generated: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key from the table that it stands in.

    Attributes:
        name: The constraint's name.
        columns: The referring columns.
        references: The table referred to.
        referenced_columns: Its columns, in the same order.
        on_delete: ``NO ACTION``, ``RESTRICT``, ``CASCADE``, ``SET NULL`` or ``SET DEFAULT``.
    """

    name: str
    columns: tuple[str, ...]
    references: str
    referenced_columns: tuple[str, ...]
    on_delete: str

    @property
    def is_refusing(self) -> bool:
        """Whether it keeps a row that is referred to from being deleted."""
        return self.on_delete in {"NO ACTION", "RESTRICT"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table, partitioned table or view.

    Attributes:
        name: As the database spells it.
        columns: By name.
        primary_key: Its columns in order, empty where there is none.
        unique_keys: Columns of every valid, unconditional unique index, the primary key included.
        indexes: Columns of every valid, unconditional index, in order (expressions as ``""``).
        foreign_keys: Those that stand in this table.
        triggers: Names of enabled user triggers.
        row_estimate: The planner's estimate of rows, 0 where unknown.
        is_table: Whether rows have a physical place (``ctid``): false for views.
        partial_keys: Columns at which each valid unique index over expressions or some rows looks.
    """

    name: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...]
    unique_keys: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]
    triggers: tuple[str, ...]
    row_estimate: int
    is_table: bool
    partial_keys: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tables of one schema of one source.

    Attributes:
        schema: As the database spells it.
        tables: By name.
        from_elsewhere: Foreign keys to these tables from other schemas, by the table that they
            stand in (``other.table``).
    """

    schema: str
    tables: Mapping[str, Table]
    from_elsewhere: Mapping[str, tuple[ForeignKey, ...]] = field(default_factory=dict)

    @property
    def foreign_keys(self) -> Iterator[tuple[str, ForeignKey]]:
        """Every foreign key that stands in or refers to one of the tables, with the table it stands in."""
        for table in self.tables.values():
            for key in table.foreign_keys:
                yield table.name, key
        for name, keys in self.from_elsewhere.items():
            for key in keys:
                yield name, key

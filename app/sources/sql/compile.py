"""Compiles a data map's record types into the statements that export them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnClause, ColumnElement, func, literal, literal_column, null, select

from app.domain.catalogue import Catalogue, Table
from app.domain.errors import SourceFailure
from app.sources.protocol import FieldShape
from app.sources.sql import masks
from app.sources.sql.bind import subject_of_controller
from app.sources.sql.locate import Located, Locator
from app.sources.sql.record import RecordText
from app.sources.sql.tables import Query, render
from app.sources.sql.text import plain
from schemas.data_map import DataMap, FieldSpec, FileSpec, RecordType
from schemas.vocabulary import Category, Right

_SPLIT_FROM_ROWS = 20_000
"""A table that the planner thinks smaller is read by one connection."""

_NOTHING = "SELECT 0"
"""Counts what has nothing to export."""

Made = TypeVar("Made")


def is_split(table: Table) -> bool:
    """Tell whether a table is large enough to be read by several connections."""
    return table.is_table and table.row_estimate >= _SPLIT_FROM_ROWS


@dataclass(frozen=True, slots=True)
class UploadQuery:
    """How to list the uploads that one field names: record key, value, original name."""

    field: str
    file: FileSpec
    sql: str


@dataclass(frozen=True, slots=True)
class Export:
    """The compiled export of one record type.

    What most exports do not run is compiled when it is first asked for.

    Attributes:
        fields: What each record holds, in order.
        parts: Statements for ``COPY``, which together give every record once.
        redactable: Fields that may be redacted.
        uploads: One query for each field that names an upload.
        count: Counts what the parts give.
        free: Where a restriction holds some records: the export of the others.
        held: The export of those, a chunk of the vault at a time.
    """

    fields: tuple[FieldShape, ...]
    parts: tuple[str, ...]
    redactable: tuple[str, ...]
    uploads: tuple[UploadQuery, ...]
    count: Callable[[], str]
    free: "Callable[[], Export] | None" = None
    held: "Callable[[], Export] | None" = None


@dataclass(frozen=True, slots=True)
class ExportCompiler:
    """Compiles record types for one right.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue of the source.
        right: ``access`` or ``portability``.
        connections: Into how many parts a large table is split.
    """

    data_map: DataMap
    catalogue: Catalogue
    right: Right
    connections: int

    def compile(self, name: str) -> Export:
        """Compile one record type.

        Raises:
            SourceFailure: The map names what the database does not have.
        """
        return _named(name, lambda: self._compile(self.data_map.record_types[name], name))

    def _compile(self, spec: RecordType, name: str) -> Export:
        fields = {key: field for key, field in spec.fields.items() if self._exports(spec, field)}
        if not fields or not spec.roles:
            return Export((), (), (), (), lambda: _NOTHING)
        locator = Locator(self.data_map, self.catalogue)
        whole = self._export(name, fields, locator.locate(name), self.connections)
        if spec.source not in {None, self.data_map.subject.source}:
            return whole  # restrictions hold records of the subject's own source
        return replace(
            whole,
            free=_later(name, lambda: self._export(name, fields, locator.locate_free(name), 1)),
            held=_later(name, lambda: self._export(name, fields, locator.locate_held(name), 1)),
        )

    def _export(
        self, name: str, fields: dict[str, FieldSpec], located: Located, connections: int
    ) -> Export:
        spec = self.data_map.record_types[name]
        text = RecordText(self.catalogue, spec, located, self.right, fields)
        records = self._of_subject(select(text.element()), text)
        return Export(
            fields=tuple(text.shape(key, field) for key, field in fields.items()),
            parts=self._parts(records, text, connections),
            redactable=tuple(k for k, field in fields.items() if masks.third_party(spec, k, field)),
            uploads=tuple(
                UploadQuery(key, field.file, render(self._uploads(text, key, field.file)))
                for key, field in fields.items()
                if field.file is not None
            ),
            count=_later(name, lambda: render(self._of_subject(select(func.count()), text))),
        )

    def _exports(self, spec: RecordType, field: FieldSpec) -> bool:
        if field.internal or spec.category is Category.INTERNAL_LOGIC:
            return False
        return self.right is not Right.PORTABILITY or masks.provided(spec, field) != 0

    def _of_subject(self, query: Query, text: RecordText) -> Query:
        """Bind a query to the subject's records, the controller's own and the right's."""
        spec, located = text.spec, text.located
        query = query.select_from(located.source).where(located.where)
        if spec.source in {None, self.data_map.subject.source}:
            query = query.where(subject_of_controller(self.data_map, self.catalogue))
        if self.right is Right.PORTABILITY and located.mask is not None:
            provided = 0
            for field in text.fields.values():
                provided |= masks.provided(spec, field)
            query = query.where(masks.has_any(located.mask, provided))
        return query

    def _uploads(self, text: RecordText, name: str, file: FileSpec) -> Query:
        spec, located = text.spec, text.located
        field = spec.fields[name]
        value, column = text.value(name, field)
        original: ColumnElement[Any] = null()
        if file.name is not None:
            columns = self.catalogue.tables[spec.table].columns
            original = plain(located.row.c[file.name], columns[file.name], None)
        query = select(
            text.key().label("record_key"),
            plain(value, column, None).label("value"),
            original.label("original_name"),
        ).where(value.is_not(None))
        shown = ~masks.third_party(spec, name, field) & masks.all_roles(spec)
        if self.right is Right.PORTABILITY:
            shown &= masks.provided(spec, field)
        if located.mask is not None:
            query = query.where(masks.has_any(located.mask, shown))
        elif not shown:
            query = query.where(literal_column("false"))
        return self._of_subject(query, text)

    def _parts(self, query: Query, text: RecordText, connections: int) -> tuple[str, ...]:
        """Split by the rows' physical place, which needs no key of any kind and costs little."""
        table = self.catalogue.tables[text.spec.table]
        if connections < 2 or not is_split(table):
            return (render(query),)
        ctid: ColumnClause[Any] = ColumnClause("ctid", _selectable=text.located.row)
        place = func.hashtid(ctid).op("&")(literal(connections - 1))
        return tuple(render(query.where(place == literal(n))) for n in range(connections))


def _later(name: str, make: Callable[[], Made]) -> Callable[[], Made]:
    """Give what makes something of a record type when it is first asked, and remembers it."""
    return cache(lambda: _named(name, make))


def _named(name: str, make: Callable[[], Made]) -> Made:
    """Name the record type whose table or column is missing."""
    try:
        return make()
    except KeyError as error:
        detail = f"the database has no table or column {error.args[0]!r}"
        raise SourceFailure(name, detail, transient=False) from error

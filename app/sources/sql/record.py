"""A record as XML, written by PostgreSQL itself.

Reference:
    ``schemas/xsd/bundle.xsd``, type ``Record``.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal, select

from app.domain.catalogue import Catalogue, Column
from app.sources.protocol import FieldShape
from app.sources.sql import masks
from app.sources.sql.concatenation import Part, joined
from app.sources.sql.locate import Located, role_names
from app.sources.sql.tables import matched, relation
from app.sources.sql.text import attribute_text, element_text, field_type, is_safe, plain
from schemas.data_map import FieldSpec, RecordType
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class RecordText:
    """Writes the records of one record type for one right.

    Attributes:
        catalogue: The live catalogue.
        spec: The record type.
        located: Its records.
        right: ``access`` or ``portability``.
        fields: The fields that are exported, in order.
    """

    catalogue: Catalogue
    spec: RecordType
    located: Located
    right: Right
    fields: dict[str, FieldSpec]

    def element(self) -> ColumnElement[str]:
        """Give the whole ``record`` element."""
        fields = [part for name, each in self.fields.items() for part in self._field(name, each)]
        return joined(
            '<record key="',
            self._key_attribute(),
            '" roles="',
            role_names(self.located),
            '">',
            *fields,
            "</record>",
        )

    def key(self) -> ColumnElement[str]:
        """Give the key's text: of one column, or of several joined by "/", percent-encoded."""
        columns = self.catalogue.tables[self.spec.table].columns
        texts = [plain(self.located.row.c[each], columns[each], None) for each in self.spec.key]
        if len(texts) == 1:
            return texts[0]
        separated: list[Part] = []
        for text in texts:
            percent = func.replace(text, literal("%"), literal("%25"))
            separated += ["/", func.replace(percent, literal("/"), literal("%2F"))]
        return joined(*separated[1:])

    def shape(self, name: str, field: FieldSpec) -> FieldShape:
        """Describe a field as it stands in the export."""
        _, column = self.value(name, field)
        return FieldShape(name, field.title, field_type(column, field.unit))

    def value(self, name: str, field: FieldSpec) -> tuple[ColumnElement[object], Column]:
        """Give a field's value and the column that it comes from."""
        if (lookup := field.lookup) is None:
            column = field.column or name
            return (
                self.located.row.c[column],
                self.catalogue.tables[self.spec.table].columns[column],
            )
        other = relation(self.catalogue, lookup.table).alias(f"of_{name}")
        found = select(other.c[lookup.column])
        found = found.where(matched(self.located.row, other, lookup.match)).limit(1)
        return found.scalar_subquery(), self.catalogue.tables[lookup.table].columns[lookup.column]

    def _key_attribute(self) -> ColumnElement[str]:
        columns = [self.catalogue.tables[self.spec.table].columns[each] for each in self.spec.key]
        is_plain = len(columns) == 1 and is_safe(columns[0])
        text = self.key() if is_plain else attribute_text(self.key())
        return func.coalesce(text, literal("")) if any(c.is_nullable for c in columns) else text

    def _field(self, name: str, field: FieldSpec) -> tuple[Part, ...]:
        parts = self._shown(name, field)
        third_party = masks.third_party(self.spec, name, field)
        if third_party:
            parts = self._only_with(~third_party, parts, self._withheld(name, field))
        if self.right is Right.PORTABILITY:
            parts = self._only_with(masks.provided(self.spec, field), parts, literal(""))
        return parts

    def _only_with(
        self, roles: int, parts: tuple[Part, ...], otherwise: ColumnElement[str]
    ) -> tuple[Part, ...]:
        """Give the text where the record has any of some roles, else something else."""
        everyone = masks.all_roles(self.spec)
        match roles & everyone:
            case 0:
                return (otherwise,)
            case mask if mask == everyone or self.located.mask is None:
                return parts
            case mask:
                has_any = masks.has_any(self.located.mask, mask)
                return (case((has_any, joined(*parts)), else_=otherwise),)

    def _withheld(self, name: str, field: FieldSpec) -> ColumnElement[str]:
        """Say that there is something, and nothing of what; where there is nothing, say that."""
        value, _ = self.value(name, field)
        withheld = literal(f'<field name="{name}" redacted="third-party"/>')
        return case((value.is_(None), _null(name)), else_=withheld)

    def _shown(self, name: str, field: FieldSpec) -> tuple[Part, ...]:
        value, column = self.value(name, field)
        parts = (
            f'<field name="{name}">',
            element_text(value, column, field.unit),
            "</field>",
        )
        if column.is_nullable or field.lookup is not None or field.unit is not None:
            return (func.coalesce(joined(*parts), _null(name)),)
        return parts


def _null(name: str) -> ColumnElement[str]:
    return literal(f'<field name="{name}" null="true"/>')

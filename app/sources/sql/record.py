"""A record as XML, written by PostgreSQL itself.

Reference:
    ``schemas/xsd/bundle.xsd``, type ``Record``.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal, select

from app.domain.catalogue import Catalogue, Column
from app.sources.protocol import FieldShape
from app.sources.sql import masks
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
        return joined(
            literal('<record key="'),
            self._key_attribute(),
            literal('" roles="'),
            role_names(self.located),
            literal('">'),
            *(self._field(name, field) for name, field in self.fields.items()),
            literal("</record>"),
        )

    def key(self) -> ColumnElement[str]:
        """Give the key's text: of one column, or of several joined by "/", percent-encoded."""
        columns = self.catalogue.tables[self.spec.table].columns
        texts = [plain(self.located.row.c[each], columns[each], None) for each in self.spec.key]
        if len(texts) == 1:
            return texts[0]
        separated: list[ColumnElement[str]] = []
        for text in texts:
            percent = func.replace(text, literal("%"), literal("%25"))
            separated += [literal("/"), func.replace(percent, literal("/"), literal("%2F"))]
        return joined(*separated[1:])

    def _key_attribute(self) -> ColumnElement[str]:
        columns = self.catalogue.tables[self.spec.table].columns
        safe = len(self.spec.key) == 1 and is_safe(columns[self.spec.key[0]])
        return self.key() if safe else attribute_text(self.key())

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

    def _field(self, name: str, field: FieldSpec) -> ColumnElement[str]:
        text = self._shown(name, field)
        third_party = masks.third_party(self.spec, name, field)
        if third_party:
            text = self._only_with(~third_party, text, self._withheld(name, field))
        if self.right is Right.PORTABILITY:
            text = self._only_with(masks.provided(self.spec, field), text, literal(""))
        return text

    def _only_with(
        self, roles: int, text: ColumnElement[str], otherwise: ColumnElement[str]
    ) -> ColumnElement[str]:
        """Give the text where the record has any of some roles, else something else."""
        everyone = masks.all_roles(self.spec)
        match roles & everyone:
            case 0:
                return otherwise
            case mask if mask == everyone or self.located.mask is None:
                return text
            case mask:
                return case((masks.has_any(self.located.mask, mask), text), else_=otherwise)

    def _withheld(self, name: str, field: FieldSpec) -> ColumnElement[str]:
        """Say that there is something, and nothing of what; where there is nothing, say that."""
        value, _ = self.value(name, field)
        withheld = literal(f'<field name="{name}" redacted="third-party"/>')
        return case((value.is_(None), _null(name)), else_=withheld)

    def _shown(self, name: str, field: FieldSpec) -> ColumnElement[str]:
        value, column = self.value(name, field)
        return func.coalesce(
            joined(
                literal(f'<field name="{name}">'),
                element_text(value, column, field.unit),
                literal("</field>"),
            ),
            _null(name),
        )


def _null(name: str) -> ColumnElement[str]:
    return literal(f'<field name="{name}" null="true"/>')


def joined(*parts: ColumnElement[str]) -> ColumnElement[str]:
    """Join texts; NULL where any of them is."""
    text = parts[0]
    for part in parts[1:]:
        text = text.op("||")(part)
    return text

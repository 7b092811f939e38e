"""A data map beside the live database that it is checked against."""

from dataclasses import dataclass

from app.datamap.document import MapDocument
from app.datamap.walk import record_types_of
from app.domain.catalogue import Catalogue, Column, Table
from schemas.data_map import DataMap, RecordType


@dataclass(frozen=True, slots=True)
class Live:
    """One source of a data map and what its database says of itself.

    Attributes:
        document: The map.
        catalogue: The tables of the source's schema.
        source: The source's name in the map.
    """

    document: MapDocument
    catalogue: Catalogue
    source: str

    @property
    def data_map(self) -> DataMap:
        """What the document says."""
        return self.document.data_map

    @property
    def holds_subjects(self) -> bool:
        """Whether the persons themselves are in this source."""
        return self.source == self.data_map.subject.source

    @property
    def record_types(self) -> dict[str, RecordType]:
        """The record types of this source."""
        return record_types_of(self.data_map, self.source)

    def table(self, name: str) -> Table | None:
        """Look a table up.

        Args:
            name: As the map spells it.
        """
        return self.catalogue.tables.get(name)

    def column(self, table: str, column: str) -> Column | None:
        """Look a column up.

        Args:
            table: As the map spells it.
            column: As the map spells it.
        """
        found = self.catalogue.tables.get(table)
        return found.columns.get(column) if found is not None else None

"""What is compiled of a data map, kept for every database that looks alike.

Compiling a map of forty record types takes seconds: as long as a small erasure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.domain.catalogue import Catalogue
from app.sources.sql.compile import Export, ExportCompiler, is_split
from app.sources.sql.effects.statements import Statements
from schemas.data_map import DataMap
from schemas.vocabulary import Right

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Compiled:
    """Compiles one source of a map against one catalogue, each right when it is first needed.

    Attributes:
        digest: Of all that goes into it: equal ones are alike.
        data_map: The map.
        catalogue: The live catalogue.
        source: The source's name in the map.
        connections: How many read one large table together.
    """

    digest: bytes
    data_map: DataMap = field(compare=False)
    catalogue: Catalogue = field(compare=False)
    source: str = field(compare=False)
    connections: int = field(compare=False)
    _exports: dict[Right, Mapping[str, Export]] = field(default_factory=dict, compare=False)
    _statements: dict[Right, Statements] = field(default_factory=dict, compare=False)

    @property
    def is_unfit(self) -> bool:
        """Whether statements of effects could not be compiled: the catalogue may be out of date."""
        return any(each.is_unfit for each in self._statements.values())

    def exports(self, right: Right) -> Mapping[str, Export]:
        """Give the exports of the source's record types, for ``access`` or ``portability``."""
        if right not in self._exports:
            compiler = ExportCompiler(self.data_map, self.catalogue, right, self.connections)
            self._exports[right] = {
                name: compiler.compile(name)
                for name, spec in self.data_map.record_types.items()
                if (spec.source or self.data_map.subject.source) == self.source
            }
        return self._exports[right]

    def statements(self, right: Right) -> Statements:
        """Give the statements of effects, for ``restriction`` or ``erasure``."""
        if right not in self._statements:
            made = Statements(self.data_map, self.catalogue, right, self.source)
            self._statements.setdefault(right, made)
        return self._statements[right]


def compiled(data_map: DataMap, catalogue: Catalogue, source: str, connections: int) -> Compiled:
    """Give what is compiled of a source: the same for equal maps and catalogues.

    Args:
        data_map: The map.
        catalogue: The live catalogue.
        source: The source's name in the map.
        connections: How many read one large table together.
    """
    # Of the estimates, which change all the time, statements know only whether a table is split.
    tables = [replace(each, row_estimate=int(is_split(each))) for each in catalogue.tables.values()]
    words = (data_map.model_dump_json(), catalogue.schema, tables, source, connections)
    digest = hashlib.sha256(repr(words).encode()).digest()
    return _first(Compiled(digest, data_map, catalogue, source, connections))


@lru_cache(maxsize=_KEPT)
def _first(made: Compiled) -> Compiled:
    """Give the one that was made first of those that are equal."""
    return made

"""The sources of every data map that a process works with, each opened once."""

from collections.abc import Mapping
from typing import Self

from app.domain.errors import SourceFailure
from app.sources.files.directory import UploadDirectory
from app.sources.protocol import RecordSource, UploadStore
from app.sources.sql.database import Database
from app.sources.sql.source import SqlSource
from app.sources.urls import resolve_url
from schemas.data_map import DataMap
from schemas.vocabulary import SourceKind


class Sources:
    """Opens sources by data map and name; databases are shared by the maps that name them.

    In an ``async with`` they are closed where the block ends.

    Args:
        environ: Where ``${NAME}`` in an address is looked up.
        connections: How many connections read one large table together.
        jobs: How many jobs run at once.
    """

    def __init__(self, environ: Mapping[str, str], connections: int, jobs: int) -> None:
        self._environ = environ
        self._connections = connections
        # A job that changes records looks and acts at once.
        self._pool_size = (connections + 2) * jobs + 1
        self._databases: dict[tuple[str, str], Database] = {}
        self._records: dict[tuple[int, str], RecordSource] = {}
        self._maps: list[DataMap] = []

    async def __aenter__(self) -> Self:
        """Begin; nothing is opened yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every database."""
        await self.close()

    def records(self, data_map: DataMap, name: str) -> RecordSource:
        """Give a source of records.

        Args:
            data_map: The map; the same object gives the same source, compiled once.
            name: A source of the map.

        Raises:
            SourceFailure: The source's address cannot be resolved, or its kind is not supported.
        """
        key = (id(data_map), name)
        if key not in self._records:
            spec = data_map.sources[name]
            if spec.kind is not SourceKind.SQL:
                detail = f"a source of kind {spec.kind} holds no records yet"
                raise SourceFailure(name, detail, transient=False)
            url = resolve_url(name, spec.url, self._environ)
            place = (url, spec.schema_name)
            if place not in self._databases:
                self._databases[place] = Database(name, *place, self._pool_size)
            database = self._databases[place]
            database.forget_catalogue()  # a map that is new here may name a table that is, too
            self._maps.append(data_map)  # while it lives, its id is its own
            self._records[key] = SqlSource(name, data_map, database, self._connections)
        return self._records[key]

    def uploads(self, data_map: DataMap, name: str) -> UploadStore:
        """Give a source of uploads.

        Raises:
            SourceFailure: The source's address cannot be resolved, or its kind is not supported.
        """
        spec = data_map.sources[name]
        if spec.kind is not SourceKind.FILES:
            detail = f"a source of kind {spec.kind} holds no uploads"
            raise SourceFailure(name, detail, transient=False)
        return UploadDirectory(name, resolve_url(name, spec.url, self._environ))

    async def close(self) -> None:
        """Close every database."""
        for database in self._databases.values():
            await database.close()
        self._databases.clear()
        self._records.clear()
        self._maps.clear()

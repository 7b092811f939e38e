"""Data maps, as files or published: say what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path

import asyncpg

from app.datamap.check import check
from app.datamap.check_live import check_live
from app.datamap.document import MapDocument
from app.datamap.findings import DataMapError, Finding, Severity, in_order
from app.datamap.read import MAX_BYTES, read
from app.domain.catalogue import Catalogue
from app.domain.errors import Refused, SourceFailure
from app.sources.registry import Sources
from app.sources.sql.catalogue import read_catalogue
from app.sources.urls import resolve_url
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import SourceKind

_TIMEOUT_SECONDS = 30


async def check_file(path: Path, against_url: str | None) -> list[Finding]:
    """Check a data map in a file, against itself and, if asked, against a live database.

    Args:
        path: A YAML file.
        against_url: Where the subject's source can be reached (``postgresql://…``); None to
            check the map against itself only. Nothing is written there.

    Returns:
        Everything found, in the order of the document.

    Raises:
        Refused: There is no such file, or it cannot be read.
        SourceFailure: The database cannot be reached or read.
    """
    try:
        document = read_file(path)
    except DataMapError as error:
        return list(error.findings)
    findings = check(document)
    if against_url is not None:
        findings += check_live(document, await _catalogue(document, against_url))
    return in_order(findings)


async def check_file_and_sources(path: Path, environ: Mapping[str, str]) -> list[Finding]:
    """Check a data map in a file, against itself and against every database that it names.

    Args:
        path: A YAML file.
        environ: Where ``${NAME}`` in an address is looked up.

    Raises:
        Refused: There is no such file, or it cannot be read.
        SourceFailure: A database did not answer, or its address cannot be resolved.
    """
    findings = await check_file(path, None)
    if any(found.is_blocking for found in findings):
        return findings
    async with Sources(environ, connections=1, jobs=1) as sources:
        return in_order([*findings, *await check_sources(read_file(path), sources)])


async def check_sources(document: MapDocument, sources: Sources) -> list[Finding]:
    """Check a data map against every database that it names, as they are now.

    Args:
        document: A map without errors.
        sources: Opens them.

    Raises:
        SourceFailure: A database did not answer, or its address cannot be resolved.
    """
    data_map = document.data_map
    named = [name for name, spec in data_map.sources.items() if spec.kind is SourceKind.SQL]
    found: list[Finding] = []
    for name in named:
        catalogue = await sources.records(data_map, name).describe()
        found += check_live(document, catalogue, name)
    return in_order(found)


def address_of_subjects(path: Path, environ: Mapping[str, str]) -> str:
    """Say where a data map in a file has its persons.

    Args:
        path: A data map without errors.
        environ: Where ``${NAME}`` in an address is looked up.

    Raises:
        Refused: There is no such file.
        SourceFailure: The address cannot be resolved.
    """
    data_map = read_file(path).data_map
    source = data_map.subject.source
    return resolve_url(source, data_map.sources[source].url, environ)


def read_file(path: Path) -> MapDocument:
    """Read a data map in a file.

    Args:
        path: A YAML file.

    Raises:
        DataMapError: It is no data map.
        Refused: There is no such file, or it cannot be read.
    """
    return read(_text_of(path))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            encoded = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise Refused(
            Problem.NOT_FOUND, f"The data map {path} cannot be read: {reason}."
        ) from error
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        line = encoded.count(b"\n", 0, error.start) + 1
        detail, remedy = "the document is no UTF-8", "Save it as UTF-8."
        raise DataMapError([Finding(Severity.ERROR, "", line, detail, remedy)]) from error


async def _catalogue(document: MapDocument, url: str) -> Catalogue:
    source = document.data_map.subject.source
    spec = document.data_map.sources.get(source)
    schema = spec.schema_name if spec is not None else "public"
    try:
        connection = await asyncpg.connect(url, timeout=_TIMEOUT_SECONDS)
        try:
            return await read_catalogue(connection, schema)
        finally:
            await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # The text of a failed connection may hold the address, and with it a password.
        detail = f"the database cannot be read ({type(error).__name__})"
        raise SourceFailure(source, detail, transient=True) from error

"""Servers and databases that are there before the first fault, for every fork to use."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from app.embedded.stack import Stack
from app.store.migrations import upgrade
from tests.fixtures.store import OWNER, ROLES

_STORE = "store_template"
_MADE = "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%' OR datname LIKE '%\\_template' AND datname <> $1"


class Servers:
    """A plug-in of pytest in the place of the fixtures that start servers; clears up after a fork.

    Args:
        running: The servers.
        scratch: Where a fork's files lie, for every account to walk through.
    """

    def __init__(self, running: Stack, scratch: Path) -> None:
        self._running = running
        self._scratch = scratch

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> object | None:
        """Give what runs already in the place of what a fixture would start."""
        ready = {"stack": self._running, "store_template": _STORE}
        if fixturedef.argname not in ready:
            return None
        value = ready[fixturedef.argname]
        fixturedef.cached_result = (value, None, None)  # it has no parameters, and no error
        return value

    def migrate(self) -> None:
        """Make the store's own database, which every module of tests copies."""
        for role in ROLES:
            self._running.ensure_role(role)
        self._running.ensure_database(_STORE, OWNER)
        asyncio.run(upgrade(self._running.database_url(_STORE, OWNER)))

    def use_scratch(self) -> None:
        """Keep this process's files where they are cleared up."""
        self._scratch.mkdir(mode=0o711)
        self._scratch.chmod(0o711)
        tempfile.tempdir = str(self._scratch)

    def clear(self) -> None:
        """Remove what a fork has left: it ends where it stands."""
        if self._scratch.exists():
            shutil.rmtree(self._scratch)
        for name in asyncio.run(self._databases()):
            self._running.databases.drop(name)

    async def _databases(self) -> list[str]:
        connection = await asyncpg.connect(self._running.superuser_url)
        try:
            return [name for (name,) in await connection.fetch(_MADE, _STORE)]
        finally:
            await connection.close()


@contextmanager
def servers() -> Iterator[Servers]:
    """Start the servers, and stop them."""
    directory = Path(tempfile.mkdtemp(prefix="habeas-mutants-"))
    directory.chmod(0o711)
    try:
        with Stack(directory / "stack", durable=False) as running:
            made = Servers(running, directory / "scratch")
            made.migrate()
            yield made
    finally:
        shutil.rmtree(directory)

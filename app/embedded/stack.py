"""Run PostgreSQL and Valkey for as long as this process lives."""

import urllib.parse
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded import binaries, places
from app.embedded.account import server_account
from app.embedded.databases import Databases
from app.embedded.lock import SupervisorLock
from app.embedded.postgresql import PORT, SUPERUSER, PostgreSQL, PostgreSQLOptions
from app.embedded.process import KERNEL_TELLS
from app.embedded.valkey import Valkey


@dataclass(frozen=True, slots=True)
class _Servers:
    places: places.Places
    postgresql: PostgreSQL
    valkey: Valkey
    exits: ExitStack


class Stack:
    """Private PostgreSQL and Valkey in a directory, kept between runs.

    A context manager, entered in the main thread: the servers end with that thread, also on
    ``kill -9``. Everything listens on Unix sockets in a folder that only the servers' account
    (and root) can enter; within it PostgreSQL trusts whom a connection says it is.

    Args:
        directory: Where the data lies; made where it is missing. As root, a directory that
            unprivileged accounts cannot reach keeps only a note of where the data lies.
        durable: Whether commits outlive the death of the machine. Tests that throw the
            directory away say no, which saves about half their time.
        guarded: Whether guard processes bind the servers to our life where the kernel could.
        on_loopback: Whether PostgreSQL listens on port 5432 of 127.0.0.1, too.

    Raises:
        EmbeddedFailure: On entering: the servers cannot run here, or another process runs them.

    Reference:
        docs/decisions/0001-embedded-servers.md
    """

    def __init__(
        self,
        directory: Path,
        *,
        durable: bool = True,
        guarded: bool = not KERNEL_TELLS,
        on_loopback: bool = False,
    ) -> None:
        self._asked_directory = directory
        self._options = PostgreSQLOptions(durable, guarded, on_loopback)
        self._running: _Servers | None = None
        self.bin_directory = binaries.installed().postgresql
        """``psql``, ``pg_dump``, ``pg_restore`` and the rest, for our own account."""

    def __enter__(self) -> Self:
        """Start both and wait until they answer."""
        account = server_account()
        directory = places.make(self._asked_directory, account)
        with ExitStack() as undo:
            lock = SupervisorLock(directory)
            undo.callback(lock.release)
            chosen = places.choose(directory, account)
            undo.callback(chosen.leave)
            programs = binaries.reachable(binaries.installed(), account, chosen.directory)
            guarded = self._options.guarded
            valkey = Valkey(chosen, programs, account, guarded=guarded)
            undo.callback(valkey.stop)
            postgresql = PostgreSQL(chosen, programs, account, self._options)
            undo.callback(postgresql.stop)
            undo.callback(lock.leaving)
            valkey.spawn()
            postgresql.spawn()
            valkey.wait_until_ready()
            postgresql.wait_until_ready()
            self._running = _Servers(chosen, postgresql, valkey, undo.pop_all())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both in good order and leave the directory to a successor."""
        running, self._running = self._running, None
        if running is not None:
            running.exits.close()

    @property
    def _servers(self) -> _Servers:
        if self._running is None:
            raise RuntimeError("the stack is used outside its `with` block")
        return self._running

    @property
    def directory(self) -> Path:
        """Where the data really lies."""
        return self._servers.places.directory

    @property
    def superuser_url(self) -> str:
        """The URL of the database ``postgres`` for its superuser."""
        return self.database_url(SUPERUSER, SUPERUSER)

    @property
    def redis_url(self) -> str:
        """The URL of Valkey: ``unix:///…``."""
        return f"unix://{self._servers.valkey.socket}"

    def database_url(self, name: str, user: str | None = None) -> str:
        """Give a URL that asyncpg and libpq understand.

        Args:
            name: A database; whether it exists is not asked.
            user: A role, the superuser by default.
        """
        role, database = (urllib.parse.quote(text, safe="") for text in (user or SUPERUSER, name))
        return f"postgresql://{role}@/{database}?host={self._servers.places.sockets}&port={PORT}"

    @property
    def databases(self) -> Databases:
        """Roles and databases, to be created and dropped."""
        return Databases(self.bin_directory / "psql", self.superuser_url)

    def ensure_role(self, name: str) -> None:
        """Make a role that can log in, or let an existing one log in."""
        self.databases.ensure_role(name)

    def ensure_database(self, name: str, owner: str) -> None:
        """Make a database, unless it exists."""
        self.databases.ensure(name, owner)

    def restart_postgresql(self, *, immediate: bool = False) -> None:
        """Stop PostgreSQL and start it again, in the main thread.

        Args:
            immediate: Whether to stop it as a crash would; committed transactions stay.
        """
        self._servers.postgresql.stop(immediate=immediate)
        self._servers.postgresql.spawn()
        self._servers.postgresql.wait_until_ready()

    def restart_redis(self, *, immediate: bool = False) -> None:
        """Stop Valkey and start it again, empty, in the main thread.

        Args:
            immediate: Whether to stop it as a crash would.
        """
        self._servers.valkey.stop(immediate=immediate)
        self._servers.valkey.spawn()
        self._servers.valkey.wait_until_ready()

    @property
    def postgresql(self) -> PostgreSQL:
        """The server itself, for those who stop it for a while."""
        return self._servers.postgresql

    @property
    def valkey(self) -> Valkey:
        """The server itself, for those who stop it for a while."""
        return self._servers.valkey

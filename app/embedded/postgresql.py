"""Run a private PostgreSQL."""

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.embedded.account import Account, give, private_folder
from app.embedded.binaries import Binaries
from app.embedded.errors import ELSEWHERE, EmbeddedFailure
from app.embedded.lock import FileLock
from app.embedded.places import Places
from app.embedded.process import KERNEL_TELLS
from app.embedded.server import Server

SUPERUSER: Final = "postgres"
PORT: Final = 5432
"""As a rule only a part of the socket's file name: no network address is listened on."""

_INITDB = (
    *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    *("--data-checksums", "--auth-local=trust", "--auth-host=reject", "-U", SUPERUSER),
)
_INITDB_SECONDS = 300.0
_UNFINISHED = "postgresql-unfinished-"

_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "wal_level": "minimal",  # nobody replicates a private server; bulk loads write less
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No personal data in the log: neither statements nor the values in an error's detail.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

_FORGETFUL: Final = {"fsync": "off", "full_page_writes": "off"}
"""Commits still outlive any death of the server, only not that of the machine."""


@dataclass(frozen=True, slots=True)
class PostgreSQLOptions:
    """How PostgreSQL is run.

    Attributes:
        durable: Whether commits outlive the death of the machine.
        guarded: Whether a guard process stands in for the kernel.
        on_loopback: Whether it listens on 127.0.0.1, too. ``pg_hba.conf`` lets nobody in there
            until somebody changes it.
    """

    durable: bool = True
    guarded: bool = not KERNEL_TELLS
    on_loopback: bool = False


class PostgreSQL(Server):
    """PostgreSQL on a Unix socket, its data in ``postgresql/`` below the stack's directory.

    Args:
        places: Where data and sockets lie.
        binaries: Programs that the account can run.
        account: Who runs it, None for ourselves.
        options: How.
    """

    death_signal = signal.SIGINT
    abrupt_signal = signal.SIGQUIT

    def __init__(
        self,
        places: Places,
        binaries: Binaries,
        account: Account | None,
        options: PostgreSQLOptions,
    ) -> None:
        super().__init__("PostgreSQL", places.directory, account, guarded=options.guarded)
        self.data = places.directory / "postgresql"
        self._sockets = places.sockets
        self._binaries = binaries.postgresql
        self._options = options
        self._former_pid_file: list[str] = []

    def command(self) -> tuple[str, ...]:
        """Give the command line; settings there outrank files in the data directory."""
        settings = _SETTINGS | {"unix_socket_directories": str(self._sockets), "port": str(PORT)}
        if not self._options.durable:
            settings |= _FORGETFUL
        if self._options.on_loopback:
            settings |= {"listen_addresses": "127.0.0.1"}
        return (
            *(str(self._binaries / "postgres"), "-D", str(self.data)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        )

    def prepare(self, lock: FileLock) -> None:
        """Create the cluster where there is none, and clear the marks of a crash."""
        if not self.data.exists():
            self._create_cluster(lock)
        private_folder(self.data, self.account)
        self._require_version()
        (self._sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        self._former_pid_file = self._pid_file()
        if not self._names_a_server(self._former_pid_file):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def is_ready(self) -> bool:
        """Say whether the postmaster wrote, since the start, that it accepts connections."""
        lines = self._pid_file()
        return (
            len(lines) > 7
            and lines[:3] != self._former_pid_file[:3]
            and lines[7].strip() == "ready"
        )

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _names_a_server(self, pid_file: list[str]) -> bool:
        """Whether the file names a server of this very directory, perhaps started by hand.

        None of ours is alive here. After a crash the process number may have been given to
        anyone, and PostgreSQL would refuse to start beside that stranger.
        """
        if not pid_file or not pid_file[0].isdigit():
            return False
        return os.fsencode(self.data) in _command_line(int(pid_file[0]))

    def _create_cluster(self, lock: FileLock) -> None:
        """Run ``initdb`` beside the final place, then rename: half a cluster is never used."""
        for leftover in self.data.parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self.data.parent))
        give(unfinished, self.account)
        sync = () if self._options.durable else ("--no-sync",)
        initdb = self.run(
            (str(self._binaries / "initdb"), "-D", str(unfinished), *_INITDB, *sync), lock
        )
        if not initdb.ends_within(_INITDB_SECONDS) or initdb.exit_code != 0:
            initdb.send(signal.SIGKILL)
            initdb.ends_within(_INITDB_SECONDS)
            shutil.rmtree(unfinished, ignore_errors=True)
            raise self.failure("initdb failed")
        unfinished.rename(self.data)

    def _require_version(self) -> None:
        """Refuse data of another major version before PostgreSQL does so less clearly."""
        of_data = _first_word(self.data / "PG_VERSION")
        of_program = _first_word(self._binaries.parent / "share" / "postgres.bki")
        if of_data != of_program:
            raise EmbeddedFailure(
                self.name,
                f"the data in {self.data} was made by version {of_data or 'unknown'}, this one is {of_program}: "
                f"dump and load it with both versions, remove the directory, {ELSEWHERE}",
            )


def _first_word(path: Path) -> str:
    """Give the number that ends a file's first line; nothing where there is no such file."""
    try:
        with path.open(encoding="utf-8") as lines:
            return lines.readline().rstrip().rpartition(" ")[2]
    except FileNotFoundError:
        return ""


def _command_line(pid: int) -> bytes:
    """Give a process's command line, nothing where there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return b""
    return subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
    ).stdout

"""Run a private Valkey: a doorbell, so it keeps nothing on disk."""

import signal
import socket
from pathlib import Path

from app.embedded.account import Account, private_folder
from app.embedded.binaries import Binaries
from app.embedded.lock import FileLock
from app.embedded.places import Places
from app.embedded.process import KERNEL_TELLS
from app.embedded.server import Server


class Valkey(Server):
    """Valkey on a Unix socket, without persistence.

    Args:
        places: Where data and sockets lie.
        binaries: Programs that the account can run.
        account: Who runs it, None for ourselves.
        guarded: Whether a guard process stands in for the kernel.
    """

    death_signal = signal.SIGTERM
    abrupt_signal = signal.SIGKILL

    def __init__(
        self,
        places: Places,
        binaries: Binaries,
        account: Account | None,
        *,
        guarded: bool = not KERNEL_TELLS,
    ) -> None:
        super().__init__("Valkey", places.directory, account, guarded=guarded)
        self.socket: Path = places.sockets / "valkey.sock"
        self._directory = places.directory / "valkey"
        self._program = binaries.valkey_server

    def command(self) -> tuple[str, ...]:
        """Give the command line; no configuration file is read."""
        return (
            str(self._program),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self._directory), "--save", "", "--appendonly", "no"),
            *("--daemonize", "no", "--loglevel", "warning"),
        )

    def prepare(self, lock: FileLock) -> None:  # noqa: ARG002 - part of the signature
        """Make its folder, and remove the socket of an earlier run."""
        private_folder(self._directory, self.account)
        self.socket.unlink(missing_ok=True)

    def is_ready(self) -> bool:
        """Say whether it answers a PING."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

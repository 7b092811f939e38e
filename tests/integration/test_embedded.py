"""The embedded servers: bound to their supervisor's life, their data kept."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis.asyncio

from app.embedded import binaries
from app.embedded.account import server_account
from app.embedded.errors import EmbeddedFailure
from app.embedded.lock import SupervisorLock
from app.embedded.stack import Stack
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.stack import NewDatabase
from tests.fixtures.supervisor import supervised

EmptyDirectory = Callable[[], Path]


async def run(url: str, *statements: str) -> list[object]:
    """Run statements and give the first column of the last one's rows."""
    connection = await asyncpg.connect(url)
    try:
        rows = [await connection.fetch(statement) for statement in statements][-1]
    finally:
        await connection.close()
    return [row[0] for row in rows]


def server_uid() -> int:
    account = server_account()
    return os.geteuid() if account is None else account.uid


def has_ended(process: psutil.Process) -> bool:
    """Whether it has; a zombie has, only whoever adopted it has not looked yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def later(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    timer = threading.Timer(seconds, act)
    timer.start()
    yield
    timer.join()


async def test_a_new_database_is_a_copy_of_its_template(
    stack: Stack, new_database: NewDatabase
) -> None:
    template = new_database()
    await run(stack.database_url(template), "CREATE TABLE kept AS SELECT 42 AS answer")
    copy = stack.database_url(new_database(template=template))
    assert await run(copy, "SELECT answer FROM kept") == [42]


async def test_roles_and_databases_with_odd_names_are_made_once(stack: Stack) -> None:
    for _ in range(2):
        stack.ensure_role('o"dd; role')
        stack.ensure_database("o'dd /database?", 'o"dd; role')
    try:
        url = stack.database_url("o'dd /database?", 'o"dd; role')
        assert await run(url, "SELECT current_user || ' in ' || current_database()") == [
            "o\"dd; role in o'dd /database?"
        ]
    finally:
        stack.databases.drop("o'dd /database?")


async def test_redis_answers_on_its_socket_only(stack: Stack) -> None:
    client = redis.asyncio.Redis.from_url(stack.redis_url)
    assert await client.ping()
    assert (await client.config_get("port"))["port"] == "0"
    await client.aclose()


@pytest.mark.parametrize("guarded", [False, True], ids=["by the kernel", "by guards"])
def test_a_supervisor_killed_with_minus_9_takes_both_servers_with_it(
    empty_directory: EmptyDirectory, *, guarded: bool
) -> None:
    with supervised(empty_directory(), guarded=guarded) as supervisor:
        assert {"postgres", "valkey-server"} <= {process.name() for process in supervisor.servers}
        supervisor.kill()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(map(has_ended, supervisor.servers)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [process for process in supervisor.servers if not has_ended(process)] == []


@pytest.mark.parametrize("guarded", [False, True], ids=["by the kernel", "by guards"])
async def test_data_is_kept_between_runs(empty_directory: EmptyDirectory, *, guarded: bool) -> None:
    directory = empty_directory()
    with Stack(directory, durable=False, guarded=guarded) as first:
        await run(first.superuser_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with Stack(directory, durable=False, guarded=guarded) as second:
        assert await run(second.superuser_url, "SELECT answer FROM kept") == [42]


async def test_commits_outlive_a_killed_supervisor(empty_directory: EmptyDirectory) -> None:
    directory = empty_directory()
    with supervised(directory) as supervisor:
        await run(supervisor.database_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        supervisor.kill()
    with Stack(directory, durable=False) as second:
        assert await run(second.superuser_url, "SELECT answer FROM kept") == [42]


@pytest.mark.parametrize("immediate", [False, True], ids=["in good order", "as in a crash"])
async def test_commits_outlive_a_restart_of_postgresql(
    empty_directory: EmptyDirectory, *, immediate: bool
) -> None:
    with Stack(empty_directory(), durable=False) as stack:
        await run(stack.superuser_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        stack.restart_postgresql(immediate=immediate)
        assert await run(stack.superuser_url, "SELECT answer FROM kept") == [42]
        stack.restart_redis(immediate=immediate)
        assert stack.valkey.is_ready()


def test_a_second_supervisor_is_refused(empty_directory: EmptyDirectory) -> None:
    directory = empty_directory()
    alias = empty_directory() / "alias"
    alias.symlink_to(directory)
    with supervised(directory) as supervisor:
        for path in (directory, alias):
            with pytest.raises(
                EmbeddedFailure, match=f"in use by the process {supervisor.process.pid}"
            ):
                Stack(path).__enter__()
        assert all(process.is_running() for process in supervisor.servers)


def test_a_second_supervisor_in_the_same_process_is_refused(
    empty_directory: EmptyDirectory,
) -> None:
    directory = empty_directory()
    lock = SupervisorLock(directory)
    with pytest.raises(EmbeddedFailure, match="already in use"):
        Stack(directory).__enter__()
    lock.release()


def test_a_supervisor_that_is_leaving_is_waited_for(empty_directory: EmptyDirectory) -> None:
    directory = empty_directory()
    leaving = SupervisorLock(directory)
    leaving.leaving()
    with later(0.3, leaving.release):
        SupervisorLock(directory).release()


async def test_servers_of_an_old_run_that_still_shut_down_are_waited_for(
    empty_directory: EmptyDirectory,
) -> None:
    directory = empty_directory()
    with supervised(directory) as supervisor:
        old = supervisor.server("postgres")
        old.suspend()
        supervisor.kill()
    with later(0.7, old.resume), Stack(directory, durable=False) as stack:
        assert has_ended(old)
        assert await run(stack.superuser_url, "SELECT 1") == [1]


@pytest.mark.parametrize("content", ["", "not a number\n", "{stranger}\n/elsewhere\n0\n5432\n"])
async def test_a_directory_with_a_stale_pid_file_starts(
    empty_directory: EmptyDirectory, content: str
) -> None:
    directory = empty_directory()
    with Stack(directory, durable=False) as first:
        data, uid = first.postgresql.data, server_uid()
    with subprocess.Popen(["sleep", "60"], user=uid) as stranger:  # noqa: ASYNC220
        pid_file = data / "postmaster.pid"
        pid_file.write_text(content.format(stranger=stranger.pid))
        os.chown(pid_file, uid, -1)
        with Stack(directory, durable=False) as second:
            assert await run(second.superuser_url, "SELECT 1") == [1]
        assert stranger.poll() is None
        stranger.kill()


def test_a_postmaster_killed_with_minus_9_is_started_anew(empty_directory: EmptyDirectory) -> None:
    with Stack(empty_directory(), durable=False) as stack:
        pid = int((stack.postgresql.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        stack.restart_postgresql()
        assert stack.postgresql.is_running


async def test_a_long_path_gets_its_sockets_elsewhere(empty_directory: EmptyDirectory) -> None:
    directory = empty_directory() / ("long-" * 20) / "with space"
    directory.parent.mkdir()
    directory.parent.chmod(0o711)
    with Stack(directory, durable=False) as stack:
        sockets = stack.valkey.socket.parent
        assert not sockets.is_relative_to(directory)
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert await run(stack.superuser_url, "SELECT 1") == [1]
    assert not sockets.exists()


def test_data_and_sockets_are_private(stack: Stack) -> None:
    for folder in (stack.postgresql.data, stack.valkey.socket.parent):
        assert folder.stat().st_mode & 0o777 == 0o700


async def test_the_log_shows_no_value_of_a_failed_statement(
    stack: Stack, new_database: NewDatabase
) -> None:
    url = stack.database_url(new_database())
    await run(url, "CREATE TABLE person (email text PRIMARY KEY)")
    insert = "INSERT INTO person VALUES ('a.private@example.org')"
    with pytest.raises(asyncpg.UniqueViolationError):
        await run(url, insert, insert)
    log = stack.postgresql.log.read_text()
    assert "duplicate key" in log
    assert "a.private" not in log


def test_servers_are_started_in_the_main_thread_only(empty_directory: EmptyDirectory) -> None:
    failures: list[EmbeddedFailure] = []

    def start() -> None:
        try:
            Stack(directory).__enter__()
        except EmbeddedFailure as failure:
            failures.append(failure)

    directory = empty_directory()
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(failures[0])
    SupervisorLock(directory).release()


def test_data_of_another_major_version_is_refused(empty_directory: EmptyDirectory) -> None:
    directory = empty_directory()
    with Stack(directory, durable=False) as stack:
        version = stack.postgresql.data / "PG_VERSION"
    version.write_text("9.6\n")
    with pytest.raises(EmbeddedFailure, match=r"made by version 9\.6, this one is \d+"):
        Stack(directory).__enter__()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(
    empty_directory: EmptyDirectory,
) -> None:
    directory = empty_directory()
    with Stack(directory, durable=False) as stack:
        settings = stack.postgresql.data / "postgresql.auto.conf"
    settings.write_text("nonsense = on\n")
    with pytest.raises(EmbeddedFailure, match=r'unrecognized configuration parameter "nonsense"'):
        Stack(directory).__enter__()
    SupervisorLock(directory).release()


def test_a_missing_wheel_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedFailure, match="HABEAS_DATABASE_URL and HABEAS_REDIS_URL"):
        binaries.installed()

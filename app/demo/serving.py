"""The whole of Habeas from one command: a private stack with the campus LMS, the API, a worker."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import httpx

from app.assembly.parts import SettingMissing
from app.demo.bootstrap import Backends, School, prepare, support_key
from app.demo.ports import listening_socket
from app.demo.story import Scene, tell
from app.domain.errors import HabeasError
from app.embedded.process import BoundProcess, Start
from app.embedded.stack import Stack
from app.settings import Settings
from app.store.roles import Role

_ROOT = Path(__file__).resolve().parents[2]
_READY_SECONDS = 60.0
_PATIENCE_SECONDS = 15.0
_LOOK_SECONDS = 0.2


class NotReady(HabeasError):
    """The API did not come up."""


@dataclass(frozen=True, slots=True)
class Running:
    """What serves.

    Attributes:
        url: Where the API listens.
        schools: The controllers of the demo.
        directory: Where everything lies.
        campus_url: The learning platform's database.
        programs: The API and the worker.
        support_key: An API key of support.
    """

    url: str
    schools: tuple[School, ...]
    directory: Path
    campus_url: str
    programs: "Programs"
    support_key: str


def serve(settings: Settings, _: argparse.Namespace) -> int:
    """Keep everything running until Ctrl-C or SIGTERM.

    Args:
        settings: Of this process; the servers that they name are used, and none started.
    """
    with running(settings) as here:
        print(f"Habeas answers at {here.url}; its documentation: {here.url}/docs")
        for school in here.schools:
            print(f"An API key of {school.name}: {school.api_key}")
        print(f"An API key of support: {here.support_key}")
        print("Ctrl-C ends it.", flush=True)
        with suppress(KeyboardInterrupt):
            while True:
                here.programs.revive()
                time.sleep(_LOOK_SECONDS)
    return 0


def play(settings: Settings, _: argparse.Namespace) -> int:
    """Play the story, and end.

    Args:
        settings: Of this process.
    """
    with running(settings) as here:
        tell(Scene(here.url, here.schools, here.directory, here.campus_url))
    return 0


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """Run everything for as long as the block does.

    Args:
        settings: Of this process.

    Raises:
        SettingMissing: One of the servers is named and the other is not.
        NotReady: The API did not come up.
    """
    directory = settings.data_directory.resolve()
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _interrupt))
        servers = _servers(settings, directory, stack)
        backends = servers.backends
        schools = asyncio.run(prepare(settings, backends))
        for_support = asyncio.run(support_key(settings, backends))
        listening = stack.enter_context(listening_socket())
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        environment = os.environ | {
            "HABEAS_REDIS_URL": servers.redis_url,
            "HABEAS_DATA_DIRECTORY": str(directory),
            "CAMPUS_DATABASE_URL": backends.campus_url,
            "CAMPUS_FILES_URL": backends.files_directory.as_uri(),
        }
        programs = Programs(
            directory,
            {
                name: environment | {"HABEAS_DATABASE_URL": url}
                for name, url in servers.database_urls.items()
            },
            listening,
        )
        stack.callback(programs.stop)
        _wait_until_ready(url, directory)
        yield Running(url, schools, directory, backends.campus_url, programs, for_support)


class Programs:
    """The API and a worker, bound to the life of this process.

    Args:
        directory: Where their logs go.
        environments: What each gets to see.
        listening: Where the API answers.
    """

    def __init__(
        self, directory: Path, environments: Mapping[str, Mapping[str, str]], listening: socket
    ) -> None:
        self._starts = {
            name: Start(
                command=(sys.executable, "-m", "app", name, *options),
                death_signal=signal.SIGTERM,
                account=None,
                log=directory / f"{name}.log",
                environment=environments[name],
                directory=_ROOT,
                descriptor=listening.fileno() if name == "api" else None,
            )
            for name, options in (("api", ("--fd", str(listening.fileno()))), ("worker", ()))
        }
        self._processes = {name: BoundProcess(start) for name, start in self._starts.items()}

    def revive(self) -> None:
        """Start again what has ended."""
        for name, process in self._processes.items():
            if process.exit_code is not None:
                print(f"The {name} ended with {process.exit_code} and is started again.")
                self._processes[name] = BoundProcess(self._starts[name])

    def stop(self) -> None:
        """End both in good order, and by force where that takes too long."""
        for process in self._processes.values():
            process.send(signal.SIGTERM)
        for process in self._processes.values():
            if not process.ends_within(_PATIENCE_SECONDS):
                process.send(signal.SIGKILL)
                process.ends_within(_PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class _Servers:
    """What the programs work on.

    Attributes:
        backends: As commands see it.
        database_urls: Habeas's own database, for each program as its role.
        redis_url: The doorbell.
    """

    backends: Backends
    database_urls: Mapping[str, str]
    redis_url: str


def _servers(settings: Settings, directory: Path, stack: ExitStack) -> _Servers:
    """Give the operator's servers, or start private ones."""
    files_directory = directory / "campus-files"
    if settings.database_url is None and settings.redis_url is None:
        private = stack.enter_context(Stack(directory / "servers"))
        for role in ("habeas_owner", *Role, "habeas_auditor", "campus"):
            private.ensure_role(role)
        private.ensure_database("habeas", "habeas_owner")
        private.ensure_database("campus", "campus")
        backends = Backends(
            private.database_url("habeas", Role.COMMANDS),
            private.database_url("habeas", "habeas_owner"),
            private.database_url("campus", "campus"),
            files_directory,
        )
        urls = {
            "api": private.database_url("habeas", Role.API),
            "worker": private.database_url("habeas", Role.WORKER),
        }
        return _Servers(backends, urls, private.redis_url)
    if settings.database_url is None or settings.redis_url is None:
        raise SettingMissing("both HABEAS_DATABASE_URL and HABEAS_REDIS_URL, or neither")
    campus_url = os.environ.get("CAMPUS_DATABASE_URL")
    if campus_url is None:
        raise SettingMissing("CAMPUS_DATABASE_URL")
    own = settings.database_url, settings.owner_database_url
    backends = Backends(*own, campus_url, files_directory)
    # One role for all, as it was given.
    urls = dict.fromkeys(("api", "worker"), settings.database_url)
    return _Servers(backends, urls, settings.redis_url)


def _wait_until_ready(url: str, directory: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(_LOOK_SECONDS / 4)
    raise NotReady(
        f"The API did not come up within {_READY_SECONDS:.0f} s; see {directory}/api.log"
    )


def _interrupt(_: int, __: object) -> None:
    raise KeyboardInterrupt

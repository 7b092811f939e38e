"""Makes workers that were born with everything imported; the test decides how each of them ends."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.fault.scenes import Place
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.tree import ROOT

ACTS = os.environ.get("HABEAS_TEST_ACTS", "3")
"""After how many acts a transaction of the LMS is committed: 1 gives the most points."""

_MOST_SUCCESSORS = 5
_SOON_SECONDS = "0.2"
_UNMEASURED = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
"""Hundreds of workers are born here: what they run is measured elsewhere."""


@dataclass(frozen=True, slots=True)
class Born:
    """A worker's process.

    Attributes:
        pid: Its id.
        descriptor: Readable once it is gone.
        log: What it wrote.
        points: The names of the points that it reached, one a line.
    """

    pid: int
    descriptor: int
    log: Path
    points: Path

    @property
    def reached(self) -> list[str]:
        return self.points.read_text("utf-8").splitlines() if self.points.exists() else []

    async def is_stopped(self) -> bool:
        """Whether it sleeps (SIGSTOP)."""
        return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED

    async def gone(self) -> None:
        """Wait until it is gone.

        Raises:
            AssertionError: It is still there.
        """
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.descriptor, gone.set)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await gone.wait()
        except TimeoutError:
            raise AssertionError(f"{self.reached}\n{self.log.read_text('utf-8')}") from None
        finally:
            loop.remove_reader(self.descriptor)
            os.close(self.descriptor)


class Nursery:
    """Forks workers.

    Args:
        process: ``tests.fault.mortal_worker``.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def bear(
        self, place: Place, name: str, point: int = 0, fault: str = "SIGKILL", **settings: str
    ) -> Born:
        """Start a worker.

        Args:
            place: Where it works.
            name: What its log and the list of its points are called.
            point: The number of the point at which it meets its signal, from 1 on; 0 for none.
            fault: The signal.
            settings: Those of the environment, in small letters.
        """
        log, points = place.directory / f"{name}.log", place.directory / f"{name}.points"
        environment = place.environment | {
            f"HABEAS_{each.upper()}": value for each, value in settings.items()
        }
        own = {"FAULT_POINT": str(point), "FAULT_SIGNAL": fault, "FAULT_POINTS": str(points)}
        pid = self._ask({**environment, **own}, str(log))
        return Born(pid, os.pidfd_open(pid), log, points)

    async def finish(self, place: Place) -> list[Born]:
        """Let one worker after another be born until no job waits.

        A machine that is short of time lets a worker give a job back, as it should: a second one is
        not always the last.

        Returns:
            Those that were needed.

        Raises:
            AssertionError: A job still waits after a few of them.
        """
        born: list[Born] = []
        while await place.is_waited_for():
            told = "\n".join(each.log.read_text("utf-8") for each in born)
            assert len(born) < _MOST_SUCCESSORS, told
            name = f"successor-{len(born) + 1}"
            born.append(self.bear(place, name, retry_seconds=_SOON_SECONDS))
            await born[-1].gone()
        return born

    async def learn(self, place: Place) -> None:
        """Do a job itself, so that no worker need compile what it compiled."""
        async with place.copied() as other:
            await asyncio.to_thread(self._ask, other.environment, None)

    def _ask(self, environment: Mapping[str, str], log: str | None) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"environment": {"FAULT_ACTS": ACTS, **environment}, "log": log}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Run a nursery until the block ends; its workers end with it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fault.mortal_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=_UNMEASURED | {"PYTHONPATH": str(ROOT)},
    ) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()

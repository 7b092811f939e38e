"""Workers that count their commits and side effects, and kill themselves at one of them.

``python -m tests.fault.mortal_worker`` imports what a worker needs once and then forks a worker, the real
root in ``workers.main``, for every line that it reads: ``{"environment": {…}, "log": "…"}``. It answers
with the worker's process id. The environment says at which point the worker meets its signal
(``FAULT_POINT``; 0: nowhere), which signal (``FAULT_SIGNAL``), which file takes the names of the points that it reaches (``FAULT_POINTS``), and after how many
acts a transaction of the LMS is committed (``FAULT_ACTS``). Without a ``log``, the work is done by the
parent itself, so that what it compiled is known to every worker after.
"""

import argparse
import ctypes
import json
import os
import signal
import sys
import traceback
from collections import Counter
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import asyncpg.connection

from app import observability
from app.bundles.storage import BundleDirectory
from app.domain.ids import BundleId, ControllerId, JobId
from app.engine import batches, lease, reading_back, releases, upload_removal
from app.engine.batches import Batches
from app.engine.runner import Runner
from app.settings import Settings
from app.sources.files.directory import UploadDirectory
from app.store.engine import SESSION
from app.store.jobs import ClaimedJob
from workers import clock, main

_PR_SET_PDEATHSIG = 1
_FEW = 2
_WROTE = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"

_in_job: ContextVar[bool] = ContextVar("in_job", default=False)


class Points:
    """The places at which a job can be cut off, in the order in which it comes to them."""

    def __init__(self) -> None:
        self._fatal = int(os.environ["FAULT_POINT"])
        self._signal = signal.Signals[os.environ["FAULT_SIGNAL"]]
        self._report = Path(os.environ["FAULT_POINTS"])
        self._number = 0

    def reach(self, name: str) -> None:
        """Come to a place, and go no further if it is the one."""
        self._number += 1
        with self._report.open("a", encoding="utf-8") as report:
            report.write(f"{name}\n")
        if self._number == self._fatal:
            os.kill(os.getpid(), self._signal)


def cut_small() -> None:
    """Let a job have many transactions, whatever its size and speed."""
    batches._FEWEST = batches._FIRST = batches._MOST = _FEW
    reading_back._AT_ONCE = releases._AT_ONCE = upload_removal._AT_ONCE = _FEW
    acts: Counter[Batches] = Counter()

    async def flush_in_number(self: Batches) -> None:
        acts[self] += 1
        if acts[self] % int(os.environ["FAULT_ACTS"]) == 0:
            await self.flush()

    Batches.flush_in_time = flush_in_number  # type: ignore[method-assign]


def be_soon_forgotten() -> None:
    """Let servers end a sleeper's transactions soon: what it has locked waits for that."""
    SESSION["idle_in_transaction_session_timeout"] = "2s"


def tell_no_time() -> None:
    """Let no quarter of an hour bring work of its own: a worker ends after one job, whichever it is."""
    clock.CRON = ()  # type: ignore[attr-defined]


def watch(points: Points) -> None:
    """Place a point before and after every commit of a job that wrote, and every deleted file."""
    _watch_commits(points)
    delete_upload, delete_bundle = UploadDirectory._delete, BundleDirectory.delete

    def upload(self: UploadDirectory, path: str) -> bool:
        points.reach("before an upload goes")
        is_gone = delete_upload(self, path)
        points.reach("after an upload went")
        return is_gone

    def bundle(self: BundleDirectory, bundle_id: BundleId) -> bool:
        points.reach("before a bundle goes")
        is_gone = delete_bundle(self, bundle_id)
        points.reach("after a bundle went")
        return is_gone

    UploadDirectory._delete = upload  # type: ignore[method-assign]
    BundleDirectory.delete = bundle  # type: ignore[method-assign]


def _watch_commits(points: Points) -> None:
    connection = asyncpg.connection.Connection
    execute = connection.execute

    async def watched(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        is_commit = _in_job.get() and query.rstrip(";") == "COMMIT"
        if not is_commit or not await self.fetchval(_WROTE):
            return await execute(self, query, *arguments, **options)
        is_lms = self.get_settings().search_path == "pg_catalog"
        where = "the LMS" if is_lms else "Habeas"
        points.reach(f"before {where} commits")
        done = await execute(self, query, *arguments, **options)
        points.reach(f"after {where} committed")
        return done

    connection.execute = watched


def work_once() -> None:
    """Let points stand in jobs only, and let a worker end in good order after its job."""
    claim, run, beat = Runner._claim_and_run, Runner._run, lease._beat

    async def claim_and_run(self: Runner, controller_id: ControllerId, job_id: JobId) -> None:
        _in_job.set(True)
        await claim(self, controller_id, job_id)

    async def run_once(self: Runner, job: ClaimedJob) -> None:
        try:
            await run(self, job)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    async def beat_unwatched(*arguments: Any) -> None:
        _in_job.set(False)
        await beat(*arguments)

    Runner._claim_and_run = claim_and_run  # type: ignore[method-assign]
    Runner._run = run_once  # type: ignore[method-assign]
    lease._beat = beat_unwatched  # type: ignore[assignment]


def live(log: Path) -> None:
    """Be a worker in a process of its own."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    if os.environ["FAULT_SIGNAL"] == "SIGSTOP":
        be_soon_forgotten()
    watch(Points())
    work()


def work() -> None:
    """Do what a worker does."""
    settings = Settings()
    observability.configure(settings.log_level)
    main.start(settings, argparse.Namespace())


def fork(log: Path) -> int:
    """Let a worker live; give its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        live(log)
    except BaseException:  # noqa: BLE001 - what a process that ends here would have written
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    cut_small()
    tell_no_time()
    work_once()
    for line in sys.stdin:
        asked = json.loads(line)
        os.environ.update(asked["environment"])
        if asked["log"] is None:
            work()
        pid = os.getpid() if asked["log"] is None else fork(Path(asked["log"]))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()

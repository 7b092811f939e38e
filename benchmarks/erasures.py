"""Erasures and previews against plain SQL of the same effect, and what the LMS feels of them."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from threading import Event

from benchmarks import other_work, plain_sql
from benchmarks.memory import peak_mib, reset_peak
from benchmarks.service import Service, service

_LARGE, _SMALL, _BYSTANDER_RECORDS = 1_000_000, 1_000, 100_000
_BYSTANDER = 99
_ROUNDS, _SMALL_ROUNDS, _PREVIEWS = 3, 20, 7
_PAIRS, _SECONDS = 5, 30.0
_PLAIN_PAIRS, _PLAIN_SECONDS, _A_PLAIN_WINDOW = 3, 5.0, 2
"""Beside plain SQL, windows are as short as it is; so many subjects are at hand for one."""


def measure() -> None:
    """Print what erasures cost, with foreign keys and without, and beside the LMS's own work."""
    for has_children in (True, False):
        _measure_speed(has_children=has_children)
    _measure_other_work()


@contextmanager
def _running(subjects: dict[int, int], *, has_children: bool) -> Iterator[Service]:
    directory = Path(tempfile.mkdtemp(prefix="habeas-bench-"))
    directory.chmod(0o711)
    try:
        with service(directory, subjects, has_children=has_children) as running:
            yield running
    finally:
        shutil.rmtree(directory)


def _measure_speed(*, has_children: bool) -> None:
    told = "an indexed foreign key refers to each" if has_children else "nothing refers to them"
    print(f"\nErasure of one subject in five tables, three deleted, two anonymised; {told}.")
    # Of each pair one is erased by plain SQL, the other one by Habeas.
    large = dict.fromkeys(range(1, 2 * _ROUNDS + 1), _LARGE)
    small = dict.fromkeys(range(101, 101 + 2 * _SMALL_ROUNDS), _SMALL)
    with _running(large | small, has_children=has_children) as running:
        _report(running, "erasure", tuple(small), _SMALL, skip=2)
        if has_children:
            _report_previews(running, 1)
        reset_peak(running.worker_pid)
        _report(running, "erasure", tuple(large), _LARGE, skip=0)


def _report(running: Service, what: str, persons: tuple[int, ...], records: int, skip: int) -> None:
    floors, ours = [], []
    for plain, person in zip(persons[::2], persons[1::2], strict=True):
        running.settle()
        floors.append(asyncio.run(plain_sql.erase(running.lms_url, plain)))
        running.settle()
        ours.append(_erase(running, _approved(running, person), records))
    floors, ours = floors[skip:], ours[skip:]
    ratio = median(one / floor for one, floor in zip(ours, floors, strict=True))
    print(
        f"{records:>9,} records, {what}: plain SQL {_ms(floors)}, Habeas {_ms(ours)}, "
        f"{ratio:.2f}x, peak {peak_mib(running.worker_pid):.1f} MiB",
        flush=True,
    )


@dataclass(frozen=True, slots=True)
class _Approved:
    """What an erasure is submitted with.

    Attributes:
        confirmation: Of the person.
        digest: Of what was previewed.
    """

    confirmation: str
    digest: str


def _approved(running: Service, person: int) -> _Approved:
    confirmation = running.confirmation(person)
    return _Approved(confirmation, running.preview(confirmation)["digest"])


def _erase(running: Service, approved: _Approved, records: int) -> float:
    started = time.perf_counter()
    request = running.erase(approved.confirmation, approved.digest)
    seconds = time.perf_counter() - started
    receipt = running.client.get(f"/v1/receipts/{request['receipt_id']}/receipt.json").json()
    done = sum(line["done"] for line in receipt["lines"])
    if done != records + 1:  # the subject's own row is one more
        raise RuntimeError(f"{done} records were erased, not {records + 1}")
    return seconds


def _report_previews(running: Service, person: int) -> None:
    confirmation = running.confirmation(person)
    floors, ours = [], []
    for _ in range(_PREVIEWS + 1):
        floors.append(asyncio.run(plain_sql.count(running.lms_url, person)))
        started = time.perf_counter()
        running.preview(confirmation)
        ours.append(time.perf_counter() - started)
    ratio = median(one / floor for one, floor in zip(ours[1:], floors[1:], strict=True))
    print(
        f"{_LARGE:>9,} records, preview: plain SQL {_ms(floors[1:])}, Habeas {_ms(ours[1:])}, "
        f"{ratio:.2f}x",
        flush=True,
    )


def _measure_other_work() -> None:
    """Idle and busy windows in turn."""
    print(f"\nOther rows, {other_work.RATE} requests a second for {_SECONDS:.0f} s, p99 in ms:")
    persons = range(1, 1 + _PAIRS)
    plain = range(1 + _PAIRS, 1 + _PAIRS + _PLAIN_PAIRS * _A_PLAIN_WINDOW)
    subjects = dict.fromkeys((*persons, *plain), _LARGE) | {_BYSTANDER: _BYSTANDER_RECORDS}
    with _running(subjects, has_children=True) as running:
        ours = [_pair(running, _SECONDS, [_erasing(running, person)]) for person in persons]
        theirs = [
            _pair(
                running,
                _PLAIN_SECONDS,
                [
                    partial(_erase_plainly, running, person)
                    for person in plain[start : start + _A_PLAIN_WINDOW]
                ],
            )
            for start in range(0, len(plain), _A_PLAIN_WINDOW)
        ]
    _tell("an erasure", ours)
    _tell(f"plain SQL, {_PLAIN_SECONDS:.0f} s", theirs)
    took = median(each.seconds for each in ours)
    print(f"{_LARGE:>9,} records took {took:.0f} s, {_SECONDS:.0f} of them beside the client")


@dataclass(frozen=True, slots=True)
class _Pair:
    """What a client's rows took, p99 in milliseconds.

    Attributes:
        idle: With nothing beside it.
        busy: Beside erasures, one after the other, that began with the window and outlasted it, while
            the client was at work already.
        seconds: How long the first one took.
    """

    idle: float
    busy: float
    seconds: float


def _tell(what: str, pairs: Sequence[_Pair]) -> None:
    shown = ", ".join(f"{each.idle:.1f}/{each.busy:.1f}" for each in pairs)
    ratio = median(each.busy / each.idle for each in pairs)
    print(f"idle/beside {what}: {shown}; median ratio {ratio:.2f}x")


def _erasing(running: Service, person: int) -> Callable[[], float]:
    """Have an erasure approved, so that only submitting it is left."""
    return partial(_erase, running, _approved(running, person), _LARGE)


def _erase_plainly(running: Service, person: int) -> float:
    return asyncio.run(plain_sql.erase(running.lms_url, person))


def _pair(running: Service, seconds: float, erasures: Sequence[Callable[[], float]]) -> _Pair:
    running.settle()
    idle = _p99(running, seconds, Event())
    running.settle()
    has_begun, is_over = Event(), Event()

    def erase_all() -> list[float]:
        has_begun.wait()
        return [erase() for erase in erasures if not is_over.is_set()]

    with ThreadPoolExecutor(1) as pool:
        erasing = pool.submit(erase_all)
        try:
            busy = _p99(running, seconds, has_begun)
            is_too_short = erasing.done()
        finally:
            is_over.set()
            has_begun.set()
        took = erasing.result()[0]
    if is_too_short:
        raise RuntimeError("the window was longer than the erasures beside it")
    return _Pair(idle, busy, took)


def _p99(running: Service, seconds: float, has_begun: Event) -> float:
    url = running.lms_url
    return asyncio.run(other_work.p99_milliseconds(url, _BYSTANDER, seconds, has_begun.set))


def _ms(seconds: list[float]) -> str:
    return f"{1_000 * median(seconds):,.0f} ms"

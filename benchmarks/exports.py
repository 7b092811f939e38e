r"""Exports against ``psql \copy`` of the same rows to a file."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.lms import TABLES
from benchmarks.memory import peak_mib, reset_peak
from benchmarks.service import Service


@dataclass(frozen=True, slots=True)
class Measured:
    r"""One subject, several rounds.

    Attributes:
        records: How many the subject has.
        floor_seconds: Of ``psql \copy``, each round.
        export_seconds: From the request's first byte sent to the finished request, each round.
        peak_mib: The worker's largest resident memory during the exports.
        size_bytes: Of the bundle.
    """

    records: int
    floor_seconds: tuple[float, ...]
    export_seconds: tuple[float, ...]
    peak_mib: float
    size_bytes: int

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios, export to floor."""
        pairs = zip(self.export_seconds, self.floor_seconds, strict=True)
        return median(export / floor for export, floor in pairs)


def measure(service: Service, person: int, records: int, rounds: int) -> Measured:
    """Measure one subject, floor and export in turn, after one round that does not count.

    Args:
        service: A running Habeas.
        person: The subject's key.
        records: How many records they have; checked.
        rounds: How many times.
    """
    confirmation = service.confirmation(person)
    sizes: list[int] = []

    def export() -> None:
        request = service.export(confirmation)
        bundle = service.client.get(f"/v1/bundles/{request['bundle_id']}").json()
        if bundle["record_count"] != records + 1:  # the subject's own row is one more
            raise RuntimeError(f"{bundle['record_count']} records were exported, not {records + 1}")
        sizes.append(bundle["content"]["size_bytes"])

    floors, exports = [], []
    reset_peak(service.worker_pid)
    for _ in range(rounds + 1):
        floors.append(_timed(lambda: _floor(service, person)))
        exports.append(_timed(export))
    peak = peak_mib(service.worker_pid)
    return Measured(records, tuple(floors[1:]), tuple(exports[1:]), peak, sizes[-1])


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _floor(service: Service, person: int) -> None:
    """Copy the same rows to files, as fast as PostgreSQL's own client does."""
    target = service.directory / "floor"
    commands = [
        option
        for table, column in TABLES.items()
        for option in (
            "-c",
            f"\\copy (SELECT * FROM {table} WHERE {column} = {person}) TO '{target}-{table}'",
        )
    ]
    psql = service.stack.bin_directory / "psql"
    subprocess.run([psql, "-q", "-X", *commands, service.lms_url], check=True)

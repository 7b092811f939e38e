"""``make bench``: one run, ratios to PostgreSQL's own COPY, peak memory."""

import shutil
import socket
import sys
import tempfile
from pathlib import Path
from statistics import median

from app.embedded.postgresql import PORT
from benchmarks import erasures, submissions
from benchmarks.exports import Measured, measure
from benchmarks.service import service

_SUBJECTS = {1: 1_000, 2: 100_000, 3: 1_000_000}
_ROUNDS = {1: 40, 2: 7, 3: 7}
_HEAD = "  records    psql \\copy        export   ratio        peak  bundle"


def main() -> int:
    """Measure what is named on the command line: exports, erasures, submissions; all where nothing is."""
    wanted = set(sys.argv[1:]) or {"exports", "erasures", "submissions"}
    if "exports" in wanted:
        _measure_exports()
    if "erasures" in wanted:
        erasures.measure()
    if "submissions" in wanted:
        submissions.measure()
    return 0


def _measure_exports() -> None:
    """Measure over a Unix socket and over TCP, and print one line a subject."""
    _measure(over_tcp=False)
    if _is_free(PORT):
        _measure(over_tcp=True)
    else:
        print(f"\nNot measured over TCP: somebody listens on port {PORT} of this machine.")


def _measure(*, over_tcp: bool) -> None:
    way = "TCP" if over_tcp else "a Unix socket"
    print(f"\nThe LMS is reached over {way}; {sum(_SUBJECTS.values()):,} records in five tables.")
    directory = Path(tempfile.mkdtemp(prefix="habeas-bench-"))
    directory.chmod(0o711)
    try:
        with service(directory, _SUBJECTS, over_tcp=over_tcp) as running:
            print(_HEAD)
            for person, records in _SUBJECTS.items():
                print(_line(measure(running, person, records, _ROUNDS[person])), flush=True)
    finally:
        shutil.rmtree(directory)


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


def _line(measured: Measured) -> str:
    return (
        f"{measured.records:>9,}  {_milliseconds(measured.floor_seconds)}"
        f"  {_milliseconds(measured.export_seconds)}  {measured.ratio:>5.2f}x"
        f"  {measured.peak_mib:>5.1f} MiB  {measured.size_bytes / 2**20:.1f} MiB"
    )


def _milliseconds(seconds: tuple[float, ...]) -> str:
    return f"{1_000 * median(seconds):>9,.0f} ms"


if __name__ == "__main__":
    sys.exit(main())

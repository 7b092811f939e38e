"""``make bench``: one run, ratios to PostgreSQL's own COPY, peak memory."""

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.exports import Measured, measure
from benchmarks.service import service

_SUBJECTS = {1: 1_000, 2: 100_000, 3: 1_000_000}
_ROUNDS = {1: 40, 2: 7, 3: 7}


def main() -> int:
    """Measure, and print one line a subject."""
    directory = Path(tempfile.mkdtemp(prefix="habeas-bench-"))
    directory.chmod(0o711)
    try:
        print(f"Making {sum(_SUBJECTS.values()):,} records in five tables …", flush=True)
        with service(directory, _SUBJECTS) as running:
            print(_HEAD)
            for person, records in _SUBJECTS.items():
                print(_line(measure(running, person, records, _ROUNDS[person])), flush=True)
    finally:
        shutil.rmtree(directory)
    return 0


_HEAD = "  records    psql \\copy        export   ratio        peak  bundle"


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

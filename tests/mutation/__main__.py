"""Puts faults into files, one at a time, and tells which of them no test notices.

Usage: ``python -m tests.mutation FILE …``; see ``docs/mutation.md``.
"""

import argparse
import ast
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from hypothesis import Phase

from tests.mutation.closest import closest
from tests.mutation.faults import faults_of
from tests.mutation.results import Results
from tests.mutation.runs import Runs
from tests.mutation.servers import Servers, servers

_ROOT = Path(__file__).resolve().parents[2]
_OPTIONS = ("-s", "-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore:Module already imported")


@dataclass(slots=True, eq=False)
class Faults:
    """A plug-in of pytest that runs the collected tests for each fault.

    Attributes:
        asked: The command's arguments.
        servers: What the tests run on.
    """

    asked: argparse.Namespace
    servers: Servers

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests without a fault, then with each."""
        runs = Runs(session, self.servers, self.asked.results)
        if self.asked.as_before:
            runs.take_over()
        else:
            failed = runs.follow(frozenset(str(_ROOT / file) for file in self.asked.files))
            sys.stdout.write(f"Not used, for failing without a fault: {failed or 'none'}\n")
        for file in self.asked.files:
            self._try(runs, file)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell of a failure what it says."""
        if report.failed:
            sys.stderr.write(report.longreprtext)

    def _try(self, runs: Runs, file: str) -> None:
        path, results = _ROOT / file, Results.of(file, self.asked.results)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = results.known(again=self.asked.again)
        for nth, fault in enumerate(faults_of(tree)):
            if nth % self.asked.every or fault.name in known:
                continue
            self._wait()
            began = time.monotonic()
            lines = frozenset((str(path), number) for number in fault.lines)
            told = runs.outcome(fault.compiled(tree, path), lines, self.asked.at_most)
            sys.stdout.write(results.add(fault, told, time.monotonic() - began))
            sys.stdout.flush()
        sys.stdout.write(results.summary())

    def _wait(self) -> None:
        while self.asked.wait_while and self.asked.wait_while.exists():
            time.sleep(1.0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="+", help="what to put faults into, as app/rules.py")
    parser.add_argument("--tests", nargs="+", help="instead of those that look closest at them")
    parser.add_argument("--every", type=int, default=1, help="try every nth fault only")
    parser.add_argument("--again", action="store_true", help="try what survived once more")
    parser.add_argument("--as-before", action="store_true", help="do not follow the tests anew")
    parser.add_argument("--at-most", type=float, default=3600.0, help="seconds of tests a fault")
    parser.add_argument("--wait-while", type=Path, help="pause while this file is there")
    parser.add_argument("--results", type=Path, default=_ROOT / ".mutants", help="a folder")
    return parser.parse_args()


def main() -> None:
    """Try the faults of some files."""
    asked = _asked()
    os.nice(10)
    asked.results.mkdir(exist_ok=True)
    # A failure is all that is asked for, not the least example of it.
    hypothesis.settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate])
    hypothesis.settings.load_profile("mutants")
    tests = asked.tests or dict.fromkeys(test for file in asked.files for test in closest(file))
    with servers() as running:
        pytest.main([*_OPTIONS, *tests], plugins=[running, Faults(asked, running)])


if __name__ == "__main__":
    main()

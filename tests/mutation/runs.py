"""Runs the collected tests: once to follow them, then some of them for each fault."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

import pytest

from tests.mutation.servers import Servers
from tests.mutation.swapping import forget_kept, swap
from tests.mutation.tracing import Line, Traced, Tracer, read
from tests.mutation.trial import told_by_fork

PASSED = "passed"
_START_SECONDS = 30.0
_TIMES_AS_LONG = 3
_FOLLOWING_SECONDS = 3600.0
_LINES = "lines.json"


@dataclass(slots=True, eq=False)
class Runs:
    """The tests, and what is known of them.

    Attributes:
        session: Collected them.
        servers: What they run on.
        folder: Where forks leave what they tell.
        traced: What each test did, by its name.
        noticed: How many faults each has noticed.
    """

    session: pytest.Session
    servers: Servers
    folder: Path
    traced: dict[str, Traced] = field(default_factory=dict)
    noticed: Counter[str] = field(default_factory=Counter)

    def follow(self, files: frozenset[str]) -> str:
        """Run all tests without a fault, and look what each does; one that fails is not used.

        Args:
            files: Absolute paths of the files that faults will be put into.

        Returns:
            The names of those that failed.
        """
        tracer = Tracer(files)

        def work() -> str:
            failed = []
            for item, after in _with_next(self.session.items):
                before = self.session.testsfailed
                forget_kept()
                with tracer.following(item.nodeid):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if self.session.testsfailed > before:
                    tracer.forget(item.nodeid)
                    failed.append(item.nodeid)
            tracer.write(self.folder / _LINES)
            return " ".join(failed)

        told = self._forked(work, _FOLLOWING_SECONDS)
        self.take_over()
        return told

    def take_over(self) -> None:
        """Believe what the tests did when they were followed last; what is new may run every line."""
        self.traced = read(self.folder / _LINES)

    def outcome(self, changed: CodeType, lines: frozenset[Line], at_most_seconds: float) -> str:
        """Run with a fault the tests that run its lines; those that noticed most first, then quick ones.

        Args:
            changed: The file with the fault.
            lines: The fault's.
            at_most_seconds: What takes longer together is not run.

        Returns:
            ``PASSED``, the name of the first test that failed, or why none could be run.
        """
        items = list(self._chosen(lines, at_most_seconds))
        if not items:
            return PASSED

        def work() -> str:
            forget_kept()
            if swap(changed) == 0:
                raise LookupError("no function that is loaded has changed")
            return self._run(items)

        expected = sum(self._seconds(item.nodeid) for item in items)
        told = self._forked(work, _START_SECONDS + _TIMES_AS_LONG * expected)
        self.noticed[told] += 1
        return told

    def _chosen(self, lines: frozenset[Line], at_most_seconds: float) -> Iterator[pytest.Item]:
        there = [item for item in self.session.items if self._may_run(item.nodeid, lines)]
        there.sort(key=lambda item: (-self.noticed[item.nodeid], self._seconds(item.nodeid)))
        left = at_most_seconds
        for number, item in enumerate(there):
            left -= self._seconds(item.nodeid)
            if left < 0 and number:
                return
            yield item

    def _may_run(self, test: str, lines: frozenset[Line]) -> bool:
        return test not in self.traced or bool(lines & self.traced[test].lines)

    def _seconds(self, test: str) -> float:
        return self.traced[test].seconds if test in self.traced else 0.0

    def _run(self, items: Sequence[pytest.Item]) -> str:
        for item, after in _with_next(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.session.testsfailed:
                return item.nodeid
        return PASSED

    def _forked(self, work: Callable[[], str], limit_seconds: float) -> str:
        def prepared() -> str:
            _write_into(self.folder / "latest.txt")
            self.servers.use_scratch()
            return work()

        try:
            return told_by_fork(prepared, limit_seconds)
        finally:
            self.servers.clear()


def _with_next(
    items: Sequence[pytest.Item],
) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True)


def _write_into(latest: Path) -> None:
    """Write what is printed from here on into a file, which the next fork overwrites."""
    opened = os.open(latest, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(opened, stream)

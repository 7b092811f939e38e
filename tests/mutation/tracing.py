"""Which lines of the files each test runs, and how long it takes: only these tests can notice a fault there."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Traced:
    """What a test did.

    Attributes:
        seconds: How long it took.
        lines: File and number of each line that it ran.
    """

    seconds: float
    lines: frozenset[Line]


@dataclass(slots=True)
class Tracer:
    """Follows the tests of one run.

    Attributes:
        files: Absolute paths of the files that are looked at.
        seen: The lines that the present test has run.
        tests: What the former ones did.
    """

    files: frozenset[str]
    seen: set[Line] = field(default_factory=set)
    tests: dict[str, Traced] = field(default_factory=dict)

    @contextmanager
    def following(self, test: str) -> Iterator[None]:
        """Follow one test."""
        self.seen.clear()
        began = time.monotonic()
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(None)
            self.tests[test] = Traced(time.monotonic() - began, frozenset(self.seen))

    def forget(self, test: str) -> None:
        """Take a test for one that runs nothing."""
        self.tests[test] = Traced(0.0, frozenset())

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        self._note(frame, "", None)
        return self._note

    def _note(self, frame: FrameType, _event: str, _argument: object) -> Any:
        self.seen.add((frame.f_code.co_filename, frame.f_lineno))
        return self._note

    def write(self, path: Path) -> None:
        """Hand over what was followed."""
        told = {name: [each.seconds, sorted(each.lines)] for name, each in self.tests.items()}
        path.write_text(json.dumps(told), encoding="utf-8")


def read(path: Path) -> dict[str, Traced]:
    """Take over what another process followed."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Traced(seconds, frozenset((file, line) for file, line in lines))
        for name, (seconds, lines) in told.items()
    }

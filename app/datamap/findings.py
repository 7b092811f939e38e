"""What a look at a data map found: where, what is wrong, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Fault, Refused
from schemas.problem_vocabulary import Problem


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    UNCOVERED = "uncovered"
    WARNING = "warning"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a data map that is wrong, doubtful or silent.

    Attributes:
        severity: An error or an uncovered column keeps the map from being used; a warning, or a
            column that the map leaves out and says why, does not.
        path: Keys from the top of the document (``record_types.message.roles``), empty for all of it.
        line: The line it stands on, counted from 1.
        detail: What is wrong, in a sentence without a full stop.
        remedy: What to do about it, in sentences.
    """

    severity: Severity
    path: str
    line: int
    detail: str
    remedy: str

    @property
    def is_blocking(self) -> bool:
        """Whether the map cannot be used as it is."""
        return self.severity in {Severity.ERROR, Severity.UNCOVERED}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Put findings in the order of the document, each once.

    Args:
        findings: In any order.
    """
    return sorted(set(findings), key=lambda found: (found.line, found.path, found.detail))


class DataMapError(Refused):
    """The author's move: a document that is no data map.

    Args:
        findings: At least one.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(in_order(findings))
        first = self.findings[0]
        count = len(self.findings)
        super().__init__(
            Problem.INVALID_BODY,
            f"The data map cannot be read: line {first.line}: {first.detail}. {first.remedy}"
            + (f" ({count - 1} more)" if count > 1 else ""),
            tuple(Fault(f"/line/{found.line}", found.detail) for found in self.findings),
        )

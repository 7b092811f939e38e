"""The one tree of errors: four families, by whose move it is. None knows HTTP."""

from dataclasses import dataclass

from schemas.problem_vocabulary import Problem
from schemas.vocabulary import AttentionReason


class HabeasError(Exception):
    """Any error of Habeas's own. Its text never carries personal data."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place in a document that is wrong.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the caller's document.
        detail: What is wrong there, without the value itself.
    """

    pointer: str
    detail: str


class Refused(HabeasError):
    """The caller's move: what was asked cannot be done as it was asked.

    Args:
        problem: The stable slug of the refusal.
        detail: What is wrong and what to do next, in one or two sentences.
        faults: The places in the caller's document that are wrong.
    """

    def __init__(self, problem: Problem, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.faults = faults


class SourceFailure(HabeasError):
    """The back end's move: it did not answer, or not as the data map says.

    Args:
        source: The source's name in the data map.
        detail: What failed, without personal data.
        transient: Whether trying again later can help.
    """

    def __init__(self, source: str, detail: str, *, transient: bool) -> None:
        super().__init__(f"{source}: {detail}")
        self.source = source
        self.detail = detail
        self.transient = transient


class SourceBusy(SourceFailure):
    """The back end's move: others stood in the way of one transaction, which may be tried again at once.

    Transient where waiting alone can help. Where rows refer to what was to go, only looking again can.
    """


class UploadsRemain(SourceFailure):
    """The back end's move: a file store did not give up all that was to go; the rest has gone."""


class ExecutionStopped(HabeasError):
    """Another worker's move: this one no longer owns the job. Leave quietly."""


class AttentionNeeded(HabeasError):
    """A person's move: the job cannot go on until a cause is mended.

    Args:
        reason: The code that is reported.
        detail: What happened and what to do next, without personal data.
    """

    def __init__(self, reason: AttentionReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class IntegrityViolation(HabeasError):
    """Our own move: something that cannot be so. Alarm; the job has failed."""

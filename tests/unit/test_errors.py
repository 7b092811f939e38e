"""What an error says, and what those who act on it can read from it."""

from app.domain.errors import AttentionNeeded, Fault, Refused, SourceBusy, SourceFailure
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import AttentionReason


def test_a_refusal_names_its_problem_and_the_places_that_are_wrong() -> None:
    fault = Fault("/scopes/0", "is unknown")
    refused = Refused(Problem.INVALID_BODY, "Mend it.", (fault,))
    assert (refused.problem, refused.detail) == (Problem.INVALID_BODY, "Mend it.")
    assert refused.faults == (fault,)
    assert str(refused) == "Mend it."


def test_a_refusal_names_no_place_where_none_is_known() -> None:
    assert Refused(Problem.INVALID_BODY, "Mend it.").faults == ()


def test_a_failure_names_its_source_and_whether_waiting_can_help() -> None:
    failure = SourceFailure("lms", "did not answer", transient=True)
    assert (failure.source, failure.detail) == ("lms", "did not answer")
    assert failure.transient
    assert not SourceBusy("lms", "is referred to", transient=False).transient
    assert str(failure) == "lms: did not answer"


def test_what_needs_a_person_names_the_reason() -> None:
    needed = AttentionNeeded(AttentionReason.CRASHED_REPEATEDLY, "Look at it.")
    assert (needed.reason, needed.detail) == (AttentionReason.CRASHED_REPEATEDLY, "Look at it.")
    assert str(needed) == "Look at it."

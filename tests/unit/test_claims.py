"""Which job of a subject may be taken, as a table."""

import pytest

from app.domain.claims import UnfinishedJob, Verdict, decide
from app.domain.ids import JobId, new_id

OURS, OTHER = JobId(new_id()), JobId(new_id())


def queued(id_: JobId, attempts: int = 0) -> UnfinishedJob:
    return UnfinishedJob(id_, is_running=False, is_lost=False, attempts=attempts)


def running(id_: JobId, *, is_lost: bool = False, attempts: int = 1) -> UnfinishedJob:
    return UnfinishedJob(id_, is_running=True, is_lost=is_lost, attempts=attempts)


@pytest.mark.parametrize(
    ("jobs", "verdict"),
    [
        pytest.param([], Verdict.LEAVE, id="finished or unknown"),
        pytest.param([queued(OURS)], Verdict.TAKE, id="queued, alone"),
        pytest.param([queued(OURS), queued(OTHER)], Verdict.TAKE, id="queued, first"),
        pytest.param([queued(OTHER), queued(OURS)], Verdict.WAIT, id="queued, second"),
        pytest.param([running(OTHER), queued(OURS)], Verdict.WAIT, id="another runs"),
        pytest.param([queued(OURS), running(OTHER)], Verdict.WAIT, id="resumed, a later one runs"),
        pytest.param(
            [running(OTHER, is_lost=True), queued(OURS)], Verdict.WAIT, id="another is lost"
        ),
        pytest.param([running(OURS)], Verdict.LEAVE, id="in good hands"),
        pytest.param([running(OURS, is_lost=True)], Verdict.TAKE, id="lost"),
        pytest.param(
            [queued(OTHER), running(OURS, is_lost=True)], Verdict.TAKE, id="lost, one resumed"
        ),
        pytest.param([running(OURS, is_lost=True, attempts=3)], Verdict.GIVE_UP, id="lost thrice"),
        pytest.param([queued(OURS, attempts=3)], Verdict.GIVE_UP, id="failed thrice"),
        pytest.param([running(OURS, attempts=3)], Verdict.LEAVE, id="third attempt lives"),
    ],
)
def test_a_job_is_taken(jobs: list[UnfinishedJob], verdict: Verdict) -> None:
    assert decide(jobs, OURS) is verdict

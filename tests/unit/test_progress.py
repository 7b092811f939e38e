"""How far a job has come, as its heartbeat tells it."""

from app.domain.steps import Step
from app.engine.progress import Progress
from schemas.vocabulary import StepState


def planned() -> Progress:
    progress = Progress()
    progress.plan([Step("uploads", "Uploads", record_count=0), Step("page", "Page")])
    return progress


def states(progress: Progress) -> list[StepState]:
    return [each.state for each in progress.steps]


def test_a_plan_is_worth_telling_and_nothing_has_begun() -> None:
    progress = planned()
    assert progress.has_changed
    assert states(progress) == [StepState.PENDING, StepState.PENDING]


def test_a_step_that_begins_ends_the_one_before_it() -> None:
    progress = planned()
    progress.begin("uploads")
    assert states(progress) == [StepState.RUNNING, StepState.PENDING]
    progress.begin("page")
    assert states(progress) == [StepState.COMPLETED, StepState.RUNNING]
    first, second = progress.steps
    assert first.started_at is not None
    assert first.finished_at is not None
    assert second.started_at is not None
    assert first.started_at <= first.finished_at <= second.started_at
    assert second.finished_at is None


def test_every_count_is_worth_telling() -> None:
    progress = planned()
    progress.begin("uploads")
    progress.has_changed = False
    progress.count(7)
    assert progress.has_changed
    assert progress.steps[0].record_count == 7


def test_finishing_twice_changes_nothing() -> None:
    progress = planned()
    progress.finish()
    assert states(progress) == [StepState.PENDING, StepState.PENDING]
    progress.begin("page")
    progress.finish()
    done = progress.steps
    progress.finish()
    assert progress.steps == done
    assert states(progress) == [StepState.PENDING, StepState.COMPLETED]

"""The folder of bundles: who may enter, what becomes final, what is swept."""

import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest

from app.bundles.storage import BundleDirectory
from app.domain.ids import BundleId, JobId, new_id

HOUR = timedelta(hours=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bundles"


@pytest.fixture
def bundles(root: Path) -> BundleDirectory:
    return BundleDirectory(root)


def leave(path: Path, *, hours_ago: float = 0) -> Path:
    path.write_bytes(b"sealed")
    then = time.time() - hours_ago * 3600
    os.utime(path, (then, then))
    return path


def test_only_its_own_account_can_enter(root: Path) -> None:
    root.mkdir(parents=True, mode=0o755)
    BundleDirectory(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_a_committed_bundle_has_its_name_and_no_temporary(bundles: BundleDirectory) -> None:
    bundle_id = BundleId(new_id())
    temporary = leave(bundles.temporary(JobId(new_id()), 3))
    bundles.commit(temporary, bundle_id)
    assert not temporary.exists()
    assert bundles.path(bundle_id).read_bytes() == b"sealed"


def test_deleting_says_whether_there_was_anything(bundles: BundleDirectory) -> None:
    bundle_id = BundleId(new_id())
    leave(bundles.path(bundle_id))
    assert bundles.delete(bundle_id)
    assert not bundles.delete(bundle_id)


def test_an_attempt_discards_what_earlier_attempts_of_its_job_left(
    bundles: BundleDirectory,
) -> None:
    job, other_job = JobId(new_id()), JobId(new_id())
    older = [leave(bundles.temporary(job, fence)) for fence in (1, 2, 9)]
    kept = [leave(bundles.temporary(job, 10)), leave(bundles.temporary(other_job, 1))]
    assert bundles.discard_older(job, 10) == len(older)
    assert not any(path.exists() for path in older)
    assert all(path.exists() for path in kept)


def test_a_sweep_removes_dead_parts_and_files_of_no_bundle_and_nothing_else(
    bundles: BundleDirectory, root: Path
) -> None:
    known = BundleId(new_id())
    (root / f"{new_id()}.1.part").symlink_to(root / "gone meanwhile")
    kept = [
        leave(bundles.path(known), hours_ago=48),
        leave(bundles.path(BundleId(new_id())), hours_ago=0.5),
        leave(bundles.temporary(JobId(new_id()), 1), hours_ago=0.5),
        leave(root / "keys", hours_ago=48),
    ]
    swept = [
        leave(bundles.path(BundleId(new_id())), hours_ago=2),
        leave(bundles.temporary(JobId(new_id()), 1), hours_ago=2),
    ]
    assert bundles.sweep({known}, HOUR) == len(swept)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in swept)

"""What is kept by an exception of Art. 17(3) in another role stays, whatever waited in the record's own."""

from typing import Any

import pytest

from app.sources.hands import Deferred
from tests.fixtures.small_lms import NewSmallLms, small_map

LATER = {"effect": "anonymise", "until": {"container_gone": "course_id"}, "then": "delete"}
CLAIMS = {"effect": "keep", "because": "claims", "article": "17(3)(e)"}
KEEP = {"effect": "keep", "because": "x"}
FINAL = {"when": {"is": {"is_final": True}}}
SHARED = {"shared": "readers"}
TABLES = """
CREATE TABLE course (id bigint PRIMARY KEY);
CREATE TABLE reader (paper_id bigint, person_id bigint);
CREATE TABLE review (id bigint PRIMARY KEY, paper_id bigint, reviewer_id bigint, is_sent boolean);
CREATE TABLE paper (id bigint PRIMARY KEY, owner_id bigint, reviewer_id bigint, course_id bigint,
    is_final boolean);
INSERT INTO paper VALUES (1, 9, NULL, 5, true), (2, 9, 3, 5, true), (3, 9, 99, 5, false),
    (4, 9, 9, 5, NULL), (5, 3, NULL, 5, true);
INSERT INTO review VALUES (1, 1, NULL, true), (2, 2, 3, true), (3, 3, 9, true), (4, 4, 99, false);
"""
"""Course 5 is gone, 3 is a remnant, 9 the stand-in, and there never was a 99."""


async def _released(new_lms: NewSmallLms, *owner: Any, **reviewer: Any) -> set[str]:
    position = len(owner) - 1
    readers = {"table": "reader", "match": {"id": "paper_id"}, "person": "person_id"}
    types = {
        "paper": {
            "anonymise": {"set": {"owner_id": "$stand_in"}},
            "roles": {
                "owner": {"column": "owner_id", "erasure": list(owner)},
                "reviewer": reviewer,
            },
        },
        "review": {
            "where": {"is": {"is_sent": True}},
            "roles": {
                "reviewer": {"column": "reviewer_id", "erasure": "delete"},
                "author": {"via": "paper", "match": {"paper_id": "id"}, "erasure": "delete"},
            },
        },
    }
    references = {"paper.course_id": "course.id"}
    lms = await new_lms(
        TABLES, small_map(types, references=references, audiences={"readers": readers})
    )
    hands = await lms.hands(remnants=("3",))
    deferred = Deferred("paper", "owner", position, (("5",),))
    batches = [keys async for keys in hands.release_candidates(deferred)]
    return {key for keys in batches for (key,) in keys}


BY_COLUMN = {"column": "reviewer_id"}
BY_REVIEW = {"via": "review", "match": {"id": "paper_id"}, "via_roles": ["reviewer"]}


@pytest.mark.parametrize(
    ("reviewer", "left"),
    [
        pytest.param({**BY_COLUMN, "erasure": KEEP}, set(), id="no exception"),
        pytest.param({**BY_COLUMN, "erasure": CLAIMS}, {"2", "3"}, id="whom the role names still"),
        pytest.param({**BY_COLUMN, "erasure": [FINAL | CLAIMS, KEEP]}, {"2"}, id="of some records"),
        pytest.param(
            {**BY_COLUMN, "erasure": [FINAL | KEEP, CLAIMS]}, {"3"}, id="after another rule"
        ),
        pytest.param(
            {**BY_COLUMN, "erasure": [{"when": SHARED, **KEEP}, CLAIMS]},
            {"2", "3"},
            id="after one of which columns tell nothing",
        ),
        pytest.param(
            {**BY_COLUMN, "erasure": [{"when": FINAL["when"] | SHARED, **CLAIMS}, KEEP]},
            {"2"},
            id="of which columns tell a part",
        ),
        pytest.param(
            {
                **BY_COLUMN,
                "erasure": CLAIMS | {"until": {"container_gone": "course_id"}, "then": "delete"},
            },
            set(),
            id="until something that has come about",
        ),
        pytest.param(
            {**BY_COLUMN, "where": FINAL["when"], "erasure": CLAIMS},
            {"2"},
            id="of a part of the role",
        ),
        pytest.param({**BY_REVIEW, "erasure": CLAIMS}, {"2"}, id="whom another record names"),
    ],
)
async def test_another_ones_exception_keeps_what_waited(
    new_lms: NewSmallLms, reviewer: Any, left: set[str]
) -> None:
    found = await _released(new_lms, LATER, **reviewer)
    assert found == {"1", "2", "3", "4", "5"} - left


async def test_the_roles_own_exception_keeps_what_it_holds_for_still(new_lms: NewSmallLms) -> None:
    """Nobody reads any of them, so that all are released."""
    own = {"when": {"not": SHARED}, **CLAIMS}
    assert await _released(new_lms, own, LATER, **BY_COLUMN, erasure=KEEP) == set()
    own = {"when": SHARED, **CLAIMS}
    assert len(await _released(new_lms, own, LATER, **BY_COLUMN, erasure=KEEP)) == 5

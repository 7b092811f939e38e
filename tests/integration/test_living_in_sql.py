"""Who counts as living when a rule asks who is left, and what is asked of a container that is none."""

from typing import Any

import pytest

from app.domain.errors import SourceFailure
from app.sources.hands import Standing
from tests.fixtures.small_lms import STAND_IN, NewSmallLms, SmallLms, small_map

POSTS = """
CREATE TABLE post (id bigint PRIMARY KEY, owner_id bigint, thread_id bigint, kind text);
CREATE TABLE member (thread_id bigint, person_id bigint, PRIMARY KEY (thread_id, person_id));
INSERT INTO post VALUES (1, 1, 10, 'all'), (2, 1, 10, 'thread'), (3, 1, 20, 'thread');
INSERT INTO member VALUES (10, 1), (10, 2), (20, 1), (20, 9), (20, 4);
"""
ALONE = "DELETE FROM person WHERE id IN (2, 3);"
"""Leaves the subject, the stand-in and a person of another school."""

AUDIENCES: dict[str, Any] = {
    "thread": {"table": "member", "match": {"thread_id": "thread_id"}, "person": "person_id"},
    "readers": {"any": ["thread", {"everyone": {"is": {"kind": "all"}}}]},
}
POST: dict[str, Any] = {
    "anonymise": {"set": {"owner_id": None}},
    "roles": {
        "owner": {
            "column": "owner_id",
            "erasure": [{"when": {"shared": "readers"}, "effect": "anonymise"}, "delete"],
        }
    },
}


async def kept(lms: SmallLms, standing: Standing) -> int:
    """Count what is shared with somebody who lives."""
    hands = await lms.hands()
    hands.stand(standing)
    found = await hands.counts(["post"], is_forecast=True)
    return sum(each.count for each in found if each.branch.rule.effect == "anonymise")


@pytest.mark.parametrize(
    ("tables", "count"),
    [
        pytest.param("", 2, id="with another of the school, and with a member of the thread"),
        pytest.param(ALONE, 0, id="with nobody: who is left is nobody of the school"),
    ],
)
@pytest.mark.parametrize(
    "standing",
    [
        pytest.param(Standing(str(STAND_IN)), id="there is a stand-in"),
        pytest.param(Standing("", (str(STAND_IN),)), id="there is a remnant, and no stand-in yet"),
        pytest.param(Standing(str(STAND_IN), (str(STAND_IN),)), id="it is both"),
    ],
)
async def test_what_everyone_reads_is_shared_while_somebody_of_the_school_lives(
    new_lms: NewSmallLms, tables: str, count: int, standing: Standing
) -> None:
    lms = await new_lms(POSTS + tables, small_map({"post": POST}, audiences=AUDIENCES))
    assert await kept(lms, standing) == count


async def test_a_container_that_refers_to_nothing_known_stops_the_job(new_lms: NewSmallLms) -> None:
    rules = [{"when": {"container_gone": "thread_id"}, "effect": "delete"}, "anonymise"]
    owner = {"column": "owner_id", "erasure": rules}
    lms = await new_lms(POSTS, small_map({"post": POST | {"roles": {"owner": owner}}}))
    with pytest.raises(SourceFailure, match="thread_id refers to nothing") as failure:
        await lms.act("post")
    assert not failure.value.transient

"""What lies above something held in a table that refers to itself stays with it."""

from typing import Any

import pytest

from tests.fixtures.small_lms import NewSmallLms, holding, ids, small_map

TALK = """
CREATE TABLE comment (id bigint PRIMARY KEY, author_id bigint, kind text,
    parent_id bigint REFERENCES comment);
CREATE TABLE vote (id bigint PRIMARY KEY, voter_id bigint, comment_id bigint REFERENCES comment);
INSERT INTO comment VALUES
    (1, 1, 'comment', NULL), (2, 1, 'comment', 1), (3, 2, 'comment', 2), (4, 1, 'comment', 3), (5, 1, 'reply', 4),
    (6, 1, 'comment', 2), (7, 1, 'comment', NULL), (8, 1, 'comment', 7), (9, 1, 'comment', 8);
INSERT INTO vote VALUES (50, 2, 5), (80, 1, 8);
"""
"""Under the first comment, through another person's, a reply; under the seventh, one with a vote."""


def talk(effect: str = "delete", **reply: Any) -> dict[str, Any]:
    """Build the record types of comments, replies and votes; replies are comments of a kind of their own."""
    author: dict[str, Any] = {"author": {"column": "author_id", "erasure": effect}}
    general = {"table": "comment", "anonymise": {"set": {"author_id": "$stand_in"}}}
    return {
        "reply": {**general, "where": {"is": {"kind": "reply"}}, "roles": author, **reply},
        "comment": {**general, "where": {"is": {"kind": "comment"}}, "roles": author},
        "vote": {"roles": {"voter": {"column": "voter_id", "erasure": "delete"}}},
    }


@pytest.mark.parametrize(
    ("held", "stays"),
    [
        pytest.param(["reply"], {1, 2, 3, 4, 5}, id="a row of the table itself"),
        pytest.param(["vote"], {1, 2, 3, 4, 5, 7, 8}, id="what refers to a row of it"),
        pytest.param(["reply", "vote"], {1, 2, 3, 4, 5, 7, 8}, id="both"),
    ],
)
async def test_what_lies_above_something_held_in_a_table_that_refers_to_itself_stays(
    new_lms: NewSmallLms, held: list[str], stays: set[int]
) -> None:
    lms = await new_lms(TALK, holding(small_map(talk()), *held))
    others = await lms.rows("SELECT * FROM comment WHERE author_id = 2")
    if held == ["reply"]:
        await lms.connection.execute("DELETE FROM vote")
    for name in ("vote", "reply", "comment"):
        await lms.act(name)
    assert await ids(lms, "comment") == stays
    assert await lms.rows("SELECT * FROM comment WHERE author_id = 2") == others


async def test_rows_over_each_other_in_a_circle_with_nothing_held_under_them_go(
    new_lms: NewSmallLms,
) -> None:
    keyed = TALK.replace("id bigint PRIMARY KEY, author_id", "id bigint UNIQUE NOT NULL, author_id")
    keyed = keyed.replace("REFERENCES comment)", "REFERENCES comment (id))")
    lms = await new_lms(keyed, holding(small_map(talk()), "reply"))
    await lms.connection.execute(
        "DELETE FROM vote; INSERT INTO comment VALUES (20, 1, 'comment', NULL), (21, 1, 'comment', 20);"
        "UPDATE comment SET parent_id = 21 WHERE id = 20"
    )
    await lms.act("comment")
    assert await ids(lms, "comment") == {1, 2, 3, 4, 5}


async def test_what_lies_above_something_held_is_anonymised_where_no_more_than_that_would_follow(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(TALK, holding(small_map(talk("anonymise")), "reply"))
    await lms.act("comment")
    rows = await lms.rows("SELECT id, author_id FROM comment WHERE author_id <> 9")
    assert rows == [(3, 2), (5, 1)]


async def test_what_leads_to_something_held_in_its_own_table_is_not_changed(
    new_lms: NewSmallLms,
) -> None:
    answered = {"via": "comment", "match": {"parent_id": "id"}, "erasure": "keep"}
    types = talk("anonymise", roles={"answered": answered})
    lms = await new_lms(TALK, holding(small_map(types), "reply"))
    await lms.act("comment")
    assert await lms.rows("SELECT id FROM comment WHERE author_id = 1") == [(4,), (5,)]


async def test_a_table_of_the_same_name_in_another_database_is_not_taken_for_the_one_here(
    new_lms: NewSmallLms,
) -> None:
    archived: dict[str, Any] = {
        "source": "archive",
        "table": "comment",
        "key": "number",
        "roles": {"author": {"column": "writer"}},
    }
    sources = {name: {"kind": "sql", "url": "x"} for name in ("lms", "archive")}
    data_map = small_map({"archived": archived, **talk()}, sources=sources)
    lms = await new_lms(TALK, holding(data_map, "reply"))
    await lms.connection.execute("DELETE FROM vote")
    await lms.act("comment")
    assert await ids(lms, "comment") == {1, 2, 3, 4, 5}

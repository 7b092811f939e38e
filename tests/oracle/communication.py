"""Communication: anonymised, and deleted when all who are affected, or the course, are deleted."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change

AUTHORS = {
    "thread": "created_by_id",
    "message": "sender_id",
    "discussion": "started_by_id",
    "discussion_post": "author_id",
    "announcement": "author_id",
    "announcement_comment": "author_id",
}
_IN_COURSES = ("discussion", "discussion_post", "announcement", "announcement_comment")


def restricted(campus: Campus, subject: int) -> Iterator[Change]:
    for row in campus.rows("thread_member", person_id=subject):
        yield Change(campus.place("thread_member", row), {"is_hidden": True})
    for table in AUTHORS:
        yield from _anonymised(campus, table, subject)


def erased(campus: Campus, subject: int) -> Iterator[Change]:
    for row in campus.rows("thread_member", person_id=subject):
        yield Change(campus.place("thread_member", row))
    for thread_id in sorted(conversations(campus, subject)):
        yield from _conversation(campus, thread_id, subject)
    for table in _IN_COURSES:
        yield from _anonymised(campus, table, subject)


def conversations(campus: Campus, subject: int) -> set[int]:
    """Give the conversations that a person began, wrote in, or is a participant of."""
    return (
        {row["id"] for row in campus.rows("thread", created_by_id=subject)}
        | {row["thread_id"] for row in campus.rows("message", sender_id=subject)}
        | {row["thread_id"] for row in campus.rows("thread_member", person_id=subject)}
    )


def _conversation(campus: Campus, thread_id: int, subject: int) -> Iterator[Change]:
    messages = campus.rows("message", thread_id=thread_id)
    if not campus.taking_part("thread_member", thread_id=thread_id) - {subject}:
        yield Change(("thread", (thread_id,)))
        for message in messages:
            yield Change(campus.place("message", message))
        return
    nobody = campus.stand_in(subject)
    if campus.tables["thread"][(thread_id,)]["created_by_id"] == subject:
        yield Change(("thread", (thread_id,)), {"created_by_id": nobody})
    for message in messages:
        if message["sender_id"] == subject:
            yield Change(campus.place("message", message), {"sender_id": nobody})


def _anonymised(campus: Campus, table: str, subject: int) -> Iterator[Change]:
    author = AUTHORS[table]
    for row in campus.rows(table, **{author: subject}):
        yield Change(campus.place(table, row), {author: campus.stand_in(subject)})

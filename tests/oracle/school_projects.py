"""Projects and conversations of a world."""

from tests.oracle.school import School


def add_project(school: School) -> None:
    """Add a project, which may have its creator alone in it, or without them."""
    chance = school.chance
    creator = school.anybody()
    project = school.add("project", institution_id=school.id, created_by_id=creator)
    members = chance.some(school.people)
    if creator not in members and not chance.likely(4):
        members.append(creator)
    for person in members:
        school.add(
            "project_member",
            project_id=project,
            person_id=person,
            task=chance.text_or_none(),
            left_at="2026-02-01T08:00:00+00:00" if chance.likely(4) else None,
        )
    for person in chance.some(members):
        school.add(
            "material",
            institution_id=school.id,
            owner_id=person,
            scope="project",
            project_id=project,
            path=school.upload("material"),
            tags=chance.one(([], ["a", 'b "c"'])),
        )
    if members and chance.likely():
        school.add(
            "event",
            institution_id=school.id,
            owner_id=chance.one(members),
            kind="shared",
            project_id=project,
        )


def add_thread(school: School) -> None:
    """Add a conversation: alone, of two, of many; with some who only receive or who are no part."""
    chance = school.chance
    members = chance.some(school.people, least=1)
    creator = school.anybody() if chance.likely(4) else members[0]
    thread = school.add(
        "thread", institution_id=school.id, created_by_id=creator, subject=chance.text()
    )
    for person in members:
        school.add(
            "thread_member",
            thread_id=thread,
            person_id=person,
            left_at="2026-02-01T08:00:00+00:00" if chance.likely(4) else None,
        )
    for _ in range(chance.number(0, 4)):
        attachment = school.upload("message") if chance.likely(4) else None
        school.add(
            "message",
            thread_id=thread,
            sender_id=school.anybody() if chance.likely(6) else chance.one(members),
            body=chance.text_or_none(),
            attachment_path=attachment,
            attachment_name=attachment and "a.pdf",
        )

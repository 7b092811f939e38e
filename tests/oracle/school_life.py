"""What people of a world have of their own, and what is noted of them."""

from tests.oracle.school import School


def add_life(school: School) -> None:
    """Add documents, notes, events, sessions, logs, comments and settings of some."""
    chance = school.chance
    for person in chance.some(school.people):
        _add_documents(school, person)
    for person in chance.some(school.people):
        school.add("note", owner_id=person, body=chance.text())
        school.add("event", institution_id=school.id, owner_id=person, title=chance.text())
    for person in chance.some(school.people):
        school.add("login_session", person_id=person)
        _add_log(school, person)
    for person in chance.some(school.people):
        school.add("person_setting", person_id=person, name="language")
        school.add("person_setting", person_id=person, name="tree", value="simple")
        for kind in ("cookie", "last_selection"):
            school.add("ui_state", person_id=person, kind=kind)
    for student in chance.some(school.students):
        teacher = chance.one(school.teachers)
        school.add("behaviour_comment", student_id=student, teacher_id=teacher)
        if chance.likely():
            school.add("extra_time", student_id=student, granted_by_id=school.anybody())


def _add_documents(school: School, owner: int) -> None:
    chance = school.chance
    scopes = ("personal", "library", "course", "project")
    for scope in chance.some(scopes):
        material = school.add(
            "material",
            institution_id=school.id,
            owner_id=owner,
            scope=scope,
            path=school.upload("material"),
            description=chance.text_or_none(),
        )
        if scope != "library" and chance.likely():
            for reader in chance.some(school.people):
                school.add("material_share", material_id=material, person_id=reader)


def _add_log(school: School, person: int) -> None:
    for _ in range(school.chance.number(1, 2)):
        about = school.anybody() if school.chance.likely() else None
        details: object = school.chance.one((None, {"from": "list"}, [], "text"))
        school.add("activity_log", person_id=person, about_id=about, details=details)

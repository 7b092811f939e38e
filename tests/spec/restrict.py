"""The article's table of what RESTRICT does, cell by cell."""

from schemas.vocabulary import Category, Right
from tests.spec import scenes
from tests.spec.cases import (
    GONE,
    HIDDEN,
    UNCHANGED,
    Cell,
    Table,
    changed,
    nameless,
    restricted,
)

PERSONAL = Cell(
    Category.PERSONAL_INFORMATION,
    "Not visible",
    (
        restricted("person", "hidden, and cannot log in", scenes.PROFILE, "Ben",
                   {"Ben": changed(in_trash=True, active=False), "Cleo": UNCHANGED}),
        restricted("person", "hidden, with the name where a teacher assessed", scenes.GRADED, "Ann",
                   {"Ann": changed(in_trash=True, active=False)}),
        restricted("login_session", "removed until restored", scenes.LOGGED_IN, "Ben",
                   {"Ben's login": GONE}),
        restricted("activity_log", "own entries hidden", scenes.LOG, "Ann",
                   {"Ann's entry": HIDDEN, "Ann's entry about Ben": HIDDEN,
                    "Ann's entry about Ann": HIDDEN}),
        restricted("activity_log", "not named in others' entries", scenes.LOG, "Ben",
                   {"Ann's entry": UNCHANGED, "Ann's entry about Ben": changed(about_id=None)}),
        restricted("guardian", "an only child's hidden", scenes.ONLY_CHILD, "Ben",
                   {"Eve": HIDDEN}),
        restricted("guardian", "kept for a brother or sister", scenes.SIBLINGS, "Ben",
                   {"Eve": UNCHANGED}),
        restricted("guardian_of", "own link hidden, a sister's kept", scenes.SIBLINGS, "Ben",
                   {"Eve's link to Ben": HIDDEN, "Eve's link to Cleo": UNCHANGED}),
        restricted("enrolment", "hidden", scenes.COURSE, "Ben",
                   {"Ben's place": HIDDEN, "Cleo's place": UNCHANGED}),
        restricted("project_member", "hidden", scenes.PROJECT, "Cleo",
                   {"Cleo's part": HIDDEN, "Ben's part": UNCHANGED, "the film": UNCHANGED}),
    ),
)  # fmt: skip

COMMUNICATION = Cell(
    Category.COMMUNICATION,
    "Anonymised",
    (
        restricted("message", "anonymised", scenes.CHAT, "Ann",
                   {"Ann's message": nameless("sender_id"), "Ben's message": UNCHANGED}),
        restricted("message", "anonymised where nobody else takes part", scenes.MONOLOGUE, "Ann",
                   {"Ann's message": nameless("sender_id")}),
        restricted("message", "kept as it is for who received it", scenes.UNANSWERED, "Ben",
                   {"Ann's message": UNCHANGED}),
        restricted("thread", "anonymised for who began it", scenes.CHAT, "Ann",
                   {"the conversation": nameless("created_by_id")}),
        restricted("thread", "kept as it is for who takes part", scenes.CHAT, "Ben",
                   {"the conversation": UNCHANGED}),
        restricted("thread_member", "own part hidden, the others' kept", scenes.CHAT, "Ann",
                   {"Ann's part": HIDDEN, "Ben's part": UNCHANGED}),
        restricted("discussion", "anonymised", scenes.FORUM, "Ben",
                   {"Ben's discussion": nameless("started_by_id")}),
        restricted("discussion_post", "anonymised, also an answer to another's", scenes.FORUM, "Ben",
                   {"Ben's post": nameless("author_id"), "Ann's answer to it": UNCHANGED,
                    "Ben's answer to that": nameless("author_id")}),
        restricted("announcement", "anonymised", scenes.FORUM, "Ann",
                   {"Ann's announcement": nameless("author_id"), "Ben's comment": UNCHANGED}),
        restricted("announcement_comment", "anonymised", scenes.FORUM, "Ben",
                   {"Ben's comment": nameless("author_id"), "Ann's comment": UNCHANGED,
                    "Ann's announcement": UNCHANGED}),
    ),
)  # fmt: skip

MATERIAL = Cell(
    Category.COURSE_MATERIAL,
    "Anonymised, unless the material exists so that it is only available to the data subject in question",
    (
        restricted("course", "anonymised for who is responsible", scenes.COURSE, "Ann",
                   {"Biology": nameless("responsible_id")}),
        restricted("assignment", "anonymised, others are in the course", scenes.TAUGHT, "Ann",
                   {"Ann's assignment": nameless("author_id")}),
        restricted("assignment", "hidden, nobody else is in the course", scenes.DRAFT, "Ann",
                   {"Ann's assignment": HIDDEN}),
        restricted("assignment", "anonymised for who merely left", scenes.BEN_LEFT_THE_COURSE, "Ann",
                   {"Ann's assignment": nameless("author_id")}),
        restricted("test", "anonymised, others are in the course", scenes.TAUGHT, "Ann",
                   {"Ann's test": nameless("author_id")}),
        restricted("test", "hidden, nobody else is in the course", scenes.DRAFT, "Ann",
                   {"Ann's test": HIDDEN}),
        restricted("test_question", "anonymised, others are in the course", scenes.TAUGHT, "Ann",
                   {"Ann's question": nameless("author_id"), "Dan's question": UNCHANGED}),
        restricted("test_question", "hidden with the test that nobody else sees", scenes.DRAFT,
                   "Ann", {"Ann's question": HIDDEN, "Dan's question": HIDDEN}),
        restricted("test_question", "anonymised in a colleague's test", scenes.TAUGHT, "Dan",
                   {"Dan's question": nameless("author_id"), "Ann's question": UNCHANGED,
                    "Ann's test": UNCHANGED}),
        restricted("project", "anonymised, others take part", scenes.PROJECT, "Ben",
                   {"the film": nameless("created_by_id")}),
        restricted("project", "hidden, nobody else takes part", scenes.LONE_PROJECT, "Ben",
                   {"the film": HIDDEN}),
        restricted("note", "hidden", scenes.NOTES, "Ann", {"Ann's note": HIDDEN}),
        restricted("material", "hidden, nobody else sees it", scenes.OWN_DOCUMENT, "Ann",
                   {"the document": HIDDEN}),
        restricted("material", "anonymised, shared by name", scenes.SHARED_DOCUMENT, "Ann",
                   {"the document": nameless("owner_id"), "Ben's access": UNCHANGED}),
        restricted("material", "anonymised, others are in the course", scenes.TAUGHT, "Ann",
                   {"Ann's document": nameless("owner_id")}),
        restricted("material", "hidden, nobody else is in the course", scenes.DRAFT, "Ann",
                   {"Ann's document": HIDDEN}),
        restricted("material", "anonymised, others are in the project", scenes.PROJECT_DOCUMENT,
                   "Ben", {"Ben's document": nameless("owner_id"), "Cleo's document": UNCHANGED}),
        restricted("material", "kept with the name in the library", scenes.LIBRARY, "Ann",
                   {"the document": UNCHANGED}),
        restricted("material", "hidden in a library that nobody else sees", scenes.LIBRARY_OF_ONE,
                   "Ann", {"the document": HIDDEN}),
        restricted("material_share", "hidden for who may read", scenes.SHARED_DOCUMENT, "Ben",
                   {"Ben's access": HIDDEN, "the document": UNCHANGED}),
    ),
)  # fmt: skip

ASSESSMENTS = Cell(
    Category.ASSESSMENTS,
    "Still visible and not anonymous if the teacher is restricted, as the assessments are still "
    "of value and affecting the rights of the student.",
    (
        *(
            restricted(record, "kept with the teacher's name", scene, "Ann",
                       {"the assessment": UNCHANGED})
            for record, scene in scenes.ASSESSED.items()
        ),
        *(
            restricted(record, "hidden with the student", scene, "Ben", {"the assessment": HIDDEN})
            for record, scene in scenes.ASSESSED.items()
        ),
    ),
)  # fmt: skip

CALENDAR = Cell(
    Category.CALENDAR,
    "Personal events are no longer visible, shared events are anonymised",
    (
        restricted("event_personal", "hidden", scenes.CALENDAR, "Ann",
                   {"the personal event": HIDDEN}),
        restricted("event_shared", "anonymised", scenes.CALENDAR, "Ann",
                   {"the shared event": nameless("owner_id")}),
    ),
)  # fmt: skip

RESPONSES = Cell(
    Category.STUDENT_RESPONSES,
    "Not visible",
    (
        restricted("submission", "hidden", scenes.HANDED_IN, "Ben", {"Ben's essay": HIDDEN}),
        restricted("submission_file", "removed until restored", scenes.HANDED_IN, "Ben",
                   {"Ben's file": GONE}),
        restricted("plagiarism_check", "removed until restored", scenes.HANDED_IN, "Ben",
                   {"the plagiarism check": GONE}),
        restricted("test_attempt", "hidden", scenes.HANDED_IN, "Ben", {"Ben's attempt": HIDDEN}),
        restricted("test_answer", "emptied until restored", scenes.HANDED_IN, "Ben",
                   {"Ben's answer": changed(answer=None, points=None, time_spent=None,
                                            answered_at=None)}),
    ),
)  # fmt: skip

INTERNAL_LOGIC = Cell(
    Category.INTERNAL_LOGIC,
    "Not visible",
    tuple(
        restricted(record, "removed until restored", scenes.SETTINGS, "Ben", {row: GONE})
        for record, row in scenes.INTERNAL.items()
    ),
)

RESTRICT = Table(
    "Effect of RESTRICT",
    "the person is restricted, and then restored: then every row is to the byte what it was",
    (Right.RESTRICTION,),
    (PERSONAL, COMMUNICATION, MATERIAL, ASSESSMENTS, CALENDAR, RESPONSES, INTERNAL_LOGIC),
)

"""The article's table of soft and permanent deletion: the trashcan, and its emptying."""

from schemas.vocabulary import Category, Right
from tests.spec import scenes
from tests.spec.cases import (
    GONE,
    HIDDEN,
    UNCHANGED,
    Cell,
    Table,
    changed,
    course_deleted,
    empty,
    nameless,
    project_deleted,
    trash,
    trashed,
)

_EMPTIED = changed(answer=None, points=None, time_spent=None, answered_at=None)
_IN_TRASH = changed(in_trash=True, active=False)
_SOFT = {"submission": HIDDEN, "test_attempt": HIDDEN, "test_answer": _EMPTIED}
"""By record type, how a student's response is hidden; others leave their table."""

RESPONSES = Cell(
    Category.STUDENT_RESPONSES,
    "Soft: removed from UI. Permanent: removed permanently.",
    tuple(
        trashed(record, "hidden, then deleted", scenes.HANDED_IN,
                trash("Ben", {row: _SOFT.get(record, GONE)}), empty("Ben", {row: GONE}))
        for record, row in scenes.RESPONSES.items()
    ),
)  # fmt: skip

PROFILE = Cell(
    Category.PERSONAL_INFORMATION,
    "Soft: information is removed from UI. Permanent: removed permanently.",
    (
        trashed("person", "hidden, then deleted", scenes.PROFILE,
                trash("Ben", {"Ben": _IN_TRASH}), empty("Ben", {"Ben": GONE})),
        trashed("login_session", "hidden, then deleted", scenes.LOGGED_IN,
                trash("Ben", {"Ben's login": GONE}), empty("Ben", {"Ben's login": GONE})),
        trashed("activity_log", "not named in others' entries", scenes.LOG,
                trash("Ben", {"Ann's entry about Ben": changed(about_id=None)}),
                empty("Ben", {"Ann's entry about Ben": changed(about_id=None)})),
        trashed("guardian", "hidden, then deleted", scenes.ONLY_CHILD,
                trash("Ben", {"Eve": HIDDEN}), empty("Ben", {"Eve": GONE})),
        trashed("enrolment", "hidden, then deleted", scenes.COURSE,
                trash("Ben", {"Ben's place": HIDDEN}), empty("Ben", {"Ben's place": GONE})),
    ),
)  # fmt: skip

INTERNAL_LOGIC = Cell(
    Category.INTERNAL_LOGIC,
    "Soft: not visible in UI. Permanent: removed permanently.",
    tuple(
        trashed(record, "hidden, then deleted", scenes.SETTINGS,
                trash("Ben", {row: GONE}), empty("Ben", {row: GONE}))
        for record, row in scenes.INTERNAL.items()
    ),
)  # fmt: skip

MATERIAL = Cell(
    Category.COURSE_MATERIAL,
    "Soft: name of user is anonymised, except on shared content in Library. Content is kept if it "
    "is shared with other users (courses/projects with other participants, Library). Permanent: "
    "content is removed permanently if it is not available to other users. Deleted when "
    "course/project is deleted.",
    (
        trashed("material", "name kept in the library, then anonymised", scenes.LIBRARY,
                trash("Ann", {"the document": UNCHANGED}),
                empty("Ann", {"the document": nameless("owner_id")})),
        trashed("material", "anonymised for the course, deleted with it", scenes.TAUGHT,
                trash("Ann", {"Ann's document": nameless("owner_id")}),
                empty("Ann", {"Ann's document": nameless("owner_id").waiting("owner")}),
                course_deleted("Biology", {"Ann's document": GONE})),
        trashed("material", "anonymised for the project, deleted with it",
                scenes.PROJECT_DOCUMENT,
                trash("Ben", {"Ben's document": nameless("owner_id")}),
                empty("Ben", {"Ben's document": nameless("owner_id").waiting("owner")}),
                project_deleted("the film", {"Ben's document": GONE})),
        trashed("material", "hidden, then deleted, nobody else sees it", scenes.OWN_DOCUMENT,
                trash("Ann", {"the document": HIDDEN}), empty("Ann", {"the document": GONE})),
        trashed("project", "hidden, then deleted, nobody else takes part", scenes.LONE_PROJECT,
                trash("Ben", {"the film": HIDDEN}), empty("Ben", {"the film": GONE})),
        trashed("assignment", "anonymised for the course, deleted with it", scenes.TAUGHT,
                trash("Ann", {"Ann's assignment": nameless("author_id")}),
                empty("Ann", {"Ann's assignment": nameless("author_id").waiting("author")}),
                course_deleted("Biology", {"Ann's assignment": GONE})),
    ),
)  # fmt: skip

COMMUNICATION = Cell(
    Category.COMMUNICATION,
    "Soft: name of user is anonymised in messages, announcements and comments. Permanent: messages "
    "are deleted when all users in thread are deleted, announcements and comments when course is "
    "deleted.",
    (
        trashed("message", "anonymised, deleted when all are", scenes.CHAT,
                trash("Ann", {"Ann's message": nameless("sender_id")}),
                empty("Ann", {"Ann's message": nameless("sender_id").waiting("author"),
                              "Ben's message": UNCHANGED.waiting("recipient")}),
                trash("Ben", {"Ben's message": nameless("sender_id").waiting("recipient"),
                              "Ann's message": nameless("sender_id").waiting("author")}),
                empty("Ben", {"Ann's message": GONE, "Ben's message": GONE,
                              "the conversation": GONE})),
        trashed("announcement", "anonymised, deleted with the course", scenes.FORUM,
                trash("Ann", {"Ann's announcement": nameless("author_id")}),
                empty("Ann", {"Ann's announcement": nameless("author_id").waiting("author")}),
                course_deleted("Biology", {"Ann's announcement": GONE})),
        trashed("announcement_comment", "anonymised, deleted with the course", scenes.FORUM,
                trash("Ben", {"Ben's comment": nameless("author_id")}),
                empty("Ben", {"Ben's comment": nameless("author_id").waiting("author")}),
                course_deleted("Biology", {"Ben's comment": GONE})),
    ),
)  # fmt: skip

ASSESSMENTS = Cell(
    Category.ASSESSMENTS,
    "Soft: kept and visible, including the name of the user. Permanent: kept and visible until the "
    "student it affects is also deleted.",
    tuple(
        trashed(record, "kept with the name until the student is deleted too", scene,
                trash("Ann", {"the assessment": UNCHANGED}),
                empty("Ann", {"the assessment": UNCHANGED.waiting("assessor")}),
                trash("Ben", {"the assessment": HIDDEN.waiting("assessor")}),
                empty("Ben", {"the assessment": GONE, "Ann": GONE}))
        for record, scene in scenes.ASSESSED.items()
    ),
)  # fmt: skip

SOFT_PERMANENT = Table(
    "Soft delete and permanent delete",
    "the person is moved to the trashcan, and then emptied from it",
    (Right.RESTRICTION, Right.ERASURE),
    (RESPONSES, PROFILE, INTERNAL_LOGIC, MATERIAL, COMMUNICATION, ASSESSMENTS),
)

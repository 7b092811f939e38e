"""The article's table of what DELETE does, cell by cell; material has a file of its own."""

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
    erase,
    erased,
    lift,
    nameless,
    restrict,
)
from tests.spec.delete_material import MATERIAL

PERSONAL = Cell(
    Category.PERSONAL_INFORMATION,
    "Permanently deleted",
    (
        erased("person", "deleted", scenes.PROFILE,
               erase("Ben", {"Ben": GONE, "Cleo": UNCHANGED})),
        erased("person", "deleted, restricted before", scenes.PROFILE,
               restrict("Ben", {}), erase("Ben", {"Ben": GONE})),
        erased("person", "nothing left but the name that assessments show", scenes.GRADED,
               erase("Ann", {"Ann": scenes.STRIPPED.waiting("self")}),
               erase("Ben", {"Ann": GONE, "Ben": GONE, "the assessment": GONE})),
        erased("login_session", "deleted", scenes.LOGGED_IN, erase("Ben", {"Ben's login": GONE})),
        erased("activity_log", "own entries deleted", scenes.LOG,
               erase("Ann", {"Ann's entry": GONE, "Ann's entry about Ben": GONE,
                             "Ann's entry about Ann": GONE})),
        erased("activity_log", "not named in others' entries", scenes.LOG,
               erase("Ben", {"Ann's entry": UNCHANGED,
                             "Ann's entry about Ben": changed(about_id=None)})),
        erased("guardian", "an only child's deleted", scenes.ONLY_CHILD,
               erase("Ben", {"Eve": GONE, "Eve's link to Ben": GONE})),
        erased("guardian", "kept until the last of brothers and sisters is erased", scenes.SIBLINGS,
               erase("Ben", {"Eve": UNCHANGED.waiting("child"), "Eve's link to Ben": GONE,
                             "Eve's link to Cleo": UNCHANGED}),
               erase("Cleo", {"Eve": GONE, "Eve's link to Cleo": GONE})),
        erased("guardian", "kept for a sister who is restricted", scenes.SIBLINGS,
               restrict("Cleo", {}), erase("Ben", {"Eve": UNCHANGED.waiting("child")})),
        erased("guardian_of", "deleted", scenes.ONLY_CHILD,
               erase("Ben", {"Eve's link to Ben": GONE})),
        erased("enrolment", "deleted", scenes.COURSE,
               erase("Ben", {"Ben's place": GONE, "Cleo's place": UNCHANGED})),
        erased("project_member", "deleted", scenes.PROJECT,
               erase("Cleo", {"Cleo's part": GONE, "Ben's part": UNCHANGED})),
    ),
)  # fmt: skip

COMMUNICATION = Cell(
    Category.COMMUNICATION,
    "Permanently deleted when all affected users are deleted. For example, a group conversation in "
    "the message system is deleted when all participants of that conversation are deleted. "
    "Announcements and discussions are deleted when the course they belong to is deleted.",
    (
        erased("message", "anonymised, deleted with the last participant", scenes.CHAT,
               erase("Ann", {"Ann's message": nameless("sender_id").waiting("author"),
                             "Ben's message": UNCHANGED.waiting("recipient")}),
               erase("Ben", {"Ann's message": GONE, "Ben's message": GONE,
                             "the conversation": GONE})),
        erased("message", "deleted with the last participant, who only received",
               scenes.UNANSWERED,
               erase("Ann", {"Ann's message": nameless("sender_id").waiting("author")}),
               erase("Ben", {"Ann's message": GONE, "the conversation": GONE})),
        erased("message", "kept for a group until all are erased", scenes.GROUP,
               erase("Ann", {"Ann's message": nameless("sender_id").waiting("author"),
                             "Ben's message": UNCHANGED.waiting("recipient")}),
               erase("Ben", {"Ann's message": nameless("sender_id").waiting("author"),
                             "Ben's message": nameless("sender_id").waiting("recipient")}),
               erase("Cleo", {"Ann's message": GONE, "Ben's message": GONE})),
        erased("message", "kept for who merely left the conversation", scenes.BEN_LEFT,
               erase("Ann", {"Ann's message": nameless("sender_id").waiting("author")}),
               erase("Ben", {"Ann's message": GONE})),
        erased("message", "kept for a participant who is restricted", scenes.CHAT,
               restrict("Ben", {}),
               erase("Ann", {"Ann's message": nameless("sender_id").waiting("author"),
                             "Ben's message": nameless("sender_id").waiting("recipient")}),
               lift("Ben", {"Ben's message": UNCHANGED.waiting("recipient"),
                            "Ann's message": nameless("sender_id").waiting("author")})),
        erased("message", "deleted at once where nobody else takes part", scenes.MONOLOGUE,
               erase("Ann", {"Ann's message": GONE, "the conversation": GONE,
                             "Ann's part": GONE})),
        erased("thread", "anonymised for who began it, deleted with the last participant",
               scenes.CHAT,
               erase("Ann", {"the conversation": nameless("created_by_id").waiting("creator")}),
               erase("Ben", {"the conversation": GONE})),
        erased("thread", "kept as it is for who takes part", scenes.CHAT,
               erase("Ben", {"the conversation": UNCHANGED.waiting("participant")}),
               erase("Ann", {"the conversation": GONE})),
        erased("thread", "deleted at once where nobody else takes part", scenes.MONOLOGUE,
               erase("Ann", {"the conversation": GONE})),
        erased("thread_member", "own part deleted, the others' kept", scenes.CHAT,
               erase("Ann", {"Ann's part": GONE, "Ben's part": UNCHANGED})),
        erased("discussion", "anonymised, deleted with the course", scenes.FORUM,
               erase("Ben", {"Ben's discussion": nameless("started_by_id").waiting("author")}),
               course_deleted("Biology", {"Ben's discussion": GONE})),
        erased("discussion", "kept in a course that nobody is left in", scenes.FORUM,
               erase("Ben", {"Ben's discussion": nameless("started_by_id").waiting("author")}),
               erase("Cleo", {"Ben's discussion": nameless("started_by_id").waiting("author")}),
               erase("Ann", {"Ben's discussion": nameless("started_by_id").waiting("author"),
                             "Biology": nameless("responsible_id")})),
        erased("discussion_post", "anonymised between others' posts, deleted with the course",
               scenes.FORUM,
               erase("Ben", {"Ben's post": nameless("author_id").waiting("author"),
                             "Ann's answer to it": UNCHANGED,
                             "Ben's answer to that": nameless("author_id").waiting("author")}),
               course_deleted("Biology", {"Ben's post": GONE, "Ann's answer to it": GONE,
                                          "Ben's answer to that": GONE})),
        erased("announcement", "anonymised, deleted with the course", scenes.FORUM,
               erase("Ann", {"Ann's announcement": nameless("author_id").waiting("author"),
                             "Ben's comment": UNCHANGED}),
               course_deleted("Biology", {"Ann's announcement": GONE})),
        erased("announcement_comment", "anonymised, deleted with the course", scenes.FORUM,
               erase("Ben", {"Ben's comment": nameless("author_id").waiting("author"),
                             "Ann's comment": UNCHANGED}),
               course_deleted("Biology", {"Ben's comment": GONE, "Ann's comment": GONE})),
    ),
)  # fmt: skip

ASSESSMENTS = Cell(
    Category.ASSESSMENTS,
    "NOT removed if the teacher is deleted, as the assessments are still of value and affecting "
    "the rights of the student.",
    (
        *(
            erased(record, "kept with the teacher's name until the student is erased", scene,
                   erase("Ann", {"the assessment": UNCHANGED.waiting("assessor"),
                                 "Ann": scenes.STRIPPED.waiting("self")}),
                   erase("Ben", {"the assessment": GONE, "Ann": GONE, "Ben": GONE}))
            for record, scene in scenes.ASSESSED.items()
        ),
        *(
            erased(record, "deleted with the student, the teacher stays", scene,
                   erase("Ben", {"the assessment": GONE, "Ann": UNCHANGED}))
            for record, scene in scenes.ASSESSED.items()
        ),
        *(
            erased(record, "kept for a student who is restricted", scene,
                   restrict("Ben", {}),
                   erase("Ann", {"the assessment": HIDDEN.waiting("assessor"),
                                 "Ann": scenes.STRIPPED.waiting("self")}),
                   lift("Ben", {"the assessment": UNCHANGED.waiting("assessor")}))
            for record, scene in scenes.ASSESSED.items()
        ),
    ),
)  # fmt: skip

CALENDAR = Cell(
    Category.CALENDAR,
    "Permanently deleted if personal, anonymised if shared",
    (
        erased("event_personal", "deleted", scenes.CALENDAR,
               erase("Ann", {"the personal event": GONE})),
        erased("event_shared", "anonymised", scenes.CALENDAR,
               erase("Ann", {"the shared event": nameless("owner_id")})),
        erased("event_shared", "stays anonymised when its course is deleted", scenes.CALENDAR,
               erase("Ann", {"the shared event": nameless("owner_id")}),
               course_deleted("Biology", {"the shared event": changed(
                   **nameless("owner_id").sets, course_id=None)})),
    ),
)  # fmt: skip

RESPONSES = Cell(
    Category.STUDENT_RESPONSES,
    "Permanently deleted",
    (
        *(
            erased(record, "deleted", scenes.HANDED_IN, erase("Ben", {row: GONE}))
            for record, row in scenes.RESPONSES.items()
        ),
        erased("submission_file", "deleted, and what was uploaded with the last who handed it in",
               scenes.TOGETHER,
               erase("Ben", {"Ben's file": GONE, "Cleo's file": UNCHANGED}),
               erase("Cleo", {"Cleo's file": GONE})),
        erased("submission_file", "deleted, and what was uploaded is there when another is restored",
               scenes.TOGETHER,
               restrict("Cleo", {"Cleo's file": GONE}), erase("Ben", {"Ben's file": GONE}),
               lift("Cleo", {"Cleo's file": UNCHANGED})),
    ),
)  # fmt: skip

INTERNAL_LOGIC = Cell(
    Category.INTERNAL_LOGIC,
    "Permanently deleted",
    tuple(
        erased(record, "deleted", scenes.SETTINGS, erase("Ben", {row: GONE}))
        for record, row in scenes.INTERNAL.items()
    ),
)

DELETE = Table(
    "Effect of DELETE",
    "the person is erased",
    (Right.ERASURE,),
    (PERSONAL, COMMUNICATION, MATERIAL, ASSESSMENTS, CALENDAR, RESPONSES, INTERNAL_LOGIC),
)

"""Worlds that several cases are about."""

from tests.spec.campus import (
    announcement,
    answer,
    assignment,
    attempt,
    attendance,
    behaviour_comment,
    comment,
    course,
    discussion,
    enrolment,
    event,
    extra_time,
    grade,
    guardian,
    log_entry,
    login,
    marking_comment,
    material,
    message,
    note,
    parent,
    plagiarism_check,
    post,
    project,
    project_member,
    question,
    setting,
    share,
    submission,
    submission_file,
    test,
    thread,
    thread_member,
    ui_state,
)
from tests.spec.cases import PEOPLE, changed, world
from tests.spec.rows import WHEN

# Personal information ------------------------------------------------------------------------------

PROFILE = world("Ben has an account.")
LOGGED_IN = world("Ben has logged in.", login("Ben's login", "Ben"))
LOG = world(
    "Ann looked at a submission, then at one of Ben's, then at her own log.",
    log_entry("Ann's entry", "Ann"),
    log_entry("Ann's entry about Ben", "Ann", "Ben"),
    log_entry("Ann's entry about Ann", "Ann", "Ann"),
)
ONLY_CHILD = world(
    "Eve is Ben's mother.", guardian("Eve"), parent("Eve's link to Ben", "Eve", "Ben")
)
SIBLINGS = world(
    "Eve is the mother of Ben and of Cleo.",
    guardian("Eve"),
    parent("Eve's link to Ben", "Eve", "Ben"),
    parent("Eve's link to Cleo", "Eve", "Cleo"),
)
COURSE = world(
    "Ben and Cleo take Ann's course.",
    course("Biology", "Ann"),
    enrolment("Ann's place", "Biology", "Ann", role="teacher"),
    enrolment("Ben's place", "Biology", "Ben"),
    enrolment("Cleo's place", "Biology", "Cleo"),
)
PROJECT = world(
    "Ben started a project, and Cleo takes part.",
    project("the film", "Ben"),
    project_member("Ben's part", "the film", "Ben"),
    project_member("Cleo's part", "the film", "Cleo"),
)
LONE_PROJECT = world(
    "Ben started a project that nobody else takes part in.",
    project("the film", "Ben"),
    project_member("Ben's part", "the film", "Ben"),
)
STRIPPED = changed(
    school=None,
    email=None,
    phone=None,
    picture_path=None,
    picture_name=None,
    active=False,
    in_trash=True,
)
"""What is left of a person whose name kept records show."""

# Communication -------------------------------------------------------------------------------------

_TALK = (
    thread("the conversation", "Ann"),
    thread_member("Ann's part", "the conversation", "Ann"),
    thread_member("Ben's part", "the conversation", "Ben"),
    message("Ann's message", "the conversation", "Ann"),
)
CHAT = world(
    "Ann and Ben write to each other in a conversation that Ann began.",
    *_TALK,
    message("Ben's message", "the conversation", "Ben"),
)
UNANSWERED = world("Ann writes to Ben, who never answers.", *_TALK)
GROUP = world(
    "Ann, Ben and Cleo are in a conversation that Ann began, and Ann and Ben wrote.",
    *_TALK,
    thread_member("Cleo's part", "the conversation", "Cleo"),
    message("Ben's message", "the conversation", "Ben"),
)
BEN_LEFT = world(
    "Ann writes to Ben, who then leaves the conversation.",
    *_TALK[:2],
    thread_member("Ben's part", "the conversation", "Ben", left_at=WHEN),
    _TALK[3],
)
MONOLOGUE = world(
    "Ann keeps a conversation with nobody but herself.",
    *_TALK[:2],
    _TALK[3],
)
FORUM = world(
    "In Ann's course Ann and Ben post announcements, comments, discussions and answers.",
    *COURSE.rows[len(PEOPLE) :],
    discussion("Ben's discussion", "Biology", "Ben"),
    post("Ben's post", "Ben's discussion", "Ben"),
    post("Ann's answer to it", "Ben's discussion", "Ann", parent="Ben's post"),
    post("Ben's answer to that", "Ben's discussion", "Ben", parent="Ann's answer to it"),
    announcement("Ann's announcement", "Biology", "Ann"),
    comment("Ben's comment", "Ann's announcement", "Ben"),
    comment("Ann's comment", "Ann's announcement", "Ann"),
)

# Course material -----------------------------------------------------------------------------------

NOTES = world("Ann keeps a note.", note("Ann's note", "Ann"))
_IN_COURSE = (
    assignment("Ann's assignment", "Biology", "Ann"),
    test("Ann's test", "Biology", "Ann"),
    question("Ann's question", ("Biology", "Ann's test"), "Ann"),
    question("Dan's question", ("Biology", "Ann's test"), "Dan", position=2),
    material("Ann's document", "Ann", "course", {"course_id": "Biology"}),
)
TAUGHT = world(
    "Ben and Cleo take Ann's course; Dan wrote one question of Ann's test.",
    *COURSE.rows[len(PEOPLE) :],
    *_IN_COURSE,
)
DRAFT = world(
    "Ann prepares a course that nobody else is in; Dan wrote one question of Ann's test.",
    *COURSE.rows[len(PEOPLE) : len(PEOPLE) + 2],
    *_IN_COURSE,
)
BEN_LEFT_THE_COURSE = world(
    "Ben was in Ann's course and has left it.",
    *COURSE.rows[len(PEOPLE) : len(PEOPLE) + 2],
    enrolment("Ben's place", "Biology", "Ben", left_at=WHEN),
    *_IN_COURSE,
)
PROJECT_DOCUMENT = world(
    "Ben and Cleo work on a project, and each has put a document there.",
    *PROJECT.rows[len(PEOPLE) :],
    material("Ben's document", "Ben", "project", {"project_id": "the film"}),
    material("Cleo's document", "Cleo", "project", {"project_id": "the film"}),
)
OWN_DOCUMENT = world("Ann has a document that nobody else sees.", material("the document", "Ann"))
SHARED_DOCUMENT = world(
    "Ann shares a document with Ben.",
    material("the document", "Ann"),
    share("Ben's access", "the document", "Ben"),
)
COURSE_DOCUMENT_SHARED = world(
    "Ann has put a document into a course, and shares it with Dan, who is not in it.",
    *COURSE.rows[len(PEOPLE) :],
    material("the document", "Ann", "course", {"course_id": "Biology"}),
    share("Dan's access", "the document", "Dan"),
)
LIBRARY = world(
    "Ann has put a document into the library.", material("the document", "Ann", "library")
)
LIBRARY_OF_ONE = world(
    "Ann has put a document into the library of a school where nobody else is.",
    material("the document", "Ann", "library"),
    people=PEOPLE[:2],
)

# Assessments ---------------------------------------------------------------------------------------

HANDED_IN = world(
    "Dan's student Ben has handed in an essay with a file and taken a test; Ann is in the course too.",
    course("Biology", "Dan"),
    enrolment("Dan's place", "Biology", "Dan", role="teacher"),
    enrolment("Ann's place", "Biology", "Ann", role="teacher"),
    enrolment("Ben's place", "Biology", "Ben"),
    assignment("the essay", "Biology", "Dan"),
    submission("Ben's essay", "the essay", "Ben"),
    submission_file("Ben's file", "Ben's essay"),
    plagiarism_check("the plagiarism check", "Ben's essay"),
    test("the quiz", "Biology", "Dan"),
    question("the question", ("Biology", "the quiz"), "Dan"),
    attempt("Ben's attempt", "the quiz", "Ben"),
    answer("Ben's answer", "Ben's attempt", "the question"),
)
TOGETHER = world(
    "Ben and Cleo have handed in one and the same file.",
    course("Biology", "Dan"),
    assignment("the essay", "Biology", "Dan"),
    submission("Ben's essay", "the essay", "Ben"),
    submission_file("Ben's file", "Ben's essay"),
    submission("Cleo's essay", "the essay", "Cleo"),
    submission_file("Cleo's file", "Cleo's essay"),
)
RESPONSES = {
    "submission": "Ben's essay",
    "submission_file": "Ben's file",
    "plagiarism_check": "the plagiarism check",
    "test_attempt": "Ben's attempt",
    "test_answer": "Ben's answer",
}
"""By record type: Ben's row in ``HANDED_IN``."""
GRADED = world("Ann gave Ben a grade with feedback.", grade("the assessment", "Ben", "Ann"))
NOTED_ABSENT = world("Ann noted that Ben came late.", attendance("the assessment", "Ben", "Ann"))
OBSERVED = world("Ann wrote how Ben behaves.", behaviour_comment("the assessment", "Ben", "Ann"))
GIVEN_TIME = world("Ann granted Ben extra time.", extra_time("the assessment", "Ben", "Ann"))
MARKED = world(
    "Ann wrote a comment on the essay that Ben handed in to Dan.",
    *HANDED_IN.rows[len(PEOPLE) : len(PEOPLE) + 6],
    marking_comment("the assessment", "Ben's essay", "Ann"),
)
ASSESSED = {
    "grade": GRADED,
    "marking_comment": MARKED,
    "attendance": NOTED_ABSENT,
    "behaviour_comment": OBSERVED,
    "extra_time": GIVEN_TIME,
}
"""By record type: Ann assessed Ben."""

# Calendar and internal logic -----------------------------------------------------------------------

CALENDAR = world(
    "Ann has an event of her own and one that the course sees.",
    *COURSE.rows[len(PEOPLE) :],
    event("the personal event", "Ann", "personal"),
    event("the shared event", "Ann", "shared", {"course_id": "Biology"}),
)
SETTINGS = world(
    "Ben has chosen a language, and the service remembers his calendar view and a cookie.",
    setting("the setting", "Ben"),
    ui_state("the last selection", "Ben", "last_selection"),
    ui_state("the cookie", "Ben", "cookie"),
)
INTERNAL = {
    "person_setting": "the setting",
    "last_selection": "the last selection",
    "cookie": "the cookie",
}
"""By record type: its row in ``SETTINGS``."""

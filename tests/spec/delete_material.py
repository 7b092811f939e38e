"""What DELETE does to course material: one cell, and most of the hard cases."""

from schemas.vocabulary import Category
from tests.spec import scenes
from tests.spec.cases import (
    GONE,
    UNCHANGED,
    Cell,
    changed,
    course_deleted,
    erase,
    erased,
    nameless,
    project_deleted,
    restrict,
)

_AUTHORLESS = nameless("author_id").waiting("author")
_OWNERLESS = nameless("owner_id").waiting("owner")

IN_COURSES = (
    erased("course", "anonymised for who is responsible", scenes.COURSE,
           erase("Ann", {"Biology": nameless("responsible_id")})),
    erased("course", "anonymised also where nobody else is in it", scenes.DRAFT,
           erase("Ann", {"Biology": nameless("responsible_id")})),
    erased("assignment", "anonymised, deleted with the course", scenes.TAUGHT,
           erase("Ann", {"Ann's assignment": _AUTHORLESS}),
           course_deleted("Biology", {"Ann's assignment": GONE})),
    erased("assignment", "deleted, nobody else is in the course", scenes.DRAFT,
           erase("Ann", {"Ann's assignment": GONE})),
    erased("assignment", "anonymised for who merely left", scenes.BEN_LEFT_THE_COURSE,
           erase("Ann", {"Ann's assignment": _AUTHORLESS})),
    erased("assignment", "anonymised for a student who is restricted", scenes.BEN_LEFT_THE_COURSE,
           restrict("Ben", {}), erase("Ann", {"Ann's assignment": _AUTHORLESS})),
    erased("test", "anonymised, deleted with the course", scenes.TAUGHT,
           erase("Ann", {"Ann's test": _AUTHORLESS}),
           course_deleted("Biology", {"Ann's test": GONE})),
    erased("test", "deleted with its questions, nobody else is in the course", scenes.DRAFT,
           erase("Ann", {"Ann's test": GONE, "Ann's question": GONE, "Dan's question": GONE})),
    erased("test_question", "anonymised, deleted with the course", scenes.TAUGHT,
           erase("Ann", {"Ann's question": _AUTHORLESS, "Dan's question": UNCHANGED}),
           course_deleted("Biology", {"Ann's question": GONE, "Dan's question": GONE})),
    erased("test_question", "anonymised in a colleague's test, deleted with that", scenes.TAUGHT,
           erase("Dan", {"Dan's question": _AUTHORLESS, "Ann's question": UNCHANGED}),
           erase("Ben", {"Dan's question": _AUTHORLESS}),
           erase("Cleo", {"Dan's question": _AUTHORLESS}),
           erase("Ann", {"Ann's test": GONE, "Ann's question": GONE, "Dan's question": GONE.waiting("author")})),
    erased("material", "anonymised, deleted with the course", scenes.TAUGHT,
           erase("Ann", {"Ann's document": _OWNERLESS}),
           course_deleted("Biology", {"Ann's document": GONE})),
    erased("material", "deleted, nobody else is in the course", scenes.DRAFT,
           erase("Ann", {"Ann's document": GONE})),
    erased("material", "anonymised, deleted with the course and the last who reads it",
           scenes.COURSE_DOCUMENT_SHARED,
           erase("Ann", {"the document": _OWNERLESS}),
           course_deleted("Biology", {"the document": changed(
               **_OWNERLESS.sets, course_id=None).waiting("owner")}),
           erase("Dan", {"the document": GONE})),
    erased("material", "deleted, its course was deleted before", scenes.TAUGHT,
           course_deleted("Biology", {"Ann's document": changed(course_id=None)}),
           erase("Ann", {"Ann's document": GONE})),
)  # fmt: skip

IN_PROJECTS = (
    erased("project", "anonymised, deleted with the last who takes part", scenes.PROJECT,
           erase("Ben", {"the film": nameless("created_by_id").waiting("creator")}),
           erase("Cleo", {"the film": GONE})),
    erased("project", "deleted, nobody else takes part", scenes.LONE_PROJECT,
           erase("Ben", {"the film": GONE, "Ben's part": GONE})),
    erased("project", "kept as it is for who takes part", scenes.PROJECT,
           erase("Cleo", {"the film": UNCHANGED})),
    erased("material", "anonymised, deleted with the project", scenes.PROJECT_DOCUMENT,
           erase("Ben", {"Ben's document": _OWNERLESS, "Cleo's document": UNCHANGED}),
           project_deleted("the film", {"Ben's document": GONE,
                                        "Cleo's document": changed(project_id=None)})),
    erased("material", "deleted with the project, which goes with the last who takes part",
           scenes.PROJECT_DOCUMENT,
           erase("Ben", {"Ben's document": _OWNERLESS}),
           erase("Cleo", {"Ben's document": GONE, "Cleo's document": GONE, "the film": GONE})),
)  # fmt: skip

ELSEWHERE = (
    erased("note", "deleted", scenes.NOTES, erase("Ann", {"Ann's note": GONE})),
    erased("material", "deleted, nobody else sees it", scenes.OWN_DOCUMENT,
           erase("Ann", {"the document": GONE})),
    erased("material", "anonymised, deleted with the last whom it is shared with",
           scenes.SHARED_DOCUMENT,
           erase("Ann", {"the document": _OWNERLESS, "Ben's access": UNCHANGED}),
           erase("Ben", {"the document": GONE, "Ben's access": GONE})),
    erased("material", "anonymised in the library", scenes.LIBRARY,
           erase("Ann", {"the document": nameless("owner_id")})),
    erased("material", "anonymised in the library, restricted before", scenes.LIBRARY,
           restrict("Ann", {"the document": UNCHANGED}),
           erase("Ann", {"the document": nameless("owner_id")})),
    erased("material", "deleted in a library that nobody else sees", scenes.LIBRARY_OF_ONE,
           erase("Ann", {"the document": GONE})),
    erased("material_share", "deleted for who may read", scenes.SHARED_DOCUMENT,
           erase("Ben", {"Ben's access": GONE, "the document": UNCHANGED})),
)  # fmt: skip

MATERIAL = Cell(
    Category.COURSE_MATERIAL,
    "Anonymised, unless the material exists so that it is only available to the data subject in question "
    "(in which case it is permanently deleted)",
    (*IN_COURSES, *IN_PROJECTS, *ELSEWHERE),
)

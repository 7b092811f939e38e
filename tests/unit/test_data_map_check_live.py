"""What a data map says of a database is so."""

from dataclasses import replace

import pytest

from app.datamap.check_live import check_live
from app.datamap.findings import Severity
from app.datamap.read import read
from app.domain.catalogue import Catalogue, ForeignKey
from tests.fixtures.catalogues import (
    SOUND_CATALOGUE,
    table,
    with_change_of,
    with_table,
    with_tables,
    without_column,
)
from tests.fixtures.data_maps import SOUND, line_of, with_change
from tests.fixtures.findings import new_findings, told

ERROR, WARNING, UNCOVERED = Severity.ERROR, Severity.WARNING, Severity.UNCOVERED
TYPES = "record_types"


def test_a_column_that_is_named_like_a_person_and_stands_in_no_role_is_uncovered() -> None:
    (found,) = check_live(read(SOUND), SOUND_CATALOGUE)
    assert (found.severity, found.path) == (UNCOVERED, "record_types")
    assert found.line == line_of(SOUND, "record_types:")
    assert "`audit_mark.seen_person` is named like `*_person`" in found.detail


OF_THE_MAP = [
    # what it was, what it is now, severity, where it is found, what is said
    ("    table: grade\n", "    table: grades\n", ERROR, f"{TYPES}.grade.table", "Did you mean `grade`?"),
    ("  table: person\n  key: id", "  table: persons\n  key: id", ERROR, "subject.table", "Did you mean `person`?"),
    ("  thread: {table: thread_member", "  thread: {table: thread_members", ERROR,
     "audiences.thread.table", "Did you mean `thread_member`?"),
    ("lookup: {table: course,", "lookup: {table: kurs,", ERROR,
     f"{TYPES}.enrolment.fields.course.lookup.table", "no table `kurs`"),
    ("      value: {title: Grade}", "      valu: {title: Grade}", ERROR,
     f"{TYPES}.grade.fields.valu", "Did you mean `value`?"),
    ("name: file_name}", "name: filename}", ERROR,
     f"{TYPES}.message.fields.attachment.file.name", "Did you mean `file_name`?"),
    ("column: title}}", "column: name}}", ERROR,
     f"{TYPES}.enrolment.fields.course.lookup.column", "`course` has no column `name`"),
    ("column: sender_id", "column: sender", ERROR,
     f"{TYPES}.message.roles.author.column", "Did you mean `sender_id`?"),
    ("match: {course_id: id}", "match: {course: id}", ERROR,
     f"{TYPES}.enrolment.fields.course.lookup.match.course", "no column `course`"),
    ("match: {thread_id: thread_id}\n", "match: {thread_id: thread}\n", ERROR,
     f"{TYPES}.message.roles.recipient.match.thread_id", "`thread_member` has no column `thread`"),
    ("display: [full_name, email]", "display: [full_name, mail]", ERROR,
     "subject.display[1]", "Did you mean `email`?"),
    ("number: number", "number: student_no", ERROR, "subject.identifiers.number", "no column `student_no`"),
    ("controller: school_id", "controller: school", ERROR, "subject.controller", "`school_id`?"),
    ("where: {is: {is_stand_in: false}}", "where: {is: {stand_in: false}}", ERROR,
     "subject.where.is.stand_in", "Did you mean `is_stand_in`?"),
    ("- {when: {is: {scope: library}}", "- {when: {is: {skope: library}}", ERROR,
     f"{TYPES}.material.roles.owner.erasure[0].when.is.skope", "Did you mean `scope`?"),
    ("{everyone: {is: {scope: library}}}", "{everyone: {is: {skope: library}}}", ERROR,
     f"{TYPES}.material.roles.owner.restriction[0].when.only_subject", "no column `skope`"),
    ("  thread: {table: thread_member,", "  thread: {where: {is: {hidden: false}}, table: thread_member,", ERROR,
     "audiences.thread.where.is.hidden", "Did you mean `is_hidden`?"),
    ("      student: {column: student_id,", "      student: {column: student_id, where: {not: {is: {is_hidden: 1}}},", ERROR,
     f"{TYPES}.grade.roles.student.where.not.is.is_hidden", "`1` is no boolean"),
    ("    table: grade\n", "    table: grade\n    controller: school_id\n", ERROR,
     f"{TYPES}.grade.controller", "no column `school_id`"),
    ("only_subject: everybody", "only_subject: thread", ERROR,
     f"{TYPES}.material.roles.owner.restriction[0].when.only_subject", "no column `thread_id`"),
    ("container_gone: course_id", "container_gone: kourse_id", ERROR,
     f"{TYPES}.material.roles.owner.erasure[1].until.container_gone", "Did you mean `course_id`?"),
    ("container_gone: course_id", "container_gone: course_id.owner", ERROR,
     f"{TYPES}.material.roles.owner.erasure[1].until.container_gone", "`course` has no column `owner`"),
    ("container_gone: course_id", "container_gone: title", ERROR,
     f"{TYPES}.material.roles.owner.erasure[1].until.container_gone",
     'Say it: `references: {"material.title": "table.column"}`'),
    ("container_gone: course_id", "container_gone: title.course_id", ERROR,
     f"{TYPES}.material.roles.owner.erasure[1].until.container_gone", "has no foreign key"),
    ("person_gone: student_id", "person_gone: student", ERROR,
     f"{TYPES}.grade.roles.assessor.erasure.until.person_gone", "`student_id`?"),
    ("person_gone: student_id", "person_gone: is_hidden", ERROR,
     f"{TYPES}.grade.roles.assessor.erasure.until.person_gone", "is boolean, and `person.id` is bigint"),
    ("anonymise: {set: {sender_id: $stand_in}}", "anonymise: {set: {sender_id: null, bodi: null}}", ERROR,
     f"{TYPES}.message.anonymise.set.bodi", "Did you mean `body`?"),
    ("anonymise: {set: {sender_id: $stand_in}}", "anonymise: {set: {sender_id: null, body: $stand_in}}", ERROR,
     f"{TYPES}.message.anonymise.set.body", "`message.body` is text, and `person.id` is bigint"),
    ("    key: [thread_id, person_id]", "    key: thread_id", ERROR,
     f"{TYPES}.membership.key", "Its unique keys are [thread_id, person_id]"),
    ("  key: id\n", "  key: school_id\n", ERROR, "subject.key", "no unique index says"),
    ("match: {course_id: id}", "match: {course_id: title}", ERROR,
     f"{TYPES}.enrolment.fields.course.lookup.match", "names one row of `course`"),
    ("match: {course_id: id}", "match: {course_id: title}", ERROR,
     f"{TYPES}.enrolment.fields.course.lookup.match.course_id", "is bigint, and `course.title` is text"),
    ("where: {is: {kind: personal}}\n", "where: {is: {kind: 1}}\n", ERROR,
     f"{TYPES}.event_personal.where.is.kind", "write it in quotes"),
    ("where: {is: {is_stand_in: false}}", "where: {is: {is_stand_in: no}}", ERROR,
     "subject.where.is.is_stand_in", "`no` is no boolean"),
    ("where: {is: {is_stand_in: false}}", 'where: {is: {school_id: "7"}}', ERROR,
     "subject.where.is.school_id", "write it without quotes"),
    ("where: {is: {is_stand_in: false}}", "where: {is: {school_id: 1.5}}", ERROR,
     "subject.where.is.school_id", "`1.5` is no bigint"),
    ("full_name: Somebody", f"full_name: {'x' * 41}", ERROR,
     "subject.stand_in.set.full_name", "longer than character varying(40)"),
    ("full_name: Somebody", "full_name: null", ERROR,
     "subject.stand_in.set.full_name", "may not be null"),
    ("login: {set: {active: false}}", "login: {set: {active: 0}}", ERROR,
     "subject.login.set.active", "`0` is no boolean"),
    ("    hide: {set: {is_hidden: true}}\n    roles:\n      student",
     "    hide: {blank: [value, student_id]}\n    roles:\n      student", ERROR,
     f"{TYPES}.grade.hide.blank", "cannot be emptied"),
    ("set: {email: null}, until", "set: {id: 0}, until", ERROR,
     f"{TYPES}.person.erasure[0].set.id", "a constant is set into [id]"),
    ("    anonymise: {set: {sender_id: $stand_in}}", "    anonymise: {set: {sender_id: $stand_in, id: 1}}",
     ERROR, f"{TYPES}.message.anonymise.set.id", "values must differ"),
    ("joined_at: {title: Joined}\n    hide: {set: {is_hidden: true}}",
     "joined_at: {title: Joined}\n    hide: {set: {person_id: $stand_in}}", WARNING,
     f"{TYPES}.membership.hide.set.person_id", "into part of [thread_id, person_id]"),
    ("      assessor:\n        column: teacher_id\n", "      assessor:\n        column: student_id\n", UNCOVERED,
     f"{TYPES}.grade.roles", "`grade.teacher_id` refers to `person`"),
    ("record_types:\n", 'references: {"message.thread": "thread_member.thread_id"}\nrecord_types:\n', ERROR,
     "references.message.thread", "Did you mean `thread_id`?"),
    ("record_types:\n", 'references: {"message.thread_id": "thread.id"}\nrecord_types:\n', ERROR,
     "references.message.thread_id", "no table `thread`"),
    ("record_types:\n", 'references: {"mesage.thread_id": "course.id"}\nrecord_types:\n', ERROR,
     "references.mesage.thread_id", "Did you mean `message`?"),
    ("record_types:\n", 'references: {"message.body": "course.id"}\nrecord_types:\n', ERROR,
     "references.message.body", "`message.body` is text, and `course.id` is bigint"),
    ("record_types:\n", 'references: {"message.thread_id": "person.id"}\nrecord_types:\n', UNCOVERED,
     f"{TYPES}.message.roles", "`message.thread_id` refers to `person`"),
    ("  display:", "  created: made_at\n  display:", ERROR, "subject.created", "no column `made_at`"),
    ("  display:", "  created: email\n  display:", ERROR, "subject.created", "which moment it was"),
    ('referred_to_by: ["*_person"]', 'referred_to_by: ["*_persona"]', WARNING,
     "subject.referred_to_by[0]", "no column is named like"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "severity", "path", "words"),
    OF_THE_MAP,
    ids=[f"{case[3]}-{case[4]}" for case in OF_THE_MAP],
)
def test_what_the_map_says_and_the_database_does_not_is_named(
    old: str, new: str, severity: Severity, path: str, words: str
) -> None:
    text = with_change(old, new)
    found = told(new_findings(text), severity, path, words)
    assert len(found) == 1, new_findings(text)
    key = path.rsplit(".", 1)[-1].split("[", maxsplit=1)[0]
    assert key in text.splitlines()[found[0].line - 1]


OF_THE_DATABASE = [
    # the catalogue, severity, where it is found, what is said
    pytest.param(
        with_change_of("message", add="sender_id:text"), ERROR, f"{TYPES}.message.roles.author.column",
        "`message.sender_id` is text, and `person.id` is bigint", id="a role of another type",
    ),
    pytest.param(
        with_change_of("thread_member", add="thread_id:uuid!"), ERROR,
        f"{TYPES}.message.roles.recipient.match.thread_id",
        "`message.thread_id` is bigint, and `thread_member.thread_id` is uuid", id="a join of two types",
    ),
    pytest.param(
        with_change_of("message", indexes=(("id",), ("thread_id",))), WARNING,
        f"{TYPES}.message.roles.author.column", "CREATE INDEX ON message (sender_id)",
        id="a role without an index",
    ),
    pytest.param(
        with_change_of("message", indexes=(("id",), ("is_hidden", "sender_id"), ("thread_id",))), WARNING,
        f"{TYPES}.message.roles.author.column", "no index of `message` leads to `sender_id`",
        id="a role in the second place of an index",
    ),
    pytest.param(
        with_change_of("message", indexes=(("id",), ("sender_id",))), WARNING,
        f"{TYPES}.message.roles.recipient.match", "leads to `thread_id`", id="a join without an index",
    ),
    pytest.param(
        with_change_of("person", indexes=(("id",), ("school_id", "number"))), WARNING,
        "subject.identifiers.email", "CREATE INDEX ON person (lower(email))",
        id="an identifier without an index on its lower case",
    ),
    pytest.param(
        with_change_of("person", indexes=(("id",), ("school_id", ""), ("active", "number"))), WARNING,
        "subject.identifiers.number", "leads to `number`", id="an identifier without an index",
    ),
    pytest.param(
        with_change_of("thread_member", indexes=(("person_id",),)), WARNING,
        "audiences.thread.match", "leads to `thread_id`", id="an audience without an index",
    ),
    pytest.param(
        with_table(table("badge", "id:int8! holder:int8", references={"holder": "person"})), UNCOVERED,
        TYPES, "`badge.holder` refers to `person`, and the table is in no record type",
        id="a foreign key in no record type",
    ),
    pytest.param(
        with_table(table("badge", "id:int8! message_id:int8", references={"message_id": "message ON DELETE CASCADE"})),
        ERROR, f"{TYPES}.message.roles.author.erasure",
        "rows of `badge.message_id` would be deleted with `message`, unseen", id="a cascade out of sight",
    ),
    pytest.param(
        with_table(table("badge", "id:int8! message_id:int8", references={"message_id": "message ON DELETE SET NULL"})),
        ERROR, f"{TYPES}.message.roles.author.erasure",
        "would lose the reference with `message`, unseen", id="a reference lost out of sight",
    ),
    pytest.param(
        with_table(table("grade", "id:int8! student_id:int8! teacher_id:int8 value:numeric is_hidden:bool!",
                         unique=["id"], indexes=["student_id", "teacher_id"],
                         references={"id": "message ON DELETE CASCADE"})),
        ERROR, f"{TYPES}.message.roles.author.erasure", "They may be another person's",
        id="a cascade into other persons' records",
    ),
    pytest.param(
        with_change_of("message", add="parent_id:int8",
                       foreign_keys=(ForeignKey("k", ("parent_id",), "message", ("id",), "CASCADE"),)),
        ERROR, f"{TYPES}.message.roles.author.erasure",
        "rows of `message.parent_id` would be deleted with the rows of the table that they refer to",
        id="a cascade within a table",
    ),
    pytest.param(
        with_change_of("message", triggers=("keep_history",)), WARNING, f"{TYPES}.message.table",
        "sets off `keep_history`", id="a trigger",
    ),
    pytest.param(
        with_change_of("message", triggers=("keep_history",)), WARNING, f"{TYPES}.message.table",
        "GRANT SET ON PARAMETER session_replication_role", id="a trigger that a lift sets off",
    ),
    pytest.param(
        with_change_of("message", add="id:int8"), ERROR, f"{TYPES}.message", "`id` may be null",
        id="a key that may be null",
    ),
    pytest.param(
        with_table(table("badge", "id:int8! message_id:int8", references={"message_id": "message"})),
        WARNING, f"{TYPES}.message", "rows of `badge.message_id` may still refer to rows of `message`",
        id="a reference that nobody lets go of",
    ),
    pytest.param(
        with_table(table("badge", "id:int8! message_id:int8", references={"message_id": "message ON DELETE RESTRICT"})),
        WARNING, f"{TYPES}.message", "`badge.message_id` may still refer",
        id="a reference that refuses",
    ),
    pytest.param(
        with_change_of("person", foreign_keys=(ForeignKey("k", ("number",), "message", ("id",), "NO ACTION"),)),
        WARNING, f"{TYPES}.message", "`person.number` may still refer",
        id="a reference from the person, whose row goes last",
    ),
    pytest.param(
        with_tables(
            with_change_of("message", foreign_keys=(ForeignKey("k", ("thread_id",), "material", ("id",), "NO ACTION"),)),
            with_change_of("material", foreign_keys=(ForeignKey("k", ("course_id",), "message", ("id",), "NO ACTION"),)),
        ),
        ERROR, TYPES, "record types refer to each other in a circle", id="a circle of references",
    ),
    pytest.param(
        with_change_of("message", is_table=False, unique_keys=(), indexes=()), WARNING,
        f"{TYPES}.message", "`message` is a view", id="a view without a key",
    ),
    pytest.param(
        with_change_of("message", unique_keys=()), ERROR, f"{TYPES}.message",
        "Add a unique index to the table", id="a table without a key",
    ),
    pytest.param(
        replace(SOUND_CATALOGUE, tables={}), ERROR, "sources.lms", "holds no tables", id="an empty schema",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("catalogue", "severity", "path", "words"), OF_THE_DATABASE)
def test_what_the_database_has_and_the_map_does_not_say_is_named(
    catalogue: Catalogue, severity: Severity, path: str, words: str
) -> None:
    found = new_findings(SOUND, catalogue)
    assert len(told(found, severity, path, words)) == 1, found


def test_a_cascade_is_followed_to_its_end() -> None:
    first = table(
        "reply", "id:int8! message_id:int8", references={"message_id": "message ON DELETE CASCADE"}
    )
    second = table(
        "reply_mark", "id:int8! reply_id:int8", references={"reply_id": "reply ON DELETE CASCADE"}
    )
    catalogue = replace(
        with_table(first), tables={**with_table(first).tables, "reply_mark": second}
    )
    details = [one.detail for one in new_findings(SOUND, catalogue)]
    assert any("`reply_mark.reply_id` would be deleted with `reply`" in one for one in details)


def test_a_subject_that_cascades_into_its_own_records_is_no_surprise() -> None:
    key = ForeignKey("k", ("student_id",), "person", ("id",), "CASCADE")
    assert new_findings(SOUND, with_change_of("grade", foreign_keys=(key,))) == []


def test_a_column_that_is_missing_is_told_once_at_its_place() -> None:
    found = new_findings(SOUND, without_column("message", "sender_id"))
    assert {one.path for one in found} == {
        "record_types.message.anonymise.set.sender_id",
        "record_types.message.roles.author.column",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "record_types:\n",
            "record_types:\n  mark: {category: internal_logic, title: x, table: audit_mark,"
            " holds_nothing: it is a number}\n",
            id="by a record type that holds nothing",
        ),
        pytest.param(
            "record_types:\n",
            "record_types:\n  mark: {category: internal_logic, title: x, table: audit_mark,"
            " restriction: keep, erasure: delete, roles: {seen: {via: person, match: {seen_person: id}}}}\n",
            id="by a role via the person",
        ),
    ],
)
def test_a_column_is_covered(old: str, new: str) -> None:
    findings = check_live(read(with_change(old, new)), SOUND_CATALOGUE)
    assert [one for one in findings if one.severity is UNCOVERED] == []


def test_an_index_may_begin_with_what_every_look_holds_fixed() -> None:
    indexes = (("id",), ("kind", "owner_id"))
    found = new_findings(SOUND, with_change_of("event", indexes=indexes))
    # The shared events are those that are *not* of a kind: nothing is fixed for them.
    assert [one.path for one in found] == ["record_types.event_shared.roles.owner.column"]


def test_a_column_that_ignores_case_by_itself_needs_no_expression() -> None:
    catalogue = with_change_of(
        "person", add="email:citext", indexes=(("id",), ("email",), ("school_id", "number"))
    )
    assert new_findings(SOUND, catalogue) == []


@pytest.mark.parametrize("created", ["made_at:timestamptz", "made_at:int8!"])
def test_a_moment_of_creation_is_a_time_with_a_zone_or_a_number_of_seconds(created: str) -> None:
    text = with_change("  display:", "  created: made_at\n  display:")
    assert new_findings(text, with_change_of("person", add=created)) == []


def test_a_container_that_the_map_says_a_column_refers_to_is_followed() -> None:
    text = with_change("container_gone: course_id", "container_gone: number.course_id")
    text = with_change(
        "record_types:\n",
        'references: {"material.number": "enrolment.id"}\nrecord_types:\n',
        text,
    )
    bare = with_change_of("material", add="number:int8")
    assert new_findings(text, bare) == []


def test_columns_named_in_views_are_not_asked_for() -> None:
    view = replace(table("people_seen", "old_person:int8"), is_table=False)
    assert new_findings(SOUND, with_table(view)) == []


def test_another_source_is_checked_for_its_own_record_types_only() -> None:
    text = with_change(
        "  uploads: {kind: files", "  other: {kind: sql, url: x}\n  uploads: {kind: files"
    )
    text = with_change(
        "record_types:\n",
        "record_types:\n  mark: {category: internal_logic, title: x, table: mark, source: other,"
        " roles: {seen: {column: sean, restriction: keep, erasure: delete}}}\n",
        text,
    )
    catalogue = Catalogue("public", {"mark": table("mark", "id:int8! seen:text", unique=["id"])})
    (found,) = check_live(read(text), catalogue, "other")
    assert (found.path, found.remedy) == (
        "record_types.mark.roles.seen.column", "Did you mean `seen`?",
    )  # fmt: skip
    assert new_findings(text) == []


def test_a_text_with_the_person_s_own_key_is_no_constant() -> None:
    catalogue = with_change_of("person", unique_keys=(("id",), ("email",)))
    place = f"{TYPES}.person.erasure[0].set.email"
    constant = SOUND.replace("set: {email: null}", "set: {email: erased}")
    own = SOUND.replace("set: {email: null}", "set: {email: erased-$key}")
    assert told(new_findings(constant, catalogue), ERROR, place, "a constant is set into [email]")
    assert [one for one in new_findings(own, catalogue) if one.path == place] == []

"""A map that the engine would carry out wrongly is refused, with its place and a remedy."""

import pytest

from app.datamap.check import check
from app.datamap.findings import Finding, Severity
from app.datamap.read import read
from tests.fixtures.data_maps import SOUND, with_change

TYPES = "record_types"
LOGIN = "subject.login.set.active"
PERSON = "    table: person\n    purposes"
ERASED = (
    "      - {when: {named_by_kept: true}, effect: anonymise, set: {email: null},"
    " until: {not: {named_by_kept: true}}, then: delete}\n"
)
THREAD = "  thread: {table: thread_member,"
UNTIL = "until: {nobody_left: thread}, then: delete}"
ANONYMISED = "    anonymise: {set: {sender_id: $stand_in}}\n"
MESSAGES = "    table: message\n"
BOTH = """\
        column: sender_id
        restriction: anonymise
        erasure:
          - {when: {nobody_left: thread}, effect: delete}
          - {effect: anonymise, until: {nobody_left: thread}, then: delete}
      recipient:
"""
TWO_ROLES = """\
        column: sender_id
        restriction: {effect: anonymise, set: {sender_id: $stand_in}}
        erasure: {effect: anonymise, set: {sender_id: $stand_in}}
      editor:
        column: editor_id
        restriction: keep
        erasure: {effect: anonymise, set: {editor_id: $stand_in, sender_id: $stand_in}}
      recipient:
"""
GOES_BEFORE = """\
        column: sender_id
        restriction: keep
        erasure: {effect: anonymise, set: {sender_id: $stand_in, editor_id: $stand_in}}
      editor:
        column: editor_id
        restriction: keep
        erasure: {effect: anonymise, set: {editor_id: null}}
      recipient:
"""
GRADE = "    table: grade\n"
GRADE_ROLES = SOUND[
    SOUND.index("      student: {column: student_id,") : SOUND.index("  setting:\n")
]
PARTY = "        third_party: [body]\n"
RECIPIENT = "        third_party: [body]\n        restriction: keep\n"
HIDDEN = "        restriction: hide\n"

CASES = [
    # what it was, what it is now, where it is found, what is said
    pytest.param(
        PERSON, "    table: person\n    where: {is: {active: true}}\n    purposes", LOGIN,
        "`record_types.person.where` looks at `active`", id="log-in: the record type",
    ),
    pytest.param(
        PERSON, "    table: person\n    where: {not: {is: {active: false}}}\n    purposes", LOGIN,
        "Block the log-in by another column", id="log-in: the record type, denied",
    ),
    pytest.param(
        "    hide: {set: {active: false}}\n",
        "    hide: {set: {email: null}}\n    roles: {self: {column: id, where: {is: {active: true}}}}\n", LOGIN,
        "`record_types.person.roles.self.where`", id="log-in: a role",
    ),
    pytest.param(
        ERASED, "      - {when: {is: {active: true}}, effect: delete}\n", LOGIN,
        "`record_types.person.erasure[0].when` looks at `active`", id="log-in: a rule",
    ),
    pytest.param(
        "{when: {named_by_kept: true}, effect: anonymise, set",
        "{when: {named_by_kept: true, not: {is: {active: false}}}, effect: anonymise, set", LOGIN,
        "`record_types.person.erasure[0].when`", id="log-in: a rule, denied within others",
    ),
    pytest.param(
        THREAD, "  staff: {table: person, match: {id: id}, person: id, where: {is: {active: true}}}\n" + THREAD,
        LOGIN, "`audiences.staff.where` looks at `active`", id="log-in: an audience",
    ),
    pytest.param(
        THREAD, "  staff: {table: person, match: {id: active}, person: id}\n" + THREAD,
        LOGIN, "`audiences.staff` looks at `active`", id="log-in: how an audience is found",
    ),
    pytest.param(
        THREAD, "  staff: {table: person, match: {id: id}, person: active}\n" + THREAD,
        LOGIN, "`audiences.staff` looks at `active`", id="log-in: whom an audience names",
    ),
    pytest.param(
        "    restriction: hide\n    erasure:\n      - {when: {named_by_kept: true}, effect: anonymise",
        "    restriction: [{when: {shared: anyone}, effect: hide}, {effect: keep}]\n"
        "    erasure:\n      - {when: {named_by_kept: true}, effect: anonymise", LOGIN,
        "`record_types.person.restriction[0].when`", id="log-in: whom everyone is",
    ),
    pytest.param(
        ERASED, "      - {effect: keep, until: {person_gone: active}, then: delete, because: x}\n", LOGIN,
        "`record_types.person.erasure[0].until`", id="log-in: what is waited for",
    ),
    pytest.param(
        "      student: {column: student_id,", "      student: {via: person, match: {student_id: active},", LOGIN,
        "`record_types.grade.roles.student` looks at `active`", id="log-in: whom a record names",
    ),
    pytest.param(
        "  controller: school_id\n", "  controller: active\n", LOGIN,
        "`subject.controller` looks at `active`", id="log-in: whose person it is",
    ),
    pytest.param(
        "until: {not: {named_by_kept: true}}", "until: {container_gone: household_id}",
        f"{TYPES}.person.erasure[0].until", "a person's row waits only until nothing names it",
        id="person's row: a container",
    ),
    pytest.param(
        "until: {not: {named_by_kept: true}}", "until: {not: {named_by_kept: true}, person_gone: email}",
        f"{TYPES}.person.erasure[0].until", "Write `until: {not: {named_by_kept: true}}`",
        id="person's row: something besides",
    ),
    pytest.param(
        "    hide: {set: {active: false}}\n",
        "    hide: {set: {active: false}}\n    roles: {self: {column: id}, parent: {column: parent_id}}\n",
        f"{TYPES}.person.roles.parent", "waits in the role by `id` alone", id="person's row: another role",
    ),
    pytest.param(
        "  where: {is: {is_stand_in: false}}\n", "", "subject.stand_in",
        "the stand-in may be taken for a person", id="stand-in: no `where`",
    ),
    pytest.param(
        "  where: {is: {is_stand_in: false}}\n", "  where: {not: {is: {full_name: Nobody}}}\n",
        "subject.stand_in", "Set a column that `subject.where` asks for", id="stand-in: a `where` for others",
    ),
    pytest.param(
        "set: {email: null}, until", "set: {is_stand_in: true}, until", f"{TYPES}.person.erasure[0]",
        "may be taken for the stand-in", id="stand-in: whom an erasure leaves",
    ),
    pytest.param(
        MESSAGES, MESSAGES + "    where: {is: {is_draft: false}}\n",
        None, "", id="restriction: another column than the record type's",
    ),
    pytest.param(
        GRADE, GRADE + "    where: {is: {is_hidden: false}}\n", f"{TYPES}.grade.roles.student.restriction",
        "changes `is_hidden`, by which the record type tells its records", id="restriction: the record type",
    ),
    pytest.param(
        "column: student_id,", "column: student_id, where: {is: {is_hidden: false}},",
        None, "", id="restriction: its own role, in which it names nobody else",
    ),
    pytest.param(
        RECIPIENT, PARTY + "        where: {not: {is: {is_hidden: true}}}\n" + HIDDEN,
        f"{TYPES}.message.roles.recipient.restriction", "by which the role `recipient` is told",
        id="restriction: its own role, in which it names several",
    ),
    pytest.param(
        RECIPIENT, PARTY + "        where: {not: {is: {is_hidden: false, body: x}}}\n" + HIDDEN,
        None, "", id="restriction: its own role, which it does not leave",
    ),
    pytest.param(
        RECIPIENT, PARTY + "        where: {is: {is_hidden: [true, false]}}\n" + HIDDEN,
        None, "", id="restriction: its own role, which holds either value",
    ),
    pytest.param(
        GRADE_ROLES, GRADE_ROLES.replace("column: student_id,", "column: student_id, where: {is: {kind: oral}},").replace(
        "column: teacher_id\n", "column: teacher_id\n        where: {is: {kind: written, is_hidden: false}}\n"),
        None, "", id="restriction: another's role, which no such record has",
    ),
    pytest.param(
        GRADE_ROLES, GRADE_ROLES.replace("{column: student_id,", "{via: event_personal, match: {event_id: id},").replace(
        "column: teacher_id\n", "via: event_shared\n        match: {event_id: id}\n        where: {is: {is_hidden: false}}\n"),
        None, "", id="restriction: another's role, where what leads to it is another",
    ),
    pytest.param(
        "        column: teacher_id\n", "        column: teacher_id\n        where: {is: {is_hidden: false}}\n",
        f"{TYPES}.grade.roles.student.restriction", "by which the role `assessor` is told",
        id="restriction: another's role",
    ),
    pytest.param(
        "    where: {not: {is: {kind: personal}}}\n", "    where: {is: {kind: [shared, old]}}\n",
        None, "", id="restriction: nothing of the kind",
    ),
    pytest.param(
        ANONYMISED, "    where: {is: {is_anonymous: false}}\n"
        "    anonymise: {set: {sender_id: $stand_in, is_anonymous: true}}\n",
        f"{TYPES}.message.roles.author.erasure[1]",
        "changes `is_anonymous`, by which the record type tells its records", id="deferral: the record type",
    ),
    pytest.param(
        "{effect: anonymise, until: {nobody_left: thread}, then: delete}",
        "{effect: anonymise, set: {sender_id: $stand_in, thread_id: 0}, until: {nobody_left: thread}, then: delete}",
        f"{TYPES}.message.roles.author.erasure[1]", "changes `thread_id`, by which what waits is found again",
        id="deferral: what is remembered",
    ),
    pytest.param(
        "{effect: anonymise, until: {nobody_left: thread}, then: delete}",
        "{when: {is: {body: x}}, effect: anonymise, set: {sender_id: $stand_in, body: gone},"
        " until: {nobody_left: thread}, then: delete}\n          - {effect: delete}",
        f"{TYPES}.message.roles.author.erasure[1]", "changes `body`, by which its rule is told",
        id="deferral: its own rule",
    ),
    pytest.param(
        ANONYMISED + "    hide: {set: {is_hidden: true}}\n    roles:\n      author:\n",
        "    anonymise: {set: {sender_id: $stand_in, body: gone}}\n    hide: {set: {is_hidden: true}}\n"
        "    roles:\n      author:\n        where: {is: {body: x}}\n",
        f"{TYPES}.message.roles.author.erasure[1]", "changes `body`, by which its role is told",
        id="deferral: its own role",
    ),
    pytest.param(
        "{when: {is: {scope: library}}, effect: anonymise}\n"
        "          - {effect: anonymise, until",
        "{when: {not: {is: {scope: course}}}, effect: anonymise}\n"
        "          - {effect: anonymise, set: {owner_id: $stand_in, scope: library}, until",
        f"{TYPES}.material.roles.owner.erasure[1]", "changes `scope`, by which its rule is told",
        id="deferral: an earlier rule",
    ),
    pytest.param(
        "{when: {nobody_left: thread}, effect: delete}",
        "{when: {nobody_left: thread, is: {sender_id: 0}}, effect: delete}",
        None, "", id="deferral: an earlier rule that nothing remembers",
    ),
    pytest.param(
        BOTH, TWO_ROLES, f"{TYPES}.message.roles.author.erasure",
        "the anonymised record still names the subject in `editor_id`", id="anonymity: another role",
    ),
    pytest.param(
        BOTH, TWO_ROLES.replace("restriction: keep", "restriction: [{when: {is: {body: x}},"
        " effect: anonymise, set: {sender_id: null, editor_id: null}}, {effect: keep}]"),
        f"{TYPES}.message.roles.author.restriction", "Set `editor_id` too: to `$stand_in` or null",
        id="anonymity: another role, in a restriction",
    ),
    pytest.param(
        BOTH, TWO_ROLES.replace("erasure: {effect: anonymise, set: {sender_id: $stand_in}}",
        "erasure: {effect: anonymise, set: {editor_id: $stand_in, sender_id: $stand_in}}"),
        None, "", id="anonymity: both roles, and one that is kept",
    ),
    pytest.param(
        BOTH, GOES_BEFORE, None, "", id="anonymity: another role, which goes before",
    ),
    pytest.param(
        BOTH, GOES_BEFORE.replace("column: sender_id", "column: sender_id\n        where: {is: {body: x}}"),
        f"{TYPES}.message.roles.editor.erasure", "still names the subject in `sender_id`",
        id="anonymity: another role, which goes before with some records only",
    ),
]  # fmt: skip


def refused(text: str) -> list[Finding]:
    """Give the errors of a map, to which an audience of everyone who may log in is added."""
    anyone = "  anyone: {any: [{everyone: {is: {active: true}}}]}\n"
    found = check(read(with_change("audiences:\n", "audiences:\n" + anyone, text)))
    return [one for one in found if one.severity is Severity.ERROR]


@pytest.mark.parametrize(("old", "new", "path", "words"), CASES)
def test_what_the_engine_would_carry_out_wrongly_is_refused(
    old: str, new: str, path: str | None, words: str
) -> None:
    found = refused(with_change(old, new))
    if path is None:
        assert found == []
        return
    matching = [one for one in found if one.path == path and words in f"{one.detail}. {one.remedy}"]
    assert len(matching) == 1, found


def test_nothing_of_the_sound_map_is_refused() -> None:
    assert refused(SOUND) == []

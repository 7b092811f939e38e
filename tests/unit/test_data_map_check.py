"""What a data map says of itself holds together."""

import pytest

from app.datamap.check import check
from app.datamap.findings import Severity
from app.datamap.read import read
from tests.fixtures.data_maps import SOUND, line_of, with_change

ERROR, WARNING = Severity.ERROR, Severity.WARNING
TYPES = "record_types"

MEMBERSHIP = SOUND[SOUND.index("    key: [thread_id") : SOUND.index("    roles:\n      member")]
WITHOUT_KEY = MEMBERSHIP.replace("    key: [thread_id, person_id]\n", "")

CASES = [
    # what it was, what it is now, severity, where it is found, what is said
    ("  source: lms\n", "  source: lmz\n", ERROR, "subject.source", "Did you mean `lms`?"),
    ("  source: lms\n", "  source: uploads\n", ERROR, "subject.source", "no SQL database"),
    ('url: "${LMS_URL}"', 'url: "postgresql://u:p@elsewhere/${HABEAS_KEYS}"', ERROR, "sources.lms.url",
     "asks for HABEAS_KEYS, which no source gets"),
    ('url: "${UPLOADS_URL}"', 'url: "${PGPASSWORD}/${pgHost}"', ERROR, "sources.uploads.url",
     "asks for PGPASSWORD, pgHost, which no source gets"),
    ("    table: setting\n", "    table: setting\n    source: elsewhere\n", ERROR,
     f"{TYPES}.setting.source", "no source `elsewhere`"),
    ("    table: setting\n", "    table: setting\n    source: uploads\n", ERROR,
     f"{TYPES}.setting.source", "holds uploads, not records"),
    ("    title: Grades\n    table: grade\n    purposes: [teaching]",
     "    title: Grades\n    table: grade\n    purposes: [teachin]", ERROR,
     f"{TYPES}.grade.purposes[0]", "Did you mean `teaching`?"),
    ("only_subject: everybody", "only_subject: everyone", ERROR,
     f"{TYPES}.material.roles.owner.restriction[0].when.only_subject", "Did you mean `everybody`?"),
    ("until: {not: {named_by_kept: true}}", "until: {not: {shared: nobody}}", ERROR,
     f"{TYPES}.person.erasure[0].until.not.shared", "no audience `nobody`"),
    ("any: [course,", "any: [curse,", ERROR, "audiences.everybody.any[0]", "`course`?"),
    ("any: [course,", "any: [everybody,", ERROR, "audiences.everybody.any", "contains itself"),
    ("via: membership", "via: memberships", ERROR,
     f"{TYPES}.message.roles.recipient.via", "Did you mean `membership`?"),
    ("via_roles: [member]", "via_roles: [owner]", ERROR,
     f"{TYPES}.message.roles.recipient.via_roles[0]", "no role `owner`"),
    ("via_roles: [member]", "via_roles: []", ERROR,
     f"{TYPES}.message.roles.recipient.via_roles", "says nothing"),
    ("match: {thread_id: thread_id}\n        third", "match: {}\n        third", ERROR,
     f"{TYPES}.message.roles.recipient.match", "names no columns"),
    ("via: membership\n        via_roles: [member]", "via: message", ERROR,
     f"{TYPES}.message.roles.recipient.via", "message.recipient → message.recipient"),
    ("      member: {column: person_id, restriction",
     "      member: {via: message, match: {thread_id: thread_id}, restriction", ERROR,
     f"{TYPES}.membership.roles.member.via",
     "membership.member → message.recipient → membership.member"),
    ("    title: Your part in threads\n", "    title: Your part in threads\n    source: other\n",
     ERROR, f"{TYPES}.message.roles.recipient.via", "another source"),
    ("third_party: [body]", "third_party: [bodi]", ERROR,
     f"{TYPES}.message.roles.recipient.third_party[0]", "Did you mean `body`?"),
    ("provided_by_subject: [author]", "provided_by_subject: [auther]", ERROR,
     f"{TYPES}.message.fields.body.provided_by_subject[0]", "Did you mean `author`?"),
    ("file: {source: uploads,", "file: {source: lms,", ERROR,
     f"{TYPES}.message.fields.attachment.file.source", "no file store"),
    ('path: "{0:2}/{}"', 'path: "{0:2/{}"', ERROR,
     f"{TYPES}.message.fields.attachment.file.path", "where the field's value goes"),
    ('path: "{0:2}/{}"', 'path: "uploads"', ERROR,
     f"{TYPES}.message.fields.attachment.file.path", "where the field's value goes"),
    ('path: "{0:2}/{}"', 'path: "../{}"', ERROR,
     f"{TYPES}.message.fields.attachment.file.path", "leaves the file store"),
    ("      value: {title: Grade}", "      value: {title: Grade, internal: true, third_party: true}",
     ERROR, f"{TYPES}.grade.fields.value.third_party", "never exported"),
    ("    hide: {remove: true}\n",
     "    hide: {remove: true}\n    fields: {name: {title: Name, provided_by_subject: true}}\n",
     ERROR, f"{TYPES}.setting.fields.name.provided_by_subject", "internal logic is never exported"),
    ("    hide: {remove: true}\n    roles:\n      owner: {column: person_id, restriction: hide, erasure: delete}\n",
     "", ERROR, f"{TYPES}.setting", "it has no role"),
    ("    title: Your courses\n", "    title: Your courses\n    holds_nothing: because\n", ERROR,
     f"{TYPES}.enrolment.fields", "names fields"),
    ("student: {column: student_id, restriction: hide, erasure", "student: {column: student_id, erasure",
     ERROR, f"{TYPES}.grade.roles.student", "no rule for it"),
    ("student: {column: student_id, restriction: hide, erasure",
     "student: {column: student_id, restriction: [], erasure",
     ERROR, f"{TYPES}.grade.roles.student.restriction", "there is no rule"),
    ("          - {effect: anonymise, until: {container_gone: course_id}, then: delete}",
     "          - {when: {is: {scope: course}}, effect: anonymise, until: {container_gone: course_id}, then: delete}",
     ERROR, f"{TYPES}.material.roles.owner.erasure[1]", "the last rule has a condition"),
    ("          - {when: {is: {scope: library}}, effect: anonymise}", "          - {effect: anonymise}",
     ERROR, f"{TYPES}.material.roles.owner.erasure[1]", "no record reaches this rule"),
    ("student: {column: student_id, restriction: hide", "student: {column: student_id, restriction: delete",
     ERROR, f"{TYPES}.grade.roles.student.restriction", "no effect of restriction"),
    ("hide, erasure: delete}\n      assessor", "hide, erasure: hide}\n      assessor",
     ERROR, f"{TYPES}.grade.roles.student.erasure", "no effect of erasure"),
    ("{effect: anonymise, until: {nobody_left: thread}, then: delete}",
     "{effect: anonymise, until: {nobody_left: thread}, then: hide}",
     ERROR, f"{TYPES}.message.roles.author.erasure[1].then", "not stronger than `anonymise`"),
    ("          - {when: {only_subject: everybody}, effect: hide}",
     "          - {when: {only_subject: everybody}, effect: keep, until: {shared: course}, then: hide, because: x}",
     ERROR, f"{TYPES}.material.roles.owner.restriction[0].until", "ends when it is lifted"),
    ("erasure: {effect: keep, because: it is theirs, article", "erasure: {effect: keep, article",
     ERROR, f"{TYPES}.message.roles.recipient.erasure", "keeps says because"),
    ("          - {when: {is: {scope: library}}, effect: anonymise}",
     '          - {when: {is: {scope: library}}, effect: anonymise, article: "17(3)(d)"}',
     ERROR, f"{TYPES}.material.roles.owner.erasure[0].article", "for records that are kept"),
    ("    anonymise: {set: {owner_id: $stand_in}}\n    roles:\n      owner: {column: owner_id, restriction: anonymise",
     "    roles:\n      owner: {column: owner_id, restriction: anonymise",
     ERROR, f"{TYPES}.event_shared.roles.owner.restriction", "how a record is changed by `anonymise`"),
    ("    hide: {set: {is_hidden: true}}\n    roles:\n      student",
     "    roles:\n      student",
     ERROR, f"{TYPES}.grade.roles.student.restriction", "how a record is changed by `hide`"),
    ("      - {effect: delete}\n  enrolment", "      - {effect: delete, set: {email: null}}\n  enrolment",
     ERROR, f"{TYPES}.person.erasure[1].set", "says nothing beside `delete`"),
    ("  stand_in: {set: {full_name: Somebody, is_stand_in: true}}\n", "", ERROR,
     f"{TYPES}.message.anonymise.set.sender_id", "describes no stand-in"),
    ("anonymise: {set: {sender_id: $stand_in}}", "anonymise: {set: {sender_id: $nobody}}", ERROR,
     f"{TYPES}.message.anonymise.set.sender_id", "Only `$stand_in` does"),
    ("anonymise: {set: {sender_id: $stand_in}}", "anonymise: {set: {sender_id: $stand_in}, remove: true}",
     ERROR, f"{TYPES}.message.anonymise.remove", "stays where it is"),
    ("login: {set: {active: false}}", "login: {remove: true}", ERROR, "subject.login", "sets columns"),
    ("login: {set: {active: false}}", "login: {set: {active: $stand_in}}", ERROR,
     "subject.login.set.active", "own row cannot refer"),
    ("anonymise: {set: {sender_id: $stand_in}}", "anonymise: {set: {sender_id: $stand_in, body: was $key}}",
     ERROR, f"{TYPES}.message.anonymise.set.body", "the person's own key"),
    ("stand_in: {set: {full_name: Somebody,", "stand_in: {set: {full_name: Nobody $key,", ERROR,
     "subject.stand_in.set.full_name", "the person's own key"),
    ("anonymise: {set: {sender_id: $stand_in}}", "anonymise: {set: {body: gone}}", ERROR,
     f"{TYPES}.message.roles.author.erasure[1]", "still names the subject in `sender_id`"),
    ("    hide: {set: {is_hidden: true}}\n    roles:\n      member",
     "    hide: {set: {joined_at: null}, blank: [person_id]}\n    roles:\n      member", ERROR,
     f"{TYPES}.membership.roles.member.restriction", "part of the record's key"),
    ("{effect: keep, until: {person_gone: student_id}, then: delete, because: it is the student's}",
     "{effect: keep, until: {person_gone: student_id}, then: anonymise, because: x}\n    anonymise: {set: {teacher_id: null, id: 0}}", ERROR,
     f"{TYPES}.grade.roles.assessor.erasure", "it changes `id`, which is part of the record's key"),
    (MEMBERSHIP,
     WITHOUT_KEY.replace("{set: {is_hidden: true}}", "{set: {person_id: null}}"), ERROR,
     f"{TYPES}.membership.roles.member.restriction", "names the persons of the audience `thread`"),
    (MEMBERSHIP,
     WITHOUT_KEY.replace("{set: {is_hidden: true}}", "{remove: true}"), ERROR,
     f"{TYPES}.membership.roles.member.restriction", "by which the audience `thread` is found"),
    ("    anonymise: {set: {owner_id: $stand_in}}\n    hide: {set: {is_hidden: true}}\n    roles:\n      owner:\n",
     "    anonymise: {set: {owner_id: $stand_in, course_id: null}}\n    hide: {set: {is_hidden: true}}\n    roles:\n      owner:\n",
     ERROR, f"{TYPES}.material.roles.owner.restriction[1]", "names a container that rules wait for"),
    (", until: {nobody_left: thread}, then: delete}", ", until: {is: {body: x}}, then: delete}", ERROR,
     f"{TYPES}.message.roles.author.erasure[1].until.is", "Move `is` to `when`"),
    ("until: {not: {named_by_kept: true}}", "until: {not: {named_by_kept: true, is: {email: null}}}", ERROR,
     f"{TYPES}.person.erasure[0].until.not.is", "which nothing remembers"),
    ("until: {nobody_left: thread}", "until: {named_by_kept: false}", ERROR,
     f"{TYPES}.message.roles.author.erasure[1].until.named_by_kept", "record type over `person`"),
    ("    title: Messages\n", "    title: Messages\n    source: other\n", ERROR,
     f"{TYPES}.message.roles.author.erasure[0].when.nobody_left", "who are in the source `lms`"),
    ("    title: Messages\n", "    title: Messages\n    source: other\n", ERROR,
     f"{TYPES}.message.roles.author.erasure[1].until.nobody_left", "decide by `is`"),
    ("    title: Grades\n", "    title: Grades\n    source: other\n", ERROR,
     f"{TYPES}.grade.roles.assessor.erasure.until.person_gone", "`person_gone` asks for persons"),
    ("      value: {title: Grade}\n    hide: {set: {is_hidden: true}}", "      value: {title: Grade}\n    hide: {remove: true}",
     ERROR, f"{TYPES}.grade.hide.remove", "may name several: `student`, `assessor`"),
    ("joined_at: {title: Joined}\n    hide: {set: {is_hidden: true}}", "joined_at: {title: Joined}\n    hide: {remove: true}",
     ERROR, f"{TYPES}.membership.hide.remove", "`message.recipient` is located via rows that are not there"),
    ("joined_at: {title: Joined}\n    hide: {set: {is_hidden: true}}", "joined_at: {title: Joined}\n    hide: {remove: true}",
     ERROR, f"{TYPES}.membership.hide.remove", "in the audience `thread` any more"),
    ("  thread: {table: thread_member,", "  thread: {where: {is: {is_hidden: false}}, table: thread_member,", ERROR,
     f"{TYPES}.membership.roles.member.restriction", "`is_hidden`, by which the audience `thread` tells its members"),
    ("    hide: {set: {active: false}}", "    hide: {set: {is_stand_in: true}}", ERROR,
     f"{TYPES}.person.restriction", "`is_stand_in`, by which `subject.where` tells persons"),
    ("login: {set: {active: false}}", "login: {set: {active: false, is_stand_in: true}}", ERROR,
     "subject.login.set.is_stand_in", "`subject.where` looks at `is_stand_in`"),
    ("      value: {title: Grade}\n    hide: {set: {is_hidden: true}}", "      value: {title: Grade}\n    hide: {set: {student_id: $stand_in}}",
     ERROR, f"{TYPES}.grade.roles.student.restriction", "Who is restricted would count as gone"),
    ("    where: {not: {is: {kind: personal}}}\n", "", ERROR,
     f"{TYPES}.event_shared", "may both claim a row of `event`"),
    ("    where: {not: {is: {kind: personal}}}\n", "    where: {is: {kind: [shared, personal]}}\n",
     ERROR, f"{TYPES}.event_shared.where", "may both claim a row of `event`"),
    ("    where: {not: {is: {kind: personal}}}\n", "    where: {not: {is: {kind: shared}}}\n",
     ERROR, f"{TYPES}.event_shared.where", "may both claim a row of `event`"),
    ("where: {is: {is_stand_in: false}}", "where: {only_subject: course}", ERROR,
     "subject.where.only_subject", "cannot be asked here"),
    ("{everyone: {is: {scope: library}}}", "{everyone: {named_by_kept: true}}", ERROR,
     "audiences.everybody.any[1].everyone.named_by_kept", "cannot be asked here"),
    ("country: DE", "country: US", WARNING, "recipients.hosting", "no safeguard"),
    ("    title: Grades\n    table: grade\n    purposes: [teaching]\n", "    title: Grades\n    table: grade\n",
     WARNING, f"{TYPES}.grade", "it says no purpose"),
    ("    retention: P10Y\n", "", WARNING, f"{TYPES}.grade", "how long it is held"),
    ("automated_decisions: Machines alone decide nothing\n", "", WARNING, "", "machines alone"),
]  # fmt: skip


def test_there_is_nothing_to_say_against_a_sound_map() -> None:
    assert check(read(SOUND)) == []


@pytest.mark.parametrize(
    ("old", "new", "severity", "path", "told"),
    CASES,
    ids=[f"{case[3] or 'top'}-{case[4]}" for case in CASES],
)
def test_what_does_not_hold_together_is_named_with_its_place_and_a_remedy(
    old: str, new: str, severity: Severity, path: str, told: str
) -> None:
    text = with_change(old, new)
    findings = check(read(text))
    matching = [
        one
        for one in findings
        if one.path == path and one.severity is severity and told in f"{one.detail}. {one.remedy}"
    ]
    assert len(matching) == 1, findings
    key = path.rsplit(".", 1)[-1].split("[", maxsplit=1)[0]
    assert matching[0].line == 1 if not path else key in _near(text, matching[0].line), matching


def _near(text: str, line: int) -> str:
    """Give a line and those before it that may hold the list that it is an item of."""
    return "\n".join(text.splitlines()[max(0, line - 4) : line])


def test_findings_stand_in_the_order_of_the_lines() -> None:
    text = with_change("country: DE", "country: US")
    text = with_change("third_party: [body]", "third_party: [x]", text)
    text = with_change("    retention: P10Y\n", "", text)
    lines = [one.line for one in check(read(text))]
    assert lines == sorted(lines)
    assert len(lines) == 3


def test_different_values_of_one_column_share_out_a_table() -> None:
    other = "    where: {is: {kind: [shared, public]}}\n"
    assert check(read(with_change("    where: {not: {is: {kind: personal}}}\n", other))) == []


def test_a_safeguard_answers_for_a_recipient_outside_the_eea() -> None:
    text = with_change("country: DE", "country: US, safeguard: Standard clauses")
    assert check(read(text)) == []


def test_a_map_of_access_alone_needs_no_rules() -> None:
    text = with_change("[access, portability, restriction, erasure]", "[access]")
    text = with_change(
        ", restriction: hide, erasure: delete}\n      assessor", "}\n      assessor", text
    )
    assert check(read(text)) == []


def test_portability_without_provided_fields_is_doubtful() -> None:
    text = with_change(", provided_by_subject: true}", "}")
    text = with_change(", provided_by_subject: [author]}", "}", text)
    (found,) = check(read(text))
    assert (found.severity, found.path, found.line) == (WARNING, "rights", line_of(text, "rights"))


def test_a_table_that_holds_nothing_needs_no_role() -> None:
    start = SOUND.index("  setting:\n")
    text = SOUND[:start] + (
        "  setting: {category: internal_logic, title: Settings, table: setting,"
        " holds_nothing: it is emptied each night}\n"
    )
    assert check(read(text)) == []


def test_a_record_located_by_one_that_holds_nothing_is_not_located() -> None:
    start, stop = SOUND.index("  membership:\n"), SOUND.index("  message:\n")
    text = (
        SOUND[:start]
        + (
            "  membership: {category: communication, title: x, table: thread_member,"
            " holds_nothing: because}\n"
        )
        + SOUND[stop:]
    )
    details = [one.detail for one in check(read(text))]
    assert "`membership` is itself not located" in details


@pytest.mark.parametrize(
    ("where", "findings"),
    [
        pytest.param("{is: {kind: personal}}", 0, id="other rows of the table"),
        pytest.param("{is: {kind: shared}}", 1, id="rows that it changes"),
        pytest.param("{is: {is_hidden: false}}", 1, id="rows of either kind"),
    ],
)
def test_a_restriction_may_change_rows_that_are_in_no_audience(where: str, findings: int) -> None:
    hosts = f"  hosts: {{table: event, match: {{id: id}}, person: owner_id, where: {where}}}\n"
    found = check(read(with_change("audiences:\n", "audiences:\n" + hosts)))
    told = [one for one in found if "persons of the audience `hosts`" in one.detail]
    place = "record_types.event_shared.roles.owner.restriction"
    assert [one.path for one in told] == [place] * findings

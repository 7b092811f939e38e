"""A data map is read whole, or refused with the line, the place and what to do."""

import hashlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.datamap.check import check
from app.datamap.check_live import check_live
from app.datamap.explanations import MOST_TOLD
from app.datamap.findings import DataMapError, Finding
from app.datamap.read import MAX_BYTES, read
from app.datamap.tree import MAX_NODES
from app.domain.errors import Refused
from schemas.vocabulary import Effect
from tests.fixtures.catalogues import SOUND_CATALOGUE
from tests.fixtures.data_maps import SOUND, line_of, with_change

CASES = [
    # what it was, what it is now, where it is found, what is said
    ("habeas: 1", "habeas: 2", "habeas", "must be 1"),
    ("name: school", "name: My School", "name", "lower-case letters"),
    ("name: school", 'name: "a\\0b"', "name", "NUL"),
    ("name: school", "name: school\nname: other", "name", "a second time"),
    ("name: school", "name: school\n1: x", "", "the key `1` is no text"),
    ("name: school", "name: school\n? [a]\n: x", "", "is no text"),
    ("name: school", "name: &a school", "name", "the anchor `&a`"),
    ("name: school", "name: &a school\ntitle: *a", "title", "the alias `*a`"),
    ("name: school", "name: school\n<<: {title: x}", "", "merge keys are not read"),
    ("name: school", "name: !!str school", "name", "the tag"),
    ("name: school", "name: 12", "name", "a number stands where text belongs"),
    ("purposes:\n", "porpoises:\n", "porpoises", "Did you mean `purposes`?"),
    ("    title: Messages\n", "    titel: Messages\n", "record_types.message.titel", "`title`?"),
    ("    title: Messages\n", "", "record_types.message", "`title` is missing"),
    ("    title: Messages\n", '    title: ""\n', "record_types.message.title", "too short"),
    ("category: calendar\n    title: Shared", "category: calender\n    title: Shared",
     "record_types.event_shared.category", "Did you mean `calendar`?"),
    ("country: DE", "country: true", "recipients.hosting.country", "in quotes"),
    ("country: DE", "country: [DE]", "recipients.hosting.country", "a list stands where text"),
    ("retention: P10Y", "retention: 10 years", "record_types.grade.retention", "ISO 8601"),
    ("lawful_basis: public_task", "lawful_basis: fun", "purposes.teaching.lawful_basis",
     "There is `consent`"),
    ("member: {column: person_id, restriction: hide", "member: {column: person_id, restriction: hied",
     "record_types.membership.roles.member.restriction", "Did you mean `hide`?"),
    ("          - {when: {nobody_left: thread}, effect: delete}",
     "          - {whn: {nobody_left: thread}, effect: delete}",
     "record_types.message.roles.author.erasure[0].whn", "Did you mean `when`?"),
    ("then: delete, because: it is the student's", "because: it is the student's",
     "record_types.grade.roles.assessor.erasure", "until and then stand together"),
    ('article: "17(3)(a)"', 'article: "18"',
     "record_types.message.roles.recipient.erasure.article", "`17(3)(a)`"),
    ("where: {is: {kind: personal}}", "where: {is: {kind: {a: b}}}",
     "record_types.event_personal.where.is.kind", "keys with values stands where"),
    ("where: {is: {kind: personal}}", "where: {}",
     "record_types.event_personal.where", "a condition asks something"),
    ("table: thread_member, match", "match", "audiences.thread", "table, match and person"),
    ("{everyone: {is: {scope: library}}}", "{evryone: {is: {scope: library}}}",
     "audiences.everybody.any[1].evryone", "Did you mean `everyone`?"),
    ("display: [full_name, email]", "display: []", "subject.display", "at least one"),
    ("  key: id\n", "  key: 3\n", "subject.key", "a number stands where text belongs"),
    ("  table: person\n  key", '  table: a"b\n  key', "subject.table", "without quotes"),
    ("record_types:\n", "references: {thread_id: thread.id}\nrecord_types:\n", "references.thread_id",
     "Write `table.column`"),
    ("record_types:\n", 'references: {"message.thread_id": thread}\nrecord_types:\n',
     "references.message.thread_id", "Write `table.column`"),
    ("kind: files", "kind: folder", "sources.uploads.kind", "There is `files`, `http`, `sql`"),
    ("  setting:\n", "  Setting:\n", "record_types.Setting", "lower-case letters"),
    ("    hide: {remove: true}\n", "    hide: {}\n", "record_types.setting.hide", "say set, blank"),
    ("    key: [person_id, name]\n", "    key: []\n", "record_types.setting.key", "at least one"),
    ("automated_decisions: Machines alone decide nothing", f"automated_decisions: {'x' * 5000}",
     "automated_decisions", "at most 4000"),
]  # fmt: skip


def findings_of(text: str) -> tuple[Finding, ...]:
    with pytest.raises(DataMapError) as caught:
        read(text)
    return caught.value.findings


@pytest.mark.parametrize(
    ("old", "new", "path", "told"), CASES, ids=[f"{case[2] or 'top'}-{case[3]}" for case in CASES]
)
def test_what_does_not_fit_is_named_with_its_line_its_place_and_a_remedy(
    old: str, new: str, path: str, told: str
) -> None:
    text = with_change(old, new)
    changed_from = line_of(SOUND, old)
    changed_to = changed_from + max(old.count("\n"), new.count("\n"))
    found = [one for one in findings_of(text) if one.path == path]
    assert [one for one in found if told in f"{one.detail}. {one.remedy}"], findings_of(text)
    # A part that is missing is reported where its parent begins.
    parent = path.rsplit(".", 1)[-1].split("[", 1)[0]
    assert all(
        changed_from <= one.line <= changed_to or f"{parent}:" in text.splitlines()[one.line - 1]
        for one in found
        if path
    )


def test_several_faults_are_told_at_once_in_the_order_of_the_lines() -> None:
    text = with_change("habeas: 1", "habeas: 3")
    text = with_change("country: DE", "country: 4", text)
    text = with_change("category: assessments", "category: assesments", text)
    text = with_change("name: school", "name: school\nname: school", text)
    assert [(one.line, one.path) for one in findings_of(text)] == [
        (1, "habeas"),
        (3, "name"),
        (line_of(text, "country: 4"), "recipients.hosting.country"),
        (line_of(text, "assesments"), "record_types.grade.category"),
    ]


def test_the_words_of_yaml_1_1_are_read_as_they_look() -> None:
    text = with_change("country: DE", "country: NO")
    text = with_change(
        "{is: {kind: personal}}}\n    purposes", "{is: {kind: personal}}}\n    purposes", text
    )
    text = with_change(
        "where: {is: {is_stand_in: false}}",
        "where: {is: {a: on, b: 010, c: 12:30, d: 2024-01-31, e: 1e3, f: [1, true, ~], g: -4.5}}",
        text,
    )
    data_map = read(text).data_map
    assert data_map.recipients["hosting"].country == "NO"
    assert data_map.subject.where is not None
    assert data_map.subject.where.is_ == {
        "a": "on", "b": "010", "c": "12:30", "d": "2024-01-31", "e": 1000.0, "f": (1, True, None), "g": -4.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        pytest.param("", 1, "the document is empty", id="nothing"),
        pytest.param("# only this\n", 1, "the document is empty", id="only a comment"),
        pytest.param("a: 1\n---\nb: 2\n", 3, "more than one document", id="two documents"),
        pytest.param("a: [1,\n", 2, "this is no YAML", id="an open bracket"),
        pytest.param("a: 1\n\tb: 2\n", 2, "this is no YAML", id="a tab"),
        pytest.param("\x00", 1, "this is no YAML", id="NUL"),
        pytest.param("a\n\ud800", 2, "half of a surrogate pair", id="half a surrogate pair"),
        pytest.param("[" * 50_000, 1, "nests deeper than", id="deep nesting"),
        pytest.param("- a\n" * MAX_NODES, MAX_NODES, "more than 100,000 keys", id="many items"),
        pytest.param("a" * (MAX_BYTES + 1), 1, "bytes long", id="a long document"),
        pytest.param("[]", 1, "a list stands where keys with values belongs", id="a list"),
        pytest.param("hello", 1, "text stands where keys with values belongs", id="a word"),
    ],
)
def test_what_is_no_document_is_refused(text: str, line: int, told: str) -> None:
    found = findings_of(text)
    assert (found[0].line, told in found[0].detail) == (line, True), found


def test_of_very_many_places_the_first_are_told() -> None:
    found = findings_of("".join(f"k{number}: 1\n" for number in range(40_000)))
    assert len({one.path for one in found}) == MOST_TOLD


def test_no_more_of_a_document_is_read_than_a_data_map_can_need() -> None:
    for text in ("a: 1\n" * MAX_NODES, "".join(f"k{one}: 1\n" for one in range(MAX_NODES // 2))):
        assert any("more than 100,000 keys" in one.detail for one in findings_of(text))


def test_a_bomb_of_aliases_costs_nothing() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert any("alias" in one.detail for one in findings_of("\n".join(lines)))


def test_the_digest_is_of_the_documents_bytes() -> None:
    text = with_change("name: Hosting Ltd", "name: Hosting Ørsted")
    assert read(text).digest == hashlib.sha256(text.encode()).hexdigest()
    assert read(text + "\n").digest != read(text).digest


def test_short_forms_are_read_as_the_long_ones() -> None:
    data_map = read(SOUND).data_map
    assert data_map.record_types["person"].roles["self"].column == "id"
    erasure = data_map.record_types["grade"].roles["student"].erasure
    assert erasure is not None
    assert [rule.effect for rule in erasure] == [Effect.DELETE]
    assert data_map.subject.identifiers["number"].column == "number"


def test_references_are_read_as_columns_of_tables() -> None:
    written = 'references: {"message.thread_id": "thread.id"}\nrecord_types:\n'
    assert read(with_change("record_types:\n", written)).data_map.references == {
        "message.thread_id": "thread.id"
    }
    assert read(SOUND).data_map.references == {}


def test_the_moment_of_creation_is_read() -> None:
    text = with_change("  display:", "  created: created_at\n  display:")
    assert read(text).data_map.subject.created == "created_at"


def test_the_role_that_is_understood_brings_no_fault_of_its_own() -> None:
    paths = {one.path for one in findings_of(with_change("  key: id\n", ""))}
    assert paths == {"subject"}


def test_a_refusal_is_the_callers_move_and_holds_every_fault() -> None:
    with pytest.raises(Refused) as caught:
        read("a: 1\nb: 2")
    assert len(caught.value.faults) > 2
    assert "more)" in caught.value.detail


words = st.sampled_from(
    ["habeas: 1", "name: x", "- ", "{", "}", "[", "]", ":", "? ", "&a ", "*a", "<<: ", "!!int ", "|",
     ">", "'", '"', "\n", "\n  ", "  ", "\t", "# ", "---", "...", "%YAML 1.1", "~", "1", "record_types",
     "roles: ", "is: ", "not: ", "\x00", "\ufeff", "\x85", "\u2028", "é", "𝄞", "\\0", "\\ud800"]
)  # fmt: skip


def faults_of(text: str) -> tuple[Finding, ...]:
    try:
        read(text)
    except DataMapError as error:
        return error.findings
    return ()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(words, max_size=40).map("".join)))
@example("? ")
@example('"\\ud800"')
@example("a: !<x> b")
def test_no_text_breaks_the_reader(text: str) -> None:
    assert all(one.line >= 1 and one.detail and one.remedy for one in faults_of(text))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 40), st.lists(words, max_size=3).map("".join))
def test_no_damage_to_a_sound_map_breaks_the_reader_or_the_check(
    start: int, length: int, instead: str
) -> None:
    text = SOUND[:start] + instead + SOUND[start + length :]
    if not faults_of(text):
        document = read(text)
        check(document)
        check_live(document, SOUND_CATALOGUE)

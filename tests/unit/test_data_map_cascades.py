"""What the database does of itself with a row that goes reaches nobody else's rows, or the map is refused."""

import pytest

from app.datamap.check_live import check_live
from app.datamap.findings import Finding, Severity
from app.datamap.read import read
from app.domain.catalogue import Catalogue, ForeignKey
from tests.fixtures.catalogues import table, with_change_of, with_table
from tests.fixtures.data_maps import SOUND, with_change
from tests.fixtures.findings import new_findings

ANSWER = """\
record_types:
  answer:
    category: communication
    title: Answers
    table: answer
    purposes: [teaching]
    retention: P1Y
    fields: {body: {title: Text}}
    anonymise: {set: {author_id: $stand_in}}
    roles:
      author: {column: author_id, restriction: keep, erasure: anonymise}
      asker: {via: message, match: {message_id: id}, restriction: keep, erasure: delete}
"""
ASKER = "      asker: {via: message, match: {message_id: id}, restriction: keep, erasure: delete}\n"
FORESEEN = with_change("record_types:\n", ANSWER)
ACTIONS = ["CASCADE", "SET NULL", "SET DEFAULT"]


def answers(on_delete: str, **more: str) -> Catalogue:
    """Give a catalogue with answers of some persons to messages of others."""
    made = table(
        "answer",
        "id:int8! message_id:int8 author_id:int8 kind:text body:text",
        unique=["id"],
        indexes=["message_id", "author_id"],
        references={
            "message_id": f"message ON DELETE {on_delete}",
            "author_id": "person",
        }
        | more,
    )
    return with_table(made)


def reached(text: str, catalogue: Catalogue) -> list[Finding]:
    found = new_findings(text, catalogue)
    assert [one for one in found if "`answer." not in one.detail] == []
    return [one for one in found if " with `" in one.detail]


@pytest.mark.parametrize("on_delete", ACTIONS)
def test_what_is_found_by_the_reference_itself_and_deleted_first_is_foreseen(
    on_delete: str,
) -> None:
    assert reached(FORESEEN, answers(on_delete)) == []


@pytest.mark.parametrize("on_delete", ["SET NULL", "SET DEFAULT"])
def test_what_lets_go_of_the_reference_first_is_foreseen(on_delete: str) -> None:
    let_go = "erasure: {effect: anonymise, set: {message_id: null, author_id: $stand_in}}}"
    text = with_change("match: {message_id: id}, restriction: keep, erasure: delete}",
                       f"match: {{message_id: id}}, restriction: keep, {let_go}", FORESEEN)  # fmt: skip
    assert reached(text, answers(on_delete)) == []


DOUBTFUL = [
    pytest.param(
        "match: {message_id: id}, restriction: keep, erasure: delete",
        "match: {message_id: id}, restriction: keep, erasure: {effect: keep, because: x}",
        id="rows that a rule keeps",
    ),
    pytest.param(
        "match: {message_id: id}, restriction: keep, erasure: delete",
        "match: {message_id: id}, restriction: keep,"
        " erasure: [{when: {is: {kind: short}}, effect: delete}, {effect: anonymise}]",
        id="rows of which a rule deletes some",
    ),
    pytest.param(
        "column: author_id, restriction: keep, erasure: anonymise",
        "column: author_id, restriction: keep,"
        ' erasure: {effect: keep, article: "17(3)(b)", because: the law}',
        id="rows that an exception keeps from every role",
    ),
    pytest.param(
        "match: {message_id: id}, restriction",
        "match: {message_id: id}, where: {is: {kind: short}}, restriction",
        id="a role that finds some rows only",
    ),
    pytest.param(
        "via: message, match",
        "via: message, via_roles: [author], match",
        id="a role via some of the roles only",
    ),
    pytest.param(
        "match: {message_id: id}",
        "match: {message_id: id, author_id: sender_id}",
        id="a role that asks for more than the reference",
    ),
    pytest.param(
        "    table: answer\n",
        "    table: answer\n    where: {is: {kind: short}}\n",
        id="a record type that takes some rows only",
    ),
]


@pytest.mark.parametrize("on_delete", ACTIONS)
@pytest.mark.parametrize(("old", "new"), DOUBTFUL)
def test_what_may_be_reached_unnoticed_is_refused_with_a_remedy(
    old: str, new: str, on_delete: str
) -> None:
    (found,) = reached(with_change(old, new, FORESEEN), answers(on_delete))
    assert found.severity is Severity.ERROR
    assert found.path.startswith("record_types.message.")
    assert "They may be another person's" in found.remedy
    assert "a role via each record type of `message`" in found.remedy


@pytest.mark.parametrize("on_delete", ACTIONS)
@pytest.mark.parametrize(
    ("column", "references"),
    [
        pytest.param("message_id", "message", id="with a record"),
        pytest.param("author_id", "person", id="with the person's row"),
    ],
)
def test_what_may_be_another_controllers_is_refused_however_it_is_found(
    column: str, references: str, on_delete: str
) -> None:
    text = with_change("    table: answer\n", "    table: answer\n    controller: kind\n", FORESEEN)
    reference = {column: f"{references} ON DELETE {on_delete}"}
    (found,) = reached(text, answers("NO ACTION", **reference))
    assert (found.severity, found.detail.split("`")[1]) == (Severity.ERROR, f"answer.{column}")
    assert "They may be another controller's" in found.remedy
    assert "(NO ACTION)" in found.remedy


def test_a_reference_that_another_controllers_row_only_loses_is_told() -> None:
    text = with_change("    table: answer\n", "    table: answer\n    controller: kind\n", FORESEEN)
    (found,) = reached(with_change(ASKER, "", text), answers("SET NULL"))
    assert found.severity is Severity.WARNING


def test_rows_that_would_go_and_that_no_role_finds_are_refused() -> None:
    (found,) = reached(with_change(ASKER, "", FORESEEN), answers("CASCADE"))
    assert found.severity is Severity.ERROR


def test_two_record_types_that_share_a_table_and_are_both_found_are_foreseen() -> None:
    short = ANSWER.replace(
        "    table: answer\n", "    table: answer\n    where: {is: {kind: short}}\n"
    )
    long_ = short.replace("is: {kind: short}", "not: {is: {kind: short}}")
    long_ = long_.removeprefix("record_types:\n").replace("  answer:\n", "  long_answer:\n", 1)
    both = with_change("record_types:\n", short + long_)
    assert reached(both, answers("CASCADE")) == []
    one = with_change("erasure: delete}\n  long_answer", "erasure: keep}\n  long_answer", both)
    assert len(reached(one, answers("CASCADE"))) == 1


def test_a_second_reference_to_the_same_table_is_looked_at_too() -> None:
    catalogue = answers("CASCADE", author_id="message ON DELETE CASCADE")
    assert ["`answer.author_id`" in one.detail for one in reached(FORESEEN, catalogue)] == [True]


def own(column: str, on_delete: str) -> Catalogue:
    """Give a catalogue whose messages refer to messages by a column."""
    key = ForeignKey("k", (column,), "message", ("id",), on_delete)
    return with_change_of("message", add="parent_id:int8 thread_id:int8", foreign_keys=(key,))


@pytest.mark.parametrize(
    ("column", "on_delete"),
    [
        pytest.param("parent_id", "CASCADE", id="rows that would go"),
        pytest.param("thread_id", "SET NULL", id="rows that nobody would find any more"),
        pytest.param("thread_id", "SET DEFAULT", id="rows that others would find"),
    ],
)
def test_rows_that_refer_to_others_of_their_table_must_not_change_with_them(
    column: str, on_delete: str
) -> None:
    (found,) = [
        one for one in new_findings(SOUND, own(column, on_delete)) if "`message." in one.detail
    ]
    assert (found.severity, found.path) == (
        Severity.ERROR,
        "record_types.message.roles.author.erasure",
    )
    assert f"`message.{column}` would" in found.detail


@pytest.mark.parametrize("on_delete", ["SET NULL", "SET DEFAULT"])
def test_a_reference_that_is_emptied_and_by_which_nobody_is_found_is_told(on_delete: str) -> None:
    for found in (
        new_findings(SOUND, own("parent_id", on_delete)),
        reached(with_change(ASKER, "", FORESEEN), answers(on_delete)),
    ):
        (told,) = found
        assert told.severity is Severity.WARNING
        assert "the reference is all that they lose" in told.remedy


@pytest.mark.parametrize(
    "audience",
    [
        "{table: answer, match: {thread_id: message_id}, person: author_id}",
        "{table: answer, match: {thread_id: author_id}, person: message_id}",
        (
            "{table: answer, match: {thread_id: author_id}, person: author_id,"
            " where: {is: {message_id: null}}}"
        ),
    ],
)
def test_a_reference_by_which_an_audience_is_told_must_not_be_emptied(audience: str) -> None:
    seen = f"audiences:\n  repliers: {audience}\n"
    text = with_change("audiences:\n", seen, with_change(ASKER, "", FORESEEN))
    (found,) = reached(text, answers("SET NULL"))
    assert found.severity is Severity.ERROR


MARK = """\
record_types:
  mark:
    category: communication
    title: Marks
    table: audit_mark
    purposes: [teaching]
    retention: P1Y
    fields: {id: {title: Number}}
    restriction: keep
    erasure: delete
    roles: {author: {column: author_id}}
"""
MARKS = with_table(
    table(
        "audit_mark",
        "id:int8! seen_person:int8 author_id:int8",
        unique=["id"],
        indexes=["author_id", "seen_person"],
        references={"seen_person": "person ON DELETE CASCADE", "author_id": "person"},
    )
)


def test_a_column_by_which_whoever_goes_has_no_role_must_not_take_rows_along() -> None:
    left_out = "left_out: [{columns: audit_mark.seen_person, because: it says who looked}]\n"
    found = check_live(read(with_change("record_types:\n", left_out + MARK)), MARKS)
    (error,) = [one for one in found if one.severity is Severity.ERROR]
    assert error.detail == "rows of `audit_mark.seen_person` would be deleted with `person`"
    assert "a role by `seen_person`" in error.remedy


@pytest.mark.parametrize("way", ["column: seen_person", "via: person, match: {seen_person: id}"])
def test_a_column_by_which_whoever_goes_has_a_role_is_foreseen(way: str) -> None:
    mark = MARK.replace(
        "author: {column: author_id}", f"author: {{column: author_id}}, seen: {{{way}}}"
    )
    assert check_live(read(with_change("record_types:\n", mark)), MARKS) == []

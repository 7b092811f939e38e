"""What the database would refuse, or do unseen, is told before a map is used."""

from dataclasses import replace

import pytest

from app.datamap.findings import Severity
from app.domain.catalogue import Catalogue, Column, ForeignKey
from tests.fixtures.catalogues import SOUND_CATALOGUE, table, with_change_of, with_table
from tests.fixtures.data_maps import SOUND, with_change
from tests.fixtures.findings import new_findings, told

ERROR, WARNING, UNCOVERED = Severity.ERROR, Severity.WARNING, Severity.UNCOVERED
TYPES = "record_types"
GRADED = "    hide: {set: {is_hidden: true}}\n    roles:\n      student: {column: student_id,"


def elsewhere(on_delete: str, references: str = "message") -> Catalogue:
    """Give a catalogue with a table of another schema that refers to one of the map's."""
    key = ForeignKey("k", ("own_id",), references, ("id",), on_delete)
    return replace(SOUND_CATALOGUE, from_elsewhere={"archive.note": (key,)})


def graded(**columns: Column) -> Catalogue:
    """Give a catalogue whose grades have further columns."""
    made = SOUND_CATALOGUE.tables["grade"]
    return with_table(replace(made, columns={**made.columns, **columns}))


MOOD = graded(mood=Column("mood", "mood", "mood", "E", is_nullable=True, labels=("glad", "sad")))
TWICE = graded(twice=Column("twice", "integer", "int4", "N", is_nullable=True, is_generated=True))


@pytest.mark.parametrize("on_delete", ["CASCADE", "SET NULL", "SET DEFAULT"])
def test_a_delete_that_would_reach_another_schema_is_refused(on_delete: str) -> None:
    path = f"{TYPES}.message.roles.author.erasure"
    (found,) = new_findings(SOUND, elsewhere(on_delete))
    assert (found.severity, found.path) == (ERROR, path)
    assert "rows of `archive.note.own_id` would" in found.detail
    assert "lies in another schema" in found.remedy


def test_a_row_that_goes_to_the_vault_must_not_take_others_of_another_schema_with_it() -> None:
    found = new_findings(SOUND, elsewhere("CASCADE", "setting"))
    path = f"{TYPES}.setting.roles.owner.restriction"
    assert len(told(found, ERROR, path, "A lift could not give them back")) == 1


@pytest.mark.parametrize("references", ["message", "person"])
def test_a_reference_from_another_schema_that_would_refuse_a_delete_is_told(
    references: str,
) -> None:
    (found,) = new_findings(SOUND, elsewhere("NO ACTION", references))
    assert (found.severity, found.path.split(".")[:2]) == (WARNING, [TYPES, references])
    assert "rows of `archive.note.own_id` may still refer" in found.detail


def badge(text: str = SOUND) -> list[tuple[Severity, str]]:
    """Look at a table that refers to persons by their number."""
    made = table("badge", "id:int8! holder:text", unique=["id"], indexes=["holder"])
    key = ForeignKey("k", ("holder",), "person", ("number",), "NO ACTION")
    found = new_findings(text, with_table(replace(made, foreign_keys=(key,))))
    return [(one.severity, f"{one.detail}. {one.remedy}") for one in found]


def test_a_foreign_key_to_the_persons_by_another_column_is_uncovered() -> None:
    ((severity, words),) = badge()
    assert severity is UNCOVERED
    assert "`badge.holder` refers to `person` by `number`" in words
    assert "Add a role via `person` with `match: {holder: number}`" in words


def test_a_role_via_the_person_by_that_column_covers_it() -> None:
    mapped = (
        "record_types:\n  badge:\n    category: personal_information\n    title: Badges\n"
        "    table: badge\n    purposes: [teaching]\n    retention: P1Y\n    fields: {id: {title: No}}\n"
        "    restriction: keep\n    erasure: delete\n"
        "    roles: {holder: {via: person, match: {holder: number}}}\n"
    )
    assert UNCOVERED not in [
        severity for severity, _ in badge(with_change("record_types:\n", mapped))
    ]


CHANGES = [
    # what is hidden and how, the catalogue, severity, path, what is said
    pytest.param(
        "{blank: [code]}", with_table(
            table("grade", "id:int8! student_id:int8! teacher_id:int8 value:numeric is_hidden:bool! code:text!",
                  unique=["id", "code"], indexes=["student_id", "teacher_id"],
                  references={"student_id": "person", "teacher_id": "person"})),
        ERROR, "blank", "a constant is set into [code]", id="emptied, where values must differ",
    ),
    pytest.param(
        "{blank: [value]}", with_change_of("grade", unique_keys=(("id",), ("value",))),
        None, "blank", "", id="null, where values must differ",
    ),
    pytest.param(
        "{set: {is_hidden: true}}", with_change_of("grade", partial_keys=(("value", "is_hidden"),)),
        WARNING, "set.is_hidden", "a constant is set into `is_hidden`, at which a unique index over",
        id="a unique index that cannot be judged",
    ),
    pytest.param(
        "{set: {value: null}}", with_change_of("grade", partial_keys=(("value", "is_hidden"),)),
        None, "set", "", id="null in a unique index that cannot be judged",
    ),
    pytest.param(
        "{set: {twice: 3}}", TWICE, ERROR, "set.twice", "the database computes `twice`",
        id="a generated column that is set",
    ),
    pytest.param(
        "{blank: [twice]}", TWICE, ERROR, "blank", "the database computes `twice`",
        id="a generated column that is emptied",
    ),
    pytest.param(
        "{set: {mood: ugly}}", MOOD, ERROR, "set.mood", "`ugly` is no mood (glad, sad)",
        id="a label that is not there",
    ),
    pytest.param("{set: {mood: sad}}", MOOD, None, "set", "", id="a label"),
]  # fmt: skip


@pytest.mark.parametrize(("hide", "catalogue", "severity", "path", "words"), CHANGES)
def test_a_change_that_the_database_would_refuse_is_told(
    hide: str, catalogue: Catalogue, severity: Severity | None, path: str, words: str
) -> None:
    text = with_change(GRADED, GRADED.replace("{set: {is_hidden: true}}", hide))
    found = new_findings(text, catalogue)
    if severity is None:
        assert found == []
    else:
        assert len(told(found, severity, f"{TYPES}.grade.hide.{path}", words)) == 1, found


def test_a_label_that_is_asked_for_and_not_there_is_told() -> None:
    text = with_change(
        "    table: grade\n", "    table: grade\n    where: {is: {mood: [glad, ugly]}}\n"
    )
    found = new_findings(text, MOOD)
    assert len(told(found, ERROR, f"{TYPES}.grade.where.is.mood", "`ugly` is no mood")) == 1

"""Rows that are to go are let go of, and containers stay where rules look for them."""

from dataclasses import replace

import pytest

from app.datamap.findings import Severity
from app.domain.catalogue import Catalogue, ForeignKey
from tests.fixtures.catalogues import columns, with_change_of, with_table
from tests.fixtures.data_maps import SOUND, with_change
from tests.fixtures.findings import new_findings, told

ERROR, WARNING = Severity.ERROR, Severity.WARNING
TYPES = "record_types"

KEPT_ENROLMENT = with_change(
    "student: {column: person_id, restriction: keep, erasure: delete}",
    "student: {column: person_id, restriction: keep, erasure: {effect: keep, because: x}}",
)
TO_THE_ENROLMENT = with_change_of(
    "enrolment",
    foreign_keys=(ForeignKey("k", ("course_id",), "material", ("id",), "NO ACTION"),),
)


def test_a_record_that_stays_keeps_what_it_refers_to_from_being_deleted() -> None:
    assert new_findings(SOUND, TO_THE_ENROLMENT) == []
    (found,) = new_findings(KEPT_ENROLMENT, TO_THE_ENROLMENT)
    assert (found.severity, found.path) == (WARNING, f"{TYPES}.material")
    assert "`enrolment.course_id` may still refer" in found.detail


def test_a_record_that_stays_and_lets_go_of_what_it_refers_to_is_no_obstacle() -> None:
    text = with_change("restriction: keep, erasure: {effect: keep, because: x}}",
                       "restriction: keep, erasure: {effect: anonymise, set: {person_id: null, course_id: null}}}",
                       KEPT_ENROLMENT)  # fmt: skip
    nullable = replace(
        TO_THE_ENROLMENT.tables["enrolment"],
        columns=columns("id:int8! course_id:int8 person_id:int8"),
    )
    assert new_findings(text, with_table(nullable)) == []


def test_a_person_who_does_not_wait_for_kept_records_cannot_be_deleted() -> None:
    waits = SOUND[SOUND.index("      - {when: {named_by_kept") : SOUND.index("  enrolment:\n")]
    text = with_change(waits, "      - {effect: delete}\n")
    (found,) = new_findings(text)
    assert (found.severity, found.path) == (WARNING, f"{TYPES}.person.erasure")
    assert "rows of `grade.teacher_id` may still refer to rows of `person`" in found.detail


@pytest.mark.parametrize(
    ("on_delete", "words"),
    [("CASCADE", "would be deleted"), ("SET NULL", "would name nobody any more")],
)
def test_what_a_rule_keeps_with_its_name_does_not_go_with_the_persons_row(
    on_delete: str, words: str
) -> None:
    key = ForeignKey("k", ("teacher_id",), "person", ("id",), on_delete)
    catalogue = with_change_of("grade", foreign_keys=(key,))
    assert new_findings(SOUND, catalogue) == [], "the person's row waits for it"
    waits = SOUND[SOUND.index("      - {when: {named_by_kept") : SOUND.index("  enrolment:\n")]
    found = new_findings(with_change(waits, "      - {effect: delete}\n"), catalogue)
    (one,) = told(found, ERROR, f"{TYPES}.person.erasure", words)
    assert "a rule keeps rows of `grade.teacher_id`" in one.detail


@pytest.mark.parametrize("on_delete", ["CASCADE", "SET NULL"])
def test_a_row_that_goes_to_the_vault_must_not_take_others_with_it(on_delete: str) -> None:
    key = ForeignKey("k", ("course_id", "person_id"), "setting", ("person_id", "name"), on_delete)
    found = new_findings(SOUND, with_change_of("enrolment", foreign_keys=(key,)))
    (one,) = [each for each in found if "A lift could not give them back" in (each.remedy or "")]
    assert (one.severity, one.path.partition(".restriction")[0]) == (
        ERROR,
        f"{TYPES}.setting.roles.owner",
    )


def test_a_row_that_goes_to_the_vault_must_not_be_referred_to_either() -> None:
    key = ForeignKey("k", ("course_id", "person_id"), "setting", ("person_id", "name"), "NO ACTION")
    found = new_findings(SOUND, with_change_of("enrolment", foreign_keys=(key,)))
    assert [(one.severity, one.path) for one in found] == [
        (WARNING, f"{TYPES}.setting"),
    ]


def _events(on_delete: str) -> Catalogue:
    key = ForeignKey("k", ("above_id",), "event", ("id",), on_delete)
    return with_change_of("event", add="above_id:int8", foreign_keys=(key,))


def test_rows_of_two_record_types_that_lie_over_each_other_are_not_both_taken_away() -> None:
    personal = "      title: {title: Title}\n    hide: {set: {is_hidden: true}}\n    roles:\n      owner: {"
    one = with_change(personal, personal.replace("set: {is_hidden: true}", "remove: true"))
    assert told(new_findings(one, _events("NO ACTION")), ERROR, TYPES, "over each other") == []
    shared = "owner: {column: owner_id, restriction: anonymise, erasure: anonymise}"
    hidden = shared.replace("restriction: anonymise", "restriction: hide")
    both = with_change(shared, hidden, one)
    both = with_change(
        "anonymise: {set: {owner_id: $stand_in}}\n    roles:\n      owner: {column: owner_id, res",
        "anonymise: {set: {owner_id: $stand_in}}\n    hide: {remove: true}\n    roles:\n"
        "      owner: {column: owner_id, res",
        both,
    )
    found = new_findings(both, _events("RESTRICT"))
    assert [(each.severity, each.path) for each in found if "over each other" in each.detail] == [
        (ERROR, f"{TYPES}.event_personal"),
        (ERROR, f"{TYPES}.event_shared"),
    ]
    emptied = new_findings(both, _events("SET NULL"))
    assert [each for each in emptied if "over each other" in each.detail] == []


def test_rows_of_two_record_types_that_lie_over_each_other_may_both_be_erased() -> None:
    both = with_change(
        "owner: {column: owner_id, restriction: anonymise, erasure: anonymise}",
        "owner: {column: owner_id, restriction: anonymise, erasure: delete}",
    )
    assert new_findings(both, _events("NO ACTION")) == []


CONTAINER = with_change_of(
    "material", add="event_id:int8",
    foreign_keys=(ForeignKey("k", ("event_id",), "event", ("id",), "NO ACTION"),),
)  # fmt: skip


def test_a_restriction_that_takes_a_container_away_is_refused() -> None:
    text = with_change("container_gone: course_id", "container_gone: event_id")
    text = with_change(
        "      title: {title: Title}\n    hide: {set: {is_hidden: true}}\n    roles:\n      owner: {",
        "      title: {title: Title}\n    hide: {remove: true}\n    roles:\n      owner: {",
        text,
    )
    found = new_findings(text, CONTAINER)
    path = f"{TYPES}.event_personal.roles.owner.restriction"
    assert len(told(found, ERROR, path, "would be gone for rules that wait for them")) == 1, found


def test_a_restriction_that_cuts_the_way_to_a_container_is_refused() -> None:
    text = with_change("container_gone: course_id", "container_gone: event_id.owner_id")
    found = new_findings(text, CONTAINER)
    path = f"{TYPES}.event_shared.roles.owner.restriction"
    assert len(told(found, ERROR, path, "changes `owner_id`, which leads to a container")) == 1, (
        found
    )

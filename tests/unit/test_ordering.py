"""Record types are worked in an order in which each can still be found and may go."""

from itertools import pairwise

import pytest

from app.datamap.read import read
from app.domain.catalogue import Catalogue
from app.domain.errors import SourceFailure
from app.ordering import may_go, order_of
from app.references import target
from schemas.data_map import DataMap
from schemas.vocabulary import Right
from tests.fixtures.catalogues import SOUND_CATALOGUE, table
from tests.fixtures.data_maps import SOUND

PURPOSES = "category: communication, title: x, fields: {body: {title: x}}"


def small_map(types: str, more: str = "") -> DataMap:
    """Build a map from lines ``name: table, key: …`` of record types."""
    lines = [f"  {line.strip()}\n" for line in types.strip().splitlines()]
    return read(
        "habeas: 1\nname: small\nrights: [access, restriction, erasure]\n"
        "sources: {lms: {kind: sql, url: x}, other: {kind: sql, url: y}}\n"
        "subject: {source: lms, table: person, key: id, identifiers: {email: email}, display: [email]}\n"
        f"{more}record_types:\n" + "".join(lines)
    ).data_map


def typed(name: str, table_name: str, roles: str, effect: str = "delete", more: str = "") -> str:
    return (
        f"{name}: {{{PURPOSES}, table: {table_name}, roles: {{{roles}}}, erasure: {effect},"
        f" restriction: keep{more}}}\n"
    )


def catalogue(**references: dict[str, str]) -> Catalogue:
    tables = [table(name, "id:int8!", references=to) for name, to in references.items()]
    return Catalogue("public", {each.name: each for each in tables})


OWN = "owner: {column: owner_id}"


def erased(data_map: DataMap, live: Catalogue) -> tuple[str, ...]:
    return order_of(data_map, live, "lms", Right.ERASURE).names


def test_without_a_reason_record_types_stand_as_the_map_lists_them() -> None:
    data_map = small_map(typed("b", "b", OWN) + typed("a", "a", OWN) + typed("c", "c", OWN))
    assert erased(data_map, catalogue(a={}, b={}, c={})) == ("b", "a", "c")


def test_what_is_located_via_another_comes_before_it() -> None:
    part = "owner: {via: whole, match: {whole_id: id}}"
    data_map = small_map(typed("whole", "whole", OWN) + typed("part", "part", part))
    assert erased(data_map, catalogue(whole={}, part={})) == ("part", "whole")


def test_what_refers_to_another_by_a_foreign_key_comes_before_it() -> None:
    data_map = small_map(typed("course", "course", OWN) + typed("post", "post", OWN))
    live = catalogue(course={}, post={"course_id": "course"})
    assert erased(data_map, live) == ("post", "course")


def test_what_the_map_says_to_refer_counts_like_a_foreign_key() -> None:
    types = typed("course", "course", OWN) + typed("post", "post", OWN)
    data_map = small_map(types, 'references: {"post.course_id": "course.id"}\n')
    assert erased(data_map, catalogue(course={}, post={})) == ("post", "course")


def test_what_the_map_says_of_another_table_does_not_count() -> None:
    types = typed("course", "course", OWN) + typed("post", "post", OWN) + typed("note", "note", OWN)
    data_map = small_map(types, 'references: {"post.course_id": "course.id"}\n')
    assert erased(data_map, catalogue(course={}, note={}, post={})) == ("post", "course", "note")


def test_a_reference_through_a_table_that_is_not_in_the_map_counts() -> None:
    data_map = small_map(typed("course", "course", OWN) + typed("post", "post", OWN))
    live = catalogue(course={}, unit={"course_id": "course"}, post={"unit_id": "unit"})
    assert erased(data_map, live) == ("post", "course")


def test_a_reference_through_the_table_of_persons_does_not_count() -> None:
    data_map = small_map(typed("school", "school", OWN) + typed("post", "post", OWN))
    live = catalogue(school={}, person={"school_id": "school"}, post={"owner_id": "person"})
    assert erased(data_map, live) == ("school", "post")


def test_a_reference_beside_one_to_the_table_of_persons_counts() -> None:
    data_map = small_map(typed("course", "course", OWN) + typed("post", "post", OWN))
    beside = {"unit_id": "unit", "owner_id": "person"}
    live = catalogue(course={}, unit={"course_id": "course"}, post=beside, person={})
    assert erased(data_map, live) == ("post", "course")


def test_a_reference_to_rows_that_stay_changes_nothing() -> None:
    types = typed("course", "course", OWN, "{effect: keep, because: x}") + typed(
        "post", "post", OWN
    )
    live = catalogue(course={}, post={"course_id": "course"})
    assert erased(small_map(types), live) == ("course", "post")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("{effect: delete}", True, id="deleted"),
        pytest.param("{effect: keep, because: x}", False, id="kept"),
        pytest.param(
            "{effect: keep, because: x, until: {person_gone: owner_id}, then: delete}",
            True,
            id="kept, then deleted",
        ),
        pytest.param(
            "{effect: keep, because: x, until: {person_gone: owner_id}, then: anonymise}",
            False,
            id="kept, then anonymised",
        ),
    ],
)
def test_rows_may_go_if_a_rule_deletes_now_or_later(rule: str, expected: bool) -> None:  # noqa: FBT001
    spec = small_map(typed("a", "a", OWN, rule)).record_types["a"]
    assert may_go(spec, Right.ERASURE) is expected


@pytest.mark.parametrize(
    ("change", "expected"), [("remove: true", True), ("set: {is_hidden: true}", False)]
)
def test_a_restriction_takes_rows_only_where_they_move_to_the_vault(
    change: str,
    expected: bool,  # noqa: FBT001
) -> None:
    role = "owner: {column: owner_id, restriction: hide}"
    spec = small_map(typed("a", "a", role, more=f", hide: {{{change}}}")).record_types["a"]
    assert may_go(spec, Right.RESTRICTION) is expected


def test_record_types_over_one_table_do_not_wait_for_each_other() -> None:
    kinds = "".join(
        typed(name, "event", OWN, more=f", where: {{is: {{kind: {name}}}}}") for name in ("b", "a")
    )
    live = catalogue(event={"parent_id": "event"})
    assert erased(small_map(kinds), live) == ("b", "a")


def test_audience_and_container_tables_come_late() -> None:
    waiting = "{effect: keep, because: x, until: {container_gone: post_id.course_id}, then: delete}"
    types = (
        typed("membership", "membership", OWN)
        + typed("course", "course", OWN, "{effect: keep, because: x}")
        + typed("post", "post", OWN, "{effect: keep, because: x}")
        + typed("comment", "comment", OWN, waiting)
        + typed("note", "note", OWN)
    )
    audiences = (
        "audiences: {members: {table: membership, match: {course_id: course_id}, person: x}}\n"
    )
    live = catalogue(
        membership={},
        note={},
        comment={"post_id": "post"},
        post={"course_id": "course"},
        course={},
    )
    expected = ("comment", "note", "membership", "course", "post")
    assert erased(small_map(types, audiences), live) == expected


def test_what_refers_to_a_late_table_may_come_later_still() -> None:
    types = typed("shelf", "shelf", OWN) + typed("share", "share", OWN)
    audiences = "audiences: {readers: {table: share, match: {shelf_id: shelf_id}, person: x}}\n"
    live = catalogue(shelf={}, share={"shelf_id": "shelf"})
    assert erased(small_map(types, audiences), live) == ("share", "shelf")


def test_what_is_located_via_what_refers_to_it_comes_after_and_is_noted() -> None:
    thread = "participant: {via: member, match: {id: thread_id}}"
    types = typed("thread", "thread", thread) + typed("member", "member", OWN)
    live = catalogue(member={"thread_id": "thread"}, thread={})
    order = order_of(small_map(types), live, "lms", Right.ERASURE)
    assert (order.names, order.noted) == (("member", "thread"), frozenset({"thread"}))


def test_what_can_come_before_all_that_it_is_located_through_is_not_noted() -> None:
    thread = "participant: {via: member, match: {id: thread_id}}"
    message = "recipient: {via: thread, match: {thread_id: id}}"
    types = typed("member", "member", OWN) + typed("thread", "thread", thread)
    types += typed("message", "message", message)
    live = catalogue(member={"thread_id": "thread"}, thread={}, message={"thread_id": "thread"})
    order = order_of(small_map(types), live, "lms", Right.ERASURE)
    assert (order.names, order.noted) == (("message", "member", "thread"), frozenset({"thread"}))


def test_what_is_located_through_several_steps_is_noted_where_the_last_refers_to_it() -> None:
    types = (
        typed("a", "a", OWN)
        + typed("b", "b", "owner: {via: a, match: {id: b_id}}")
        + typed("c", "c", "owner: {via: b, match: {id: c_id}}")
    )
    live = catalogue(a={"c_id": "c"}, b={}, c={})
    order = order_of(small_map(types), live, "lms", Right.ERASURE)
    assert (order.names, order.noted) == (("b", "a", "c"), frozenset({"c"}))


def test_a_restriction_that_takes_no_rows_notes_nothing() -> None:
    thread = "participant: {via: member, match: {id: thread_id}}"
    types = typed("member", "member", OWN) + typed("thread", "thread", thread)
    live = catalogue(member={"thread_id": "thread"}, thread={})
    order = order_of(small_map(types), live, "lms", Right.RESTRICTION)
    assert (order.names, order.noted) == (("thread", "member"), frozenset())


def test_a_circle_is_named_in_the_order_in_which_it_goes() -> None:
    types = typed("x", "x", OWN) + "".join(typed(name, name, OWN) for name in ("a", "b", "c"))
    live = catalogue(x={}, a={"b_id": "b"}, b={"c_id": "c"}, c={"a_id": "a"})
    with pytest.raises(SourceFailure) as caught:
        erased(small_map(types), live)
    assert caught.value.source == "lms"
    assert not caught.value.transient
    circle = caught.value.detail.rpartition(": ")[2].split(" → ")
    assert circle[0] == circle[-1]
    following = list(pairwise(circle))
    assert set(following) == {("a", "b"), ("b", "c"), ("c", "a")}


def test_only_record_types_of_the_source_that_have_rules_take_part() -> None:
    types = (
        typed("person", "person", "self: {column: id}")
        + typed("here", "here", OWN)
        + typed("there", "there", OWN, more=", source: other")
        + "nothing: {category: communication, title: x, table: nothing, holds_nothing: because}\n"
        + typed("twin", "person", OWN, more=", source: other")
    )
    data_map = small_map(types)
    live = catalogue(person={}, here={}, there={}, nothing={})
    here = order_of(data_map, live, "lms", Right.ERASURE)
    there = order_of(data_map, live, "other", Right.ERASURE)
    assert (here.names, here.persons) == (("here",), ("person",))
    assert (there.names, there.persons) == (("there", "twin"), ())


def test_audiences_of_the_subjects_source_say_nothing_of_another() -> None:
    types = typed("a", "a", OWN, more=", source: other") + typed(
        "b", "b", OWN, more=", source: other"
    )
    audiences = "audiences: {members: {table: a, match: {x: x}, person: x}}\n"
    order = order_of(small_map(types, audiences), catalogue(a={}, b={}), "other", Right.ERASURE)
    assert order.names == ("a", "b")


def test_the_sound_map_is_worked_in_an_order_that_keeps_everything_findable() -> None:
    data_map = read(SOUND).data_map
    assert erased(data_map, SOUND_CATALOGUE) == (
        "message",
        "material",
        "event_personal",
        "event_shared",
        "grade",
        "setting",
        "enrolment",
        "membership",
    )


def test_tables_that_are_not_there_refer_to_nothing() -> None:
    assert erased(small_map(typed("a", "a", OWN)), Catalogue("public", {})) == ("a",)


def test_a_restriction_notes_what_is_found_through_what_it_anonymises_or_removes() -> None:
    part = "owner: {via: whole, match: {whole_id: id}}"
    for change, noted in (
        ("{set: {owner_id: 0}}", {"part"}),
        ("{remove: true}", {"part"}),
        ("{set: {hidden: true}}", set()),
    ):
        more = f", anonymise: {change}"
        whole = typed("whole", "whole", OWN, more=more).replace(
            "restriction: keep", "restriction: anonymise"
        )
        data_map = small_map(whole + typed("part", "part", part))
        order = order_of(data_map, catalogue(whole={}, part={}), "lms", Right.RESTRICTION)
        assert order.noted == noted


def test_the_subjects_own_row_is_of_the_record_types_that_have_rules_for_it() -> None:
    own = "self: {column: id}"
    types = typed("person", "person", own, more=", source: lms")
    types += f"badge: {{{PURPOSES}, table: person, roles: {{{own}}}}}\n"
    order = order_of(small_map(types), catalogue(person={}), "lms", Right.ERASURE)
    assert (order.names, order.persons) == ((), ("person",))


def test_one_rule_that_takes_the_name_is_enough_for_a_restriction_to_note() -> None:
    rules = "restriction: [{when: {is: {kind: a}}, effect: hide}, {effect: anonymise}]"
    more = ", hide: {set: {hidden: true}}, anonymise: {set: {owner_id: 0}}"
    whole = typed("whole", "whole", OWN, more=more).replace("restriction: keep", rules)
    types = whole + typed("part", "part", "owner: {via: whole, match: {whole_id: id}}")
    order = order_of(small_map(types), catalogue(whole={}, part={}), "lms", Right.RESTRICTION)
    assert order.noted == {"part"}


def test_a_circle_is_named_also_where_something_is_located_through_it() -> None:
    types = "".join(typed(name, name, OWN) for name in ("a", "b", "d"))
    types += typed("c", "c", "owner: {via: d, match: {d_id: id}}")
    with pytest.raises(SourceFailure, match="in a circle"):
        erased(small_map(types), catalogue(a={"b_id": "b"}, b={"a_id": "a"}, d={"a_id": "a"}, c={}))


def test_a_column_of_a_table_that_is_not_there_refers_to_nothing() -> None:
    data_map = small_map(typed("a", "a", OWN), 'references: {"b.a_id": "a.id"}\n')
    nothing = Catalogue("public", {})
    assert target(data_map, nothing, ("a", "b_id")) is None
    assert target(data_map, nothing, ("b", "a_id")) == ("a", "id")

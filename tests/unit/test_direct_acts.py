"""Only a record whose fate nothing else decides is changed without being looked at before."""

from typing import Any

import pytest

from app.datamap.held import with_held
from app.domain.catalogue import Catalogue
from app.domain.holds import Held
from app.sources.sql.effects.decisions import Decisions
from app.sources.sql.effects.direct import DirectAct
from schemas.vocabulary import Effect, HeldBy, HoldArticle, Right
from tests.fixtures.catalogues import table
from tests.fixtures.small_lms import small_map

CATALOGUE = Catalogue(
    "public",
    {
        each.name: each
        for each in (
            table("person", "id:int8! school_id:int8! name:text!", unique=["id"]),
            table("course", "id:int8!", unique=["id"]),
            table(
                "note",
                "id:int8! owner_id:int8 editor_id:int8 course_id:int8 body:text file:text",
                unique=["id"],
                references={"course_id": "course"},
            ),
            table(
                "reply",
                "id:int8! owner_id:int8 parent_id:int8 course_id:int8",
                unique=["id"],
                references={"parent_id": "reply", "course_id": "course"},
            ),
        )
    },
)
WAITING = {"effect": "anonymise", "until": {"person_gone": "editor_id"}, "then": "delete"}
FILE = {"file": {"title": "x", "file": {"source": "uploads"}}}
LOOKUP = {"table": "course", "match": {"course_id": "id"}, "column": "id"}
FILE_OF_ANOTHER = {"file": FILE["file"] | {"lookup": LOOKUP}}


def direct(erasure: Any = "delete", right: Right = Right.ERASURE, **spec: Any) -> DirectAct:
    """Compile for notes that a person owns, less what is said otherwise."""
    role = {"column": "owner_id", "erasure": erasure, "restriction": "anonymise"}
    note = {"table": "note", "anonymise": {"set": {"owner_id": None}}, "roles": {"owner": role}}
    data_map = small_map({"one": note | spec})
    return DirectAct(data_map, CATALOGUE, Decisions.of(data_map, "one", right))


OWN = {"column": "owner_id", "erasure": "delete"}
VIA = {"via": "one", "match": {"owner_id": "owner_id"}, "erasure": "delete"}


@pytest.mark.parametrize(
    ("given", "is_possible"),
    [
        pytest.param({}, True, id="deleted"),
        pytest.param({"erasure": "anonymise"}, True, id="anonymised"),
        pytest.param({"right": Right.RESTRICTION}, False, id="a restriction reads it first"),
        pytest.param({"erasure": {"effect": "keep", "because": "x"}}, False, id="kept"),
        pytest.param({"erasure": WAITING}, False, id="its container has to be told"),
        pytest.param({"fields": FILE}, False, id="its upload has to be told"),
        pytest.param({"fields": FILE_OF_ANOTHER}, True, id="its upload is another table's"),
        pytest.param(
            {"erasure": [{"when": {"is": {"body": "x"}}, "effect": "delete"}, WAITING]},
            False,
            id="two rules",
        ),
        pytest.param(
            {"roles": {"owner": OWN, "editor": {"column": "editor_id", "erasure": "delete"}}},
            False,
            id="two roles",
        ),
        pytest.param(
            {"roles": {"owner": OWN, "editor": {"column": "editor_id"}}},
            False,
            id="a second role, without rules",
        ),
        pytest.param({"roles": {"owner": VIA}}, False, id="found through another"),
        pytest.param({"table": "reply"}, False, id="rows refer to rows of the same table"),
        pytest.param(
            {"table": "person", "roles": {"self": {"column": "id", "erasure": "delete"}}},
            False,
            id="the person's own row",
        ),
        pytest.param(
            {"erasure": "anonymise", "key": ["owner_id", "course_id"]}, False, id="its key changes"
        ),
        pytest.param(
            {"key": ["owner_id", "course_id"]}, True, id="deleted, its key names somebody"
        ),
    ],
)
def test_a_record_is_changed_at_once_only_where_it_alone_decides(
    given: dict[str, Any], *, is_possible: bool
) -> None:
    assert direct(**given).is_possible is is_possible


@pytest.mark.parametrize(
    ("given", "leaves_traces"),
    [
        pytest.param({}, True, id="deleted: it would still be there"),
        pytest.param({"erasure": "anonymise"}, True, id="its only change is the name"),
        pytest.param(
            {"erasure": "anonymise", "anonymise": {"set": {"owner_id": None, "body": None}}},
            False,
            id="more than the name is changed",
        ),
        pytest.param({"erasure": WAITING}, False, id="not changed at once"),
    ],
)
def test_what_was_not_changed_is_found_again_only_by_the_name(
    given: dict[str, Any], *, leaves_traces: bool
) -> None:
    assert direct(**given).leaves_traces is leaves_traces


@pytest.mark.parametrize(
    ("given", "is_joined"),
    [
        pytest.param({}, True, id="a number"),
        pytest.param({"key": ["body"]}, False, id="a text may hold a comma"),
        pytest.param({"key": ["owner_id", "id"]}, False, id="two columns"),
        pytest.param({"erasure": WAITING}, False, id="not changed at once"),
    ],
)
def test_keys_travel_as_one_text_only_where_no_key_holds_a_comma(
    given: dict[str, Any], *, is_joined: bool
) -> None:
    assert direct(**given).travels_joined is is_joined


def test_a_hold_on_what_cannot_hang_on_a_record_changes_nothing_in_how_it_is_decided() -> None:
    owner = {"column": "owner_id", "erasure": "delete"}
    types = {name: {"table": "note", "roles": {"owner": owner}} for name in ("one", "other")}
    held = with_held(small_map(types), [Held("other", HeldBy.HOLD, HoldArticle.LEGAL_CLAIMS)])
    decisions = Decisions.of(held, "one", Right.ERASURE)
    assert [each.rule.effect for each in decisions.by_code.values()] == [Effect.DELETE]
    assert DirectAct(held, CATALOGUE, decisions).is_possible

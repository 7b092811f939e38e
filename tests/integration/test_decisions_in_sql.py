"""The database decides as the plain rule does: random rules over a small, untidy LMS."""

from collections.abc import AsyncIterator, Mapping
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.datamap.rules import rules_of
from app.domain.catalogue import Catalogue
from app.domain.conditions import Facts
from app.domain.decisions import decide
from app.embedded.stack import Stack
from app.sources.sql.catalogue import read_catalogue
from app.sources.sql.effects.conditions import Conditions
from app.sources.sql.effects.decisions import Decisions
from app.sources.sql.locate import Locator
from app.sources.sql.tables import render
from schemas.data_map import DataMap
from schemas.vocabulary import Right
from tests.fixtures.stack import NewDatabase

SUBJECT, STAND_IN, REMNANT, CONTROLLER = 3, 1, 2, 7

SCHEMA = """
CREATE TABLE person (id bigint PRIMARY KEY, school_id bigint NOT NULL, is_nobody boolean NOT NULL);
CREATE TABLE course (id bigint PRIMARY KEY);
CREATE TABLE unit (id bigint PRIMARY KEY, course_id bigint REFERENCES course);
CREATE TABLE membership (
    thread_id bigint, person_id bigint, has_left boolean, PRIMARY KEY (thread_id, person_id));
CREATE TABLE enrolment (course_id bigint, person_id bigint, PRIMARY KEY (course_id, person_id));
CREATE TABLE item (
    id bigint PRIMARY KEY, owner_id bigint, reviewer_id bigint, thread_id bigint, course_id bigint,
    unit_id bigint, scope text, is_draft boolean);
"""
"""No foreign keys where rows may name what is not there."""


class School:
    """The rows, and the database that holds them; no dataclass, or Hypothesis would print them."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        catalogue: Catalogue,
        rows: Mapping[str, list[dict[str, Any]]],
    ) -> None:
        self.connection = connection
        self.catalogue = catalogue
        self.rows = rows


def made_up() -> dict[str, list[dict[str, Any]]]:
    some = Random(20_261_124)  # noqa: S311 - the same rows in every run
    persons = [*range(1, 13), None, 99]
    person = [
        {"id": key, "school_id": 8 if key > 10 else CONTROLLER, "is_nobody": key in {STAND_IN, 10}}
        for key in range(1, 13)
    ]
    course = [{"id": key} for key in (1, 2)]
    unit: list[dict[str, Any]] = [
        {"id": 1, "course_id": 1},
        {"id": 2, "course_id": None},
        {"id": 3, "course_id": 2},
    ]
    pairs = [(one, who) for one in range(1, 9) for who in (*range(1, 13), 99)]
    membership = [
        {"thread_id": one, "person_id": who, "has_left": some.choice([True, False, None])}
        for one, who in some.sample(pairs, 34)
    ]
    enrolment = [
        {"course_id": one, "person_id": who} for one, who in some.sample(pairs, 12) if one < 4
    ]
    item = [
        {
            "id": key,
            "owner_id": some.choice([*persons, SUBJECT, SUBJECT]),
            "reviewer_id": some.choice([*persons, SUBJECT, SUBJECT]),
            "thread_id": some.choice([None, *range(1, 10)]),
            "course_id": some.choice([None, 1, 2, 3]),
            "unit_id": some.choice([None, 1, 2, 3, 4]),
            "scope": some.choice([None, "library", "course"]),
            "is_draft": some.choice([None, True, False]),
        }
        for key in range(1, 401)
    ]
    return {
        "person": person,
        "course": course,
        "unit": unit,
        "membership": membership,
        "enrolment": enrolment,
        "item": item,
    }


@pytest.fixture(scope="module")
async def school(stack: Stack, new_database: NewDatabase) -> AsyncIterator[School]:
    connection = await asyncpg.connect(stack.database_url(new_database()))
    await connection.execute(SCHEMA)
    rows = made_up()
    for name, listed in rows.items():
        records = [tuple(row.values()) for row in listed]
        await connection.copy_records_to_table(name, records=records, columns=list(listed[0]))
    bound = {
        "habeas.subject": str(SUBJECT),
        "habeas.controller_key": str(CONTROLLER),
        "habeas.stand_in": str(STAND_IN),
        "habeas.remnants": f"{{{REMNANT}}}",
        "habeas.named_by_kept": "false",
        "habeas.named_by_held": "false",
    }
    for name, value in bound.items():
        await connection.execute("SELECT set_config($1, $2, false)", name, value)
    yield School(connection, await read_catalogue(connection, "public"), rows)
    await connection.close()


AUDIENCES = st.sampled_from(["thread", "course", "anybody"])
PATHS = st.lists(
    st.sampled_from(["course_id", "unit_id", "unit_id.course_id"]), min_size=1, max_size=2
)
VALUES = st.sampled_from(["library", "course", None, ["library", None], ["library", "course"]])
ALONE = st.fixed_dictionaries(
    {},
    optional={
        "only_subject": AUDIENCES,
        "shared": AUDIENCES,
        "nobody_left": AUDIENCES,
        "container_gone": PATHS,
        "person_gone": st.sampled_from(["owner_id", "reviewer_id"]),
        "is": st.fixed_dictionaries(
            {"scope": VALUES}, optional={"is_draft": st.sampled_from([True, False, None])}
        ),
    },
).filter(bool)
CONDITIONS = st.one_of(ALONE, ALONE.map(lambda asked: {"not": asked})).flatmap(
    lambda asked: st.sampled_from([asked, {"not": asked}, asked | {"person_gone": "owner_id"}])
)
EFFECTS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"effect": "delete"},
        {"effect": "anonymise"},
        {"effect": "anonymise", "until": {"nobody_left": "thread"}, "then": "delete"},
        {"effect": "keep", "because": "x"},
        {"effect": "keep", "because": "x", "article": "17(3)(b)"},
    ]
)
RULES = st.tuples(
    st.lists(st.tuples(CONDITIONS, EFFECTS).map(lambda pair: {"when": pair[0], **pair[1]}), max_size=3),
    EFFECTS,
).map(lambda pair: [*pair[0], pair[1]])  # fmt: skip


def data_map(owner: Any, reviewer: Any, member: Any) -> DataMap:
    general: dict[str, Any] = {
        "category": "communication",
        "title": "x",
        "fields": {"id": {"title": "x"}},
    }
    via: dict[str, Any] = {"via": "membership", "match": {"thread_id": "thread_id"}}
    document: dict[str, Any] = {
        "habeas": 1,
        "name": "small",
        "rights": ["erasure"],
        "sources": {"lms": {"kind": "sql", "url": "x"}},
        "subject": {
            "source": "lms",
            "table": "person",
            "key": "id",
            "controller": "school_id",
            "identifiers": {"key": "id"},
            "display": ["id"],
            "where": {"is": {"is_nobody": False}},
        },
        "audiences": {
            "thread": {
                "table": "membership",
                "match": {"thread_id": "thread_id"},
                "person": "person_id",
                "where": {"is": {"has_left": False}},
            },
            "course": {
                "table": "enrolment",
                "match": {"course_id": "course_id"},
                "person": "person_id",
            },
            "anybody": {"any": ["course", {"everyone": {"is": {"scope": "library"}}}]},
        },
        "references": {"item.course_id": "course.id", "item.unit_id": "unit.id"},
        "record_types": {
            "membership": {
                **general,
                "table": "membership",
                "key": ["thread_id", "person_id"],
                "roles": {"member": {"column": "person_id", "erasure": "delete"}},
            },
            "item": {
                **general,
                "table": "item",
                "roles": {
                    "owner": {"column": "owner_id", "erasure": owner},
                    "reviewer": {"column": "reviewer_id", "erasure": reviewer},
                    "member": {**via, "erasure": member},
                },
            },
        },
    }
    return DataMap.model_validate(document)


def facts_of(rows: Mapping[str, list[dict[str, Any]]], item: dict[str, Any]) -> Facts:
    living = {
        row["id"]
        for row in rows["person"]
        if row["school_id"] == CONTROLLER and not row["is_nobody"]
    } - {SUBJECT, STAND_IN, REMNANT}
    members = [row for row in rows["membership"] if row["thread_id"] == item["thread_id"]]
    in_thread = {row["person_id"] for row in members if row["has_left"] is False} & living
    enrolled = [row for row in rows["enrolment"] if row["course_id"] == item["course_id"]]
    in_course = {row["person_id"] for row in enrolled} & living
    courses = {row["id"] for row in rows["course"]}
    units = {row["id"]: row["course_id"] for row in rows["unit"]}
    named = {
        "owner": item["owner_id"] == SUBJECT,
        "reviewer": item["reviewer_id"] == SUBJECT,
        "member": any(row["person_id"] == SUBJECT for row in members),
    }
    return Facts(
        roles=tuple(role for role, is_named in named.items() if is_named),
        living_audience={
            "thread": len(in_thread),
            "course": len(in_course),
            "anybody": len(in_course | (living if item["scope"] == "library" else set())),
        },
        gone_containers={
            "course_id": item["course_id"] not in courses,
            "unit_id": item["unit_id"] not in units,
            "unit_id.course_id": units.get(item["unit_id"]) not in courses,
        },
        gone_persons={name: item[name] not in living for name in ("owner_id", "reviewer_id")},
        columns=item,
    )


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(owner=RULES, reviewer=RULES, member=RULES)
async def test_the_database_decides_every_record_as_the_plain_rule_does(
    school: School, owner: Any, reviewer: Any, member: Any
) -> None:
    of_map = data_map(owner, reviewer, member)
    rules = rules_of(of_map.record_types["item"], Right.ERASURE)
    expected = {}
    for item in school.rows["item"]:
        branch = decide(rules, facts_of(school.rows, item))
        if branch is not None:
            expected[item["id"]] = (branch.role, branch.position)
    decisions = Decisions.of(of_map, "item", Right.ERASURE)
    located = Locator(of_map, school.catalogue).locate("item")
    code = decisions.code(Conditions(of_map, school.catalogue), located).label("code")
    query = select(located.row.c.id, code).select_from(located.source).where(located.where)
    found = await school.connection.fetch(render(query))
    decided = {row["id"]: decisions.by_code[row["code"]] for row in found}
    assert {key: (each.role, each.position) for key, each in decided.items()} == expected
    assert len(expected) > 100

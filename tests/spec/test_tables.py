"""Every cell of the article's tables is a rule of the campus map."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from app.datamap.read import read
from app.domain.catalogue import Catalogue
from app.rules import branches_of
from schemas.vocabulary import Category, Right
from tests.fixtures.campus import CAMPUS_MAP
from tests.spec.carrying import carried_out
from tests.spec.cases import Table
from tests.spec.driver import EngineRoom
from tests.spec.manual import manual
from tests.spec.paper import Decided, Paper
from tests.spec.rows import insert
from tests.spec.tables import CASES, TABLES

MAP = read(CAMPUS_MAP.read_text(encoding="utf-8")).data_map


@dataclass(slots=True)
class Record:
    """What has happened in the cases before.

    Attributes:
        on_paper: The cases that were carried out there.
        by_the_engine: The cases that it carried out.
        rules: The rules that have decided a record on paper.
    """

    on_paper: set[str] = field(default_factory=set)
    by_the_engine: set[str] = field(default_factory=set)
    rules: set[tuple[Right, Decided]] = field(default_factory=set)


@pytest.fixture(scope="module")
def record() -> Record:
    return Record()


@pytest.mark.parametrize("name", CASES, ids=tuple(CASES))  # long ones, too
async def test_on_paper(
    name: str,
    connection: asyncpg.Connection,
    catalogue: Catalogue,
    record: Record,
) -> None:
    case = CASES[name]
    transaction = connection.transaction()
    await transaction.start()
    try:
        await insert(connection, case.world)
        paper = Paper(connection, MAP, catalogue, record.rules)
        await carried_out(case, paper, connection)
    finally:
        await transaction.rollback()
    record.on_paper.add(name)


@pytest.mark.parametrize("name", CASES, ids=tuple(CASES))  # long ones, too
async def test_by_the_engine(name: str, engine_room: EngineRoom, record: Record) -> None:
    case = CASES[name]
    async with engine_room.driver(case.world) as driver:
        await carried_out(case, driver, engine_room.campus)
    record.by_the_engine.add(name)


def rules() -> Iterator[tuple[Right, Decided]]:
    for right in (Right.RESTRICTION, Right.ERASURE):
        for name, spec in MAP.record_types.items():
            for branch in branches_of(spec, right):
                yield right, (name, branch.role, branch.position)


def test_every_rule_of_the_map_decides_in_a_case(record: Record) -> None:
    if record.on_paper != set(CASES):
        pytest.skip("says nothing unless every case was carried out before")
    assert set(rules()) - record.rules == set()


async def test_the_engine_has_followed_every_rule_of_the_map(
    record: Record, engine_room: EngineRoom
) -> None:
    if record.by_the_engine != set(CASES):
        pytest.skip("says nothing unless every case was carried out before")
    assert await engine_room.decided() == set(rules())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_every_category_of_the_article_has_a_cell(table: Table) -> None:
    rows = [cell.category for cell in table.cells]
    wanted = set(Category) - ({Category.CALENDAR} if table is TABLES[-1] else set())
    assert (len(rows), set(rows)) == (len(wanted), wanted)


def test_no_two_cases_are_known_by_the_same_words() -> None:
    assert len(CASES) == sum(len(cell.cases) for table in TABLES for cell in table.cells)


def test_the_page_for_support_staff_says_what_the_cases_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == manual(MAP), (
        "python -m tests.spec.manual > docs/rules.md"
    )

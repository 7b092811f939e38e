"""Every cell of the article's tables is a rule of the campus map."""

from collections.abc import Awaitable, Callable, Iterator
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


Rules = frozenset[tuple[Right, Decided]]
OnPaper = Callable[[str], Awaitable[Rules]]


@pytest.fixture(scope="module")
def on_paper(connection: asyncpg.Connection, catalogue: Catalogue) -> OnPaper:
    """Carry a case out on paper, once, and give the rules that decided a record."""
    decided: dict[str, Rules] = {}

    async def carry_out(name: str) -> Rules:
        if name not in decided:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await insert(connection, CASES[name].world)
                paper = Paper(connection, MAP, catalogue)
                await carried_out(CASES[name], paper, connection)
            finally:
                await transaction.rollback()
            decided[name] = frozenset(paper.decided)
        return decided[name]

    return carry_out


@pytest.mark.parametrize("name", CASES, ids=tuple(CASES))  # long ones, too
async def test_on_paper(name: str, on_paper: OnPaper) -> None:
    assert await on_paper(name)


@pytest.mark.parametrize("name", CASES, ids=tuple(CASES))  # long ones, too
async def test_by_the_engine(name: str, engine_room: EngineRoom, on_paper: OnPaper) -> None:
    case = CASES[name]
    async with engine_room.driver(case.world) as driver:
        await carried_out(case, driver, engine_room.campus)
        followed = await driver.decided()
    assert followed == await on_paper(name)


def rules() -> Iterator[tuple[Right, Decided]]:
    for right in (Right.RESTRICTION, Right.ERASURE):
        for name, spec in MAP.record_types.items():
            for branch in branches_of(spec, right):
                yield right, (name, branch.role, branch.position)


async def test_every_rule_of_the_map_decides_in_a_case(on_paper: OnPaper) -> None:
    decided = frozenset[tuple[Right, Decided]]().union(*[await on_paper(name) for name in CASES])
    assert decided == set(rules())


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

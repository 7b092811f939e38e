"""Whoever writes a data map is told what its rules come to for one person."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from app.__main__ import main
from app.datamap.explain import ExplainedType
from app.datamap.read import read
from app.domain.errors import Refused, SourceFailure
from app.ordering import order_of
from app.services.explanations import Asked, explain_file
from app.sources.sql.catalogue import read_catalogue
from schemas.vocabulary import Right
from tests.e2e.campus_counts import COUNTS
from tests.fixtures.campus import CAMPUS_MAP, Campus

NEVER_EXPORTED = {
    "person_setting": "SELECT count(*) FROM person_setting WHERE person_id = $1",
    "last_selection": "SELECT count(*) FROM ui_state WHERE person_id = $1 AND kind = 'last_selection'",
    "cookie": "SELECT count(*) FROM ui_state WHERE person_id = $1 AND kind = 'cookie'",
}


def asked(campus: Campus, right: Right = Right.ERASURE) -> Asked:
    facts = campus.facts.institutions[0]
    return Asked(right, str(facts.namesakes[0].id), facts.key, campus.url)


def number_of(explained: ExplainedType) -> int:
    return sum(explained.counts.values())


@pytest.mark.parametrize("right", [Right.RESTRICTION, Right.ERASURE])
async def test_every_record_of_the_person_falls_under_one_rule(
    campus: Campus, right: Right
) -> None:
    explained = {each.name: each for each in await explain_file(CAMPUS_MAP, asked(campus, right))}
    connection = await asyncpg.connect(campus.url)
    key = int(asked(campus).subject_key)
    expected = {
        name: await connection.fetchval(sql, key)
        for name, sql in {**COUNTS, **NEVER_EXPORTED}.items()
        if name in explained
    }
    await connection.close()
    assert {name: number_of(each) for name, each in explained.items()} == expected
    assert sum(expected.values()) > len(expected)


async def test_record_types_stand_in_the_order_of_effects_and_the_person_last(
    campus: Campus,
) -> None:
    explained = await explain_file(CAMPUS_MAP, asked(campus))
    assert [each.name for each in explained][-1] == "person"
    assert {each.name for each in explained if each.is_noted} == {"guardian", "thread"}


async def test_the_statements_of_rules_are_answered_by_the_database(campus: Campus) -> None:
    explained = await explain_file(CAMPUS_MAP, asked(campus))
    connection = await asyncpg.connect(campus.url)
    settings = {
        "habeas.subject": asked(campus).subject_key,
        "habeas.controller_key": asked(campus).controller_key,
        "habeas.stand_in": "",
        "habeas.remnants": "{}",
        "habeas.named_by_kept": "false",
    }
    for name, value in settings.items():
        await connection.execute("SELECT set_config($1, $2, false)", name, value)
    statements = [sql for each in explained for sql in each.whens.values()]
    for sql in statements:
        await connection.fetch(sql)
    await connection.close()
    assert len(statements) > 10


async def test_the_command_says_each_rule_in_words_and_in_sql(
    campus: Campus, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = asked(campus)
    words = ["datamap", "explain", str(CAMPUS_MAP), "--against", campus.url]
    words += ["--subject", wanted.subject_key, "--controller", wanted.controller_key or ""]
    assert await asyncio.to_thread(main, words) == 0
    told = capsys.readouterr().out
    assert told.startswith("Erasure, record types in the order in which they are worked: ")
    assert (
        "  child, via guardian_of\n    1. where nobody else is left in its family, delete: " in told
    )
    assert "SELECT t.id" in told
    assert "counted by" in told
    assert wanted.subject_key not in told.replace(",", "").split()
    assert await asyncio.to_thread(main, [*words, "--right", "restriction"]) == 0
    assert "is_hidden := true" in capsys.readouterr().out


async def test_a_map_with_errors_is_not_explained(
    campus: Campus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.yaml"
    text = CAMPUS_MAP.read_text(encoding="utf-8")
    file.write_text(text.replace("column: sender_id", "column: sender"), encoding="utf-8")
    words = ["datamap", "explain", str(file), "--against", campus.url]
    assert await asyncio.to_thread(main, [*words, "--subject", "1", "--controller", "1"]) == 1
    assert "has no column `sender`" in capsys.readouterr().out


async def test_the_controller_has_to_be_named_where_the_map_tells_them_apart(
    campus: Campus,
) -> None:
    bare = Asked(Right.ERASURE, asked(campus).subject_key, None, campus.url)
    with pytest.raises(Refused, match="add --controller"):
        await explain_file(CAMPUS_MAP, bare)


async def test_a_person_of_another_controller_is_nobody(campus: Campus) -> None:
    other = campus.facts.institutions[1].key
    wanted = Asked(Right.ERASURE, asked(campus).subject_key, other, campus.url)
    with pytest.raises(Refused, match="no person with this key"):
        await explain_file(CAMPUS_MAP, wanted)


async def test_a_database_that_does_not_answer_is_told_without_its_address() -> None:
    nowhere = Asked(Right.ERASURE, "1", "1", "postgresql://nobody:secret@127.0.0.1:1/none")
    with pytest.raises(SourceFailure) as caught:
        await explain_file(CAMPUS_MAP, nowhere)
    assert "secret" not in str(caught.value)


async def test_the_campus_is_worked_so_that_everything_is_found_and_may_go(
    campus: Campus,
) -> None:
    connection = await asyncpg.connect(campus.url)
    catalogue = await read_catalogue(connection, "public")
    await connection.close()
    data_map = read(CAMPUS_MAP.read_text(encoding="utf-8")).data_map
    order = order_of(data_map, catalogue, "lms", Right.ERASURE)
    place = {name: order.names.index(name) for name in order.names}
    for first, second in (
        ("message", "thread_member"),
        ("message", "thread"),
        ("thread_member", "thread"),
        ("guardian_of", "guardian"),
        ("submission_file", "submission"),
        ("submission", "assignment"),
        ("material_share", "material"),
    ):
        assert place[first] < place[second], (first, second)
    assert order.noted == {"thread", "guardian"}
    assert order.persons == ("person",)

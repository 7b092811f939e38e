"""The printed grants are enough for what Habeas does with a learning platform, and no more than that."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import ClauseElement

from app.__main__ import main
from app.datamap.read import read
from app.embedded.stack import Stack
from app.services.grants import Roles, grants_for_file
from app.sources.registry import Sources
from app.sources.sql.catalogue import read_catalogue
from app.sources.sql.effects.every import compile_effects, compile_reading
from app.sources.sql.tables import heard_by, render
from schemas.vocabulary import Right
from tests.fixtures.campus import CAMPUS_MAP, Campus
from tests.fixtures.workplace import Workplace
from tests.mutation.swapping import forget_kept

ROLES = Roles("lms_reader", "lms eraser")
NEWEST_RESTRICTION = "SELECT id FROM restriction ORDER BY created_at DESC LIMIT 1"
GRANT = re.compile(r"GRANT (\w+)(?: \((.*)\))? ON public\.(\w+) TO (.*);")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A campus whose roles have what was printed, and nothing by other ways.

    Attributes:
        workplace: Its engine.
        printed: The lines.
        reader_url: The campus as the reader.
        eraser_url: The campus as the eraser.
    """

    workplace: Workplace
    printed: list[str]
    reader_url: str
    eraser_url: str

    def as_role(self, url: str) -> Workplace:
        """Give the workplace with an engine that reaches the campus as a role."""
        environment = self.workplace.campus.environment | {"CAMPUS_DATABASE_URL": url}
        sources = Sources(environment, connections=2, jobs=4)
        return replace(self.workplace, context=replace(self.workplace.context, sources=sources))


@pytest.fixture(scope="module")
async def guarded(stack: Stack, workplace: Workplace) -> AsyncIterator[Guarded]:
    for role in (ROLES.reader, ROLES.eraser):
        stack.ensure_role(role)
    url = workplace.campus.url
    name = url.split("?")[0].rpartition("/")[2]
    await workplace.lms_does(
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE {name} FROM PUBLIC"
    )
    printed = await grants_for_file(CAMPUS_MAP, url, ROLES)
    await workplace.lms_does("\n".join(printed))
    yield Guarded(
        workplace,
        printed,
        stack.database_url(name, ROLES.reader),
        stack.database_url(name, ROLES.eraser),
    )
    await workplace.lms_does(
        "".join(
            f'DROP OWNED BY "{role}"; DROP ROLE "{role}";' for role in (ROLES.eraser, ROLES.reader)
        )
    )


@pytest.fixture
def subject(workplace: Workplace) -> str:
    return str(workplace.campus.facts.teacher.id)


async def outcome(workplace: Workplace, subject: str, right: Right, **options: object) -> str:
    request = await workplace.carry_out(subject, right, **options)
    job = await workplace.job(request)
    return str(job["attention_detail"] or job["state"])


async def test_the_reader_exports_and_can_change_nothing(guarded: Guarded, subject: str) -> None:
    reading = guarded.as_role(guarded.reader_url)
    assert await outcome(reading, subject, Right.ACCESS) == "completed"
    assert await outcome(reading, subject, Right.PORTABILITY) == "completed"
    refused = await outcome(reading, subject, Right.RESTRICTION, ground="accuracy_contested")
    assert "InsufficientPrivilegeError" in refused
    await reading.context.sources.close()


async def test_the_eraser_restricts_exports_what_is_restricted_lifts_and_erases(
    guarded: Guarded,
) -> None:
    acting = guarded.as_role(guarded.eraser_url)
    person = str(guarded.workplace.campus.facts.namesakes[1].id)
    ground = {"ground": "accuracy_contested"}
    assert await outcome(acting, person, Right.RESTRICTION, **ground) == "completed"
    assert await outcome(acting, person, Right.ACCESS) == "completed"
    (row,) = await acting.execute(NEWEST_RESTRICTION)
    lifted = {"restriction_id": str(row["id"])}
    assert await outcome(acting, person, Right.RESTRICTION_LIFT, **lifted) == "completed"
    assert await outcome(acting, person, Right.RESTRICTION, **ground) == "completed"
    assert await outcome(acting, person, Right.ERASURE) == "completed"
    await acting.context.sources.close()


async def every_statement(url: str) -> tuple[list[str], list[str]]:
    """Give the text of all that a reader runs, and of all that an eraser runs besides."""
    data_map = read(CAMPUS_MAP.read_text("utf-8")).data_map
    connection = await asyncpg.connect(url)
    catalogue = await read_catalogue(connection, "public")
    await connection.close()
    found: tuple[list[ClauseElement], list[ClauseElement]] = ([], [])
    for heard, compile_all in zip(found, (compile_reading, compile_effects), strict=True):
        with heard_by(heard.append):
            compile_all(data_map, catalogue, data_map.subject.source)
    reading, effects = ([*dict.fromkeys(render(each) for each in some)] for some in found)
    return reading, effects


async def test_whatever_a_right_runs_was_gone_through(guarded: Guarded) -> None:
    workplace = guarded.as_role(guarded.eraser_url)
    (person,) = await workplace.lms_rows(
        "SELECT sender_id FROM message JOIN person ON person.id = sender_id AND role = 'student'"
        f" WHERE institution_id = {int(workplace.controller.key_in_lms or '')}"
        " GROUP BY sender_id ORDER BY count(*) DESC LIMIT 1"
    )
    subject, ground = str(person[0]), {"ground": "accuracy_contested"}
    heard: list[ClauseElement] = []
    forget_kept()  # so that all is written anew, and heard
    with heard_by(heard.append):
        for right in (Right.ACCESS, Right.PORTABILITY):
            assert await outcome(workplace, subject, right) == "completed"
        assert await outcome(workplace, subject, Right.RESTRICTION, **ground) == "completed"
        (row,) = await workplace.execute(NEWEST_RESTRICTION)
        lifted = {"restriction_id": str(row["id"])}
        assert await outcome(workplace, subject, Right.RESTRICTION_LIFT, **lifted) == "completed"
        assert await outcome(workplace, subject, Right.ERASURE) == "completed"
    await workplace.context.sources.close()
    reading, effects = await every_statement(guarded.workplace.campus.url)
    assert len(heard) > 200
    assert {render(each) for each in heard} <= {*reading, *effects}


async def as_session(url: str) -> asyncpg.Connection:
    """Connect with the settings that statements read."""
    connection = await asyncpg.connect(url)
    for name in ("subject", "controller_key", "stand_in"):
        await connection.execute(f"SET habeas.{name} = '1'")
    for name, value in (
        ("remnants", "{}"),
        ("named_by_kept", "false"),
        ("named_by_held", "false"),
        ("vault", "[]"),
        ("vaulted", "[]"),
    ):
        await connection.execute(f"SET habeas.{name} = '{value}'")
    return connection


async def is_refused(connection: asyncpg.Connection, statements: list[str]) -> bool:
    """Tell whether PostgreSQL would refuse any of them; EXPLAIN checks privileges and runs nothing."""
    for statement in statements:
        try:
            await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
        except asyncpg.InsufficientPrivilegeError:
            return True
    return False


async def test_every_statement_is_allowed_and_no_column_is_granted_in_vain(
    guarded: Guarded,
) -> None:
    reading, effects = await every_statement(guarded.workplace.campus.url)
    assert len(reading) > 100
    assert len(effects) > 100
    connections = {
        ROLES.reader: await as_session(guarded.reader_url),
        f'"{ROLES.eraser}"': await as_session(guarded.eraser_url),
    }
    needed = dict(zip(connections, (reading, effects), strict=True))
    for role, statements in needed.items():
        assert not await is_refused(connections[role], statements), role
    owner = await asyncpg.connect(guarded.workplace.campus.url)
    idle = []
    for line in guarded.printed:
        found = GRANT.fullmatch(line)
        if found is None:
            continue
        privilege, columns, table, role = found.groups()
        touching = [each for each in needed[role] if f"public.{table}" in each]
        for column in columns.split(", ") if columns else [""]:
            what = f"{privilege} ({column})" if column else privilege
            await owner.execute(f"REVOKE {what} ON public.{table} FROM {role}")
            if not await is_refused(connections[role], touching):
                idle.append(f"{what} ON {table} TO {role}")
            await owner.execute(f"GRANT {what} ON public.{table} TO {role}")
    for connection in (owner, *connections.values()):
        await connection.close()
    assert idle == []


async def test_what_is_no_table_is_needed_too(guarded: Guarded, subject: str) -> None:
    others = [
        line
        for line in guarded.printed
        if line.startswith("GRANT") and GRANT.fullmatch(line) is None
    ]
    assert len(others) >= 3
    for line in others:
        await guarded.workplace.lms_does(
            line.replace("GRANT", "REVOKE", 1).replace(" TO ", " FROM ")
        )
        acting = guarded.as_role(guarded.eraser_url)
        assert await outcome(acting, subject, Right.ACCESS) != "completed", line
        await acting.context.sources.close()
        await guarded.workplace.lms_does(line)


def test_the_command_prints_statements_for_the_roles_that_are_named(
    campus: Campus, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["datamap", "grants", str(CAMPUS_MAP), "--against", campus.url, "--reader", "watcher"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "GRANT SELECT (" in printed
    assert " TO watcher;" in printed
    assert "GRANT watcher TO habeas_eraser;" in printed
    assert "GRANT DELETE ON public.message TO habeas_eraser;" in printed


def test_the_command_asks_the_maps_own_database_where_none_is_named(
    campus: Campus, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["datamap", "grants", str(CAMPUS_MAP)]
    monkeypatch.delenv("CAMPUS_DATABASE_URL", raising=False)
    assert main(words) == 2
    assert "asks for CAMPUS_DATABASE_URL, which the environment" in capsys.readouterr().err
    monkeypatch.setenv("CAMPUS_DATABASE_URL", campus.url)
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert main([*words, "--against", campus.url]) == 0
    assert capsys.readouterr().out == printed
    assert "GRANT habeas_reader TO habeas_eraser;" in printed


def test_a_map_with_errors_gets_no_grants(
    campus: Campus,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(CAMPUS_MAP.read_text("utf-8").replace("table: message\n", "table: massage\n"))
    monkeypatch.setenv("CAMPUS_DATABASE_URL", campus.url)
    for where in ([], ["--against", campus.url]):
        assert main(["datamap", "grants", str(broken), *where]) == 1
        assert "GRANT" not in capsys.readouterr().out

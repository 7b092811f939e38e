"""What becomes of restrictions when a backup of one database, or of both, is restored.

Reference:
    ``docs/operations.md``, "Restrictions after a restore".
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.demo.school import Person
from app.embedded.stack import Stack
from app.services import ledger
from app.services.ledger import Replay, Restored
from app.store.engine import create_engine
from app.store.roles import Role
from schemas.vocabulary import Right
from tests.fixtures.backups import Backup
from tests.fixtures.office import APPROVAL, Json, Office, context_of
from tests.fixtures.rows import Rows, all_rows
from tests.fixtures.stack import NewDatabase
from tests.fixtures.store import APPLICATION, OWNER
from tests.fixtures.tree import ROOT
from tests.fixtures.workplace import Workplace

_SAID = {"information": {"override_reason": "The platform's backup lifted it."}}


@dataclass(frozen=True, slots=True)
class Backups:
    """Of the learning platform's database and of Habeas's own."""

    lms: Backup
    habeas: Backup
    stack: Stack
    new_database: NewDatabase

    @asynccontextmanager
    async def copy(self, workplace: Workplace) -> AsyncIterator[Workplace]:
        """Work, until the block ends, with Habeas's database as the backup has it, beside the other."""
        name = self.new_database(owner=OWNER)
        urls = {role: self.stack.database_url(name, role) for role in (APPLICATION, Role.WORKER)}
        superuser_url = self.stack.database_url(name)
        await self.habeas.restore(superuser_url)
        engines = {role: create_engine(url) for role, url in urls.items()}
        yield replace(
            workplace,
            context=replace(workplace.context, database=engines[Role.WORKER]),
            database=engines[APPLICATION],
            url=urls[Role.WORKER],
            superuser_url=superuser_url,
        )
        for each in engines.values():
            await each.dispose()


@pytest.fixture
def backups(
    office: Office,
    stack: Stack,
    new_database: NewDatabase,
    empty_directory: Callable[[], Path],
) -> Backups:
    tools, directory = stack.bin_directory, empty_directory()
    lms = Backup(office.workplace.campus.url, tools, directory / "campus.dump")
    habeas = Backup(office.workplace.superuser_url, tools, directory / "habeas.dump")
    return Backups(lms, habeas, stack, new_database)


@pytest.fixture(scope="module")
def person(office: Office) -> Person:
    return office.workplace.campus.facts.namesakes[0]


@pytest.fixture(autouse=True, scope="module")
async def _with_a_stand_in(office: Office, person: Person) -> None:
    await lift(office, await office.restrict(person))


async def state_of(office: Office, request: Json) -> str:
    return str((await office.get(f"restrictions/{request['restriction_id']}"))["state"])


async def lms(office: Office) -> Rows:
    return await all_rows(office.workplace.campus.url)


async def asked_of(copy: Workplace, person: Person, right: Right, **options: object) -> str:
    """Let a copy of Habeas carry out a subject request; say how it ended."""
    job = await copy.job(await copy.carry_out(str(person.id), right, **options))
    return str(job["attention_reason"] or job["state"])


async def lift(office: Office, request: Json) -> Json:
    path = f"restrictions/{request['restriction_id']}/lift"
    return await office.carried_out(await office.post(path, _SAID | {"approval": APPROVAL}))


async def test_one_that_was_lifted_since_the_platforms_backup_is_lifted_by_a_copy_of_habeas(
    office: Office, backups: Backups, person: Person
) -> None:
    visible = await lms(office)
    made = await office.restrict(person)
    restricted = await lms(office)
    await backups.lms.take()
    await backups.habeas.take()
    await lift(office, made)
    await backups.lms.restore()
    assert (await state_of(office, made), await lms(office)) == ("lifted", restricted)
    path = f"restrictions/{made['restriction_id']}/lift"
    refused = await office.post(path, _SAID | {"approval": APPROVAL}, 409)
    assert refused["type"] == "/problems/not-restricted"
    # Made anew it takes for a former value what the first one set.
    await lift(office, await office.restrict(person))
    assert await lms(office) == restricted
    async with backups.copy(office.workplace) as copy:
        named = {"restriction_id": made["restriction_id"]}
        assert await asked_of(copy, person, Right.RESTRICTION_LIFT, **named) == "completed"
    assert await lms(office) == visible


async def test_one_that_began_since_the_platforms_backup_is_lifted_and_made_anew(
    office: Office, backups: Backups, person: Person
) -> None:
    visible = await lms(office)
    await backups.lms.take()
    made = await office.restrict(person)
    restricted = await lms(office)
    await backups.lms.restore()
    assert (await state_of(office, made), await lms(office)) == ("active", visible)
    body = {"right": "restriction", "ground": "accuracy_contested", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    refused = await office.post("subject-requests", body, 409)
    assert refused["type"] == "/problems/already-restricted"
    await lift(office, made)
    assert await lms(office) == visible
    anew = await office.restrict(person)
    assert await lms(office) == restricted
    await lift(office, anew)
    assert await lms(office) == visible


async def test_who_was_erased_out_of_one_is_erased_again_once_a_copy_has_lifted_it(
    office: Office, backups: Backups
) -> None:
    person = office.workplace.campus.facts.teacher
    made = await office.restrict(person)
    taken_at = await backups.lms.take()
    await backups.habeas.take()
    await office.erase(person)
    erased = await lms(office)
    await backups.lms.restore()
    async with backups.copy(office.workplace) as copy:
        named = {"restriction_id": made["restriction_id"]}
        assert await asked_of(copy, person, Right.RESTRICTION_LIFT, **named) == "completed"
    context, controller_id = context_of(office.workplace), office.workplace.controller.id
    replayed = await ledger.replay(context, controller_id, Restored(taken_at), is_trial=False)
    assert replayed == Replay(found=1, submitted=1)
    await office.work()
    assert await lms(office) == erased


async def test_of_one_that_began_since_habeas_own_backup_the_former_values_are_gone(
    office: Office, backups: Backups, person: Person
) -> None:
    visible = await lms(office)
    await backups.habeas.take()
    here = await office.restrict(person)
    restricted = await lms(office)
    async with backups.copy(office.workplace) as copy:
        assert await copy.execute("SELECT FROM restriction WHERE state = 'active'") == []
        ground = {"ground": "accuracy_contested"}
        assert await asked_of(copy, person, Right.RESTRICTION, **ground) == "completed"
        ((made,),) = await copy.execute("SELECT id FROM restriction WHERE state = 'active'")
        named = {"restriction_id": str(made)}
        assert await asked_of(copy, person, Right.RESTRICTION_LIFT, **named) == "completed"
    assert await lms(office) == restricted
    await lift(office, here)
    assert await lms(office) == visible


async def test_one_that_was_lifted_since_habeas_own_backup_is_lifted_again_and_changes_nothing(
    office: Office, backups: Backups, person: Person
) -> None:
    made = await office.restrict(person)
    await backups.habeas.take()
    await lift(office, made)
    visible = await lms(office)
    async with backups.copy(office.workplace) as copy:
        named = {"restriction_id": made["restriction_id"]}
        assert await asked_of(copy, person, Right.RESTRICTION_LIFT, **named) == "completed"
    assert await lms(office) == visible


async def test_the_vault_of_who_was_erased_since_habeas_own_backup_is_back_for_good(
    office: Office, backups: Backups
) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    made = await office.restrict(person)
    await backups.habeas.take()
    await office.erase(person)
    erased = await lms(office)
    async with backups.copy(office.workplace) as copy:
        assert await asked_of(copy, person, Right.ERASURE) == "subject_not_found"
        (row,) = await copy.execute(
            "SELECT r.state, q.subject_display FROM restriction AS r"
            " JOIN subject_request AS q ON q.id = r.subject_request_id WHERE r.id = $1",
            made["restriction_id"],
        )
        assert (row["state"], person.full_name in row["subject_display"]) == ("active", True)
        ended = "state = 'erased', ended_at = now(), wrapped_key = NULL WHERE id = "
        page = (ROOT / "docs" / "operations.md").read_text("utf-8")
        assert f"`UPDATE restriction SET {ended}'ID'`" in page
        await copy.execute(f"UPDATE restriction SET {ended}$1", made["restriction_id"])
    assert await lms(office) == erased
    async with backups.copy(office.workplace) as copy:
        named = {"restriction_id": made["restriction_id"]}
        assert await asked_of(copy, person, Right.RESTRICTION_LIFT, **named) == "completed"
        assert await copy.execute("SELECT FROM vault_entry") == []
    assert await lms(office) == erased

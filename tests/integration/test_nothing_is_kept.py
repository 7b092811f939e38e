"""After a completed erasure Habeas itself, database and bundles, holds no identifier of the person."""

import re

import asyncpg

from app.demo.school import Person
from app.engine.webhooks.dispatch import dispatch
from tests.fixtures.office import APPROVAL, Office

COLUMNS = ("full_name", "email", "username", "student_no", "candidate_id", "phone", "home_address")
LONG_ENOUGH = 5
"""Shorter texts would be found in anything."""


async def identifiers(office: Office, person_id: int) -> list[str]:
    """Give what tells the person, as the learning platform holds it."""
    connection = await asyncpg.connect(office.workplace.campus.url)
    try:
        row = await connection.fetchrow("SELECT * FROM person WHERE id = $1", person_id)
    finally:
        await connection.close()
    assert row is not None
    return [str(row[name]) for name in COLUMNS if row[name] and len(str(row[name])) >= LONG_ENOUGH]


async def everything_held(office: Office) -> str:
    """Give every row of every table of Habeas's own database, as text."""
    tables = await office.workplace.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    found = []
    for (table,) in tables:
        rows = await office.workplace.execute(f'SELECT t::text AS row FROM "{table}" AS t')
        found += [f"{table}: {row['row']}" for row in rows]
    return "\n".join(found)


async def exercise(office: Office, person: Person) -> None:
    """Have all held that can be held of a person: bundle, vault, preview, answers, reasons, events."""
    reason = {"approval": APPROVAL | {"reason": f"Asked for by {person.email}"}}
    access = {"right": "access", "confirmation": await office.confirmed(person)}
    done = await office.carried_out(await office.post("subject-requests", access | reason))
    await office.post(f"bundles/{done['bundle_id']}/links", {}, 201)
    await office.restrict(person)
    await office.post("webhook-endpoints", {"url": "https://school.example/habeas"}, 201)
    await office.preview("erasure", person)


async def test_a_scan_of_all_that_habeas_holds_finds_nobody(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    named = await identifiers(office, person.id)
    await exercise(office, person)
    before = await everything_held(office)
    assert person.email in before  # the scan would find them
    preview = await office.preview("erasure", person)
    erasure = {
        "right": "erasure",
        "confirmation": await office.confirmed(person),
        "preview_digest": preview["digest"],
        "approval": APPROVAL | {"reason": f"Asked for by {person.email}"},
    }
    done = await office.carried_out(await office.post("subject-requests", erasure))
    assert done["state"] == "completed", done
    await dispatch(office.workplace.context.database, office.workplace.controller.id)
    assert await office.workplace.execute("SELECT FROM webhook_delivery")
    after = await everything_held(office)
    assert [name for name in named if name in after] == []
    assert re.search(rf'(?<![\d-])"?{person.id}"?(?![\d-])', after) is None
    assert list(office.workplace.bundles.glob("*")) == []
    assert not re.search(r"^download_link:", after, re.MULTILINE)

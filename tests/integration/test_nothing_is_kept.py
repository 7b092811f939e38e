"""After a completed erasure Habeas itself, database and bundles, holds no identifier of the person."""

import re
from datetime import UTC, datetime

import asyncpg

from app.demo.school import Person
from app.engine.webhooks.dispatch import dispatch
from tests.fixtures.office import APPROVAL, Office
from tests.fixtures.second_persons import OLA, done, erasure, settings

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
    why = {"reason": f"Asked for by {person.email}"}
    access = {"right": "access", "confirmation": await office.confirmed(person)}
    request = await office.post("subject-requests", access | {"approval": APPROVAL | why})
    told = {"informed_at": datetime.now(UTC).isoformat(), "how": f"To {person.email}"}
    await office.post(
        f"subject-requests/{request['id']}/extension", {"months": 1} | why | told, 200
    )
    ended = await office.carried_out(request)
    await office.post(f"bundles/{ended['bundle_id']}/links", {}, 201)
    await office.restrict(person)
    await office.post("webhook-endpoints", {"url": "https://school.example/habeas"}, 201)
    whose = {"confirmation": await office.confirmed(person)}
    held = await office.post("holds", {"article": "17(3)(e)"} | whose | why, 201)
    await office.post(f"holds/{held['id']}/end", why, 200)
    await office.post("audit-searches", whose | why, 200)
    letter = {"message": f"I am {person.full_name}.", "contact": person.email}
    await office.post("misdirected-requests", letter | {"received_at": told["informed_at"]}, 201)
    refused = {"article": "18(1)"} | why
    await office.post(f"subject-requests/{await waiting(office, person)}/refusal", refused, 200)
    await office.preview("erasure", person)


async def waiting(office: Office, person: Person) -> str:
    """Submit a restriction that has not begun."""
    body = {"right": "restriction", "ground": "unlawful_processing", "approval": APPROVAL}
    whose = {"confirmation": await office.confirmed(person)}
    return str((await office.post("subject-requests", body | whose))["id"])


async def test_a_scan_of_all_that_habeas_holds_finds_nobody(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    named = await identifiers(office, person.id)
    await exercise(office, person)
    before = await everything_held(office)
    assert person.email in before  # the scan would find them
    why = {"reason": f"Asked for by {person.email}"}
    async with settings(office, two_person_erasure=True):
        wanted = await erasure(office, person) | {"approval": APPROVAL | why}
        submitted = await office.post("subject-requests", wanted)
        doubt = f"subject-requests/{submitted['id']}/identity-doubt"
        await office.post(doubt, why, 200)
        await office.post(f"{doubt}/end", why, 200)
        await done(office, f"subject-requests/{submitted['id']}/approval", why, OLA)
        await office.carried_out(submitted)
    await dispatch(office.workplace.context.database, office.workplace.controller.id)
    assert await office.workplace.execute("SELECT FROM webhook_delivery")
    after = await everything_held(office)
    assert [name for name in named if name in after] == []
    assert re.search(rf'(?<![\d-])"?{person.id}"?(?![\d-])', after) is None
    assert list(office.workplace.bundles.glob("*")) == []
    assert not re.search(r"^download_link:", after, re.MULTILINE)

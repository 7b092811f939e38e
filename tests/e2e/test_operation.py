"""What the one who runs Habeas does: commands in, keys turned over, bundles that end."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.domain.ids import PROCESSOR
from app.embedded.stack import Stack
from tests.fixtures.campus import CAMPUS_MAP, Campus
from tests.fixtures.customers import Customer
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.patience import PATIENCE_SECONDS, until
from tests.fixtures.stack import NewDatabase
from tests.fixtures.store import APPLICATION, OWNER


@pytest.fixture(scope="module")
async def habeas(campus: Campus, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    async with new_habeas(campus.environment, bundle_lifetime="P1D") as running:
        yield running


async def test_a_controller_is_set_up_from_the_command_line_alone(
    habeas: Habeas, campus: Campus, tmp_path: Path
) -> None:
    institution = campus.facts.institutions[0]
    await habeas.vacate(institution.key)
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"legal_name": "The school, as the law calls it"}))
    key = ("--key-in-lms", institution.key, "--settings", str(settings))
    made = habeas.run_anew("controllers", "create", "A school", *key)
    assert made.returncode == 0, made.stderr
    controller = made.stdout.strip()
    listed = habeas.run_anew("controllers", "list")
    assert re.search(rf"^{controller}  A school  .*{institution.key}$", listed.stdout, re.MULTILINE)
    published = habeas.run_anew("datamap", "publish", str(CAMPUS_MAP), "--controller", controller)
    assert published.returncode == 0, published.stderr
    words = ("--reason", "The agreement is signed", "--reference", "S-2026-1")
    enabled = habeas.run_anew("controllers", "enable", controller, *words)
    assert enabled.returncode == 0, enabled.stderr
    issued = habeas.run_anew("clients", "issue", "LMS", "--controller", controller, "--days", "1")
    assert issued.returncode == 0, issued.stderr
    api_key = issued.stdout.splitlines()[-1]
    headers = {"Authorization": f"Bearer {api_key}", "X-Acting-Person": "Kari Holm"}
    async with httpx.AsyncClient(
        base_url=habeas.url, headers=headers, timeout=PATIENCE_SECONDS
    ) as http:
        school = Customer(controller, http)  # type: ignore[arg-type]
        bundle = await school.download(await school.export(institution.namesakes[0].email))
    assert b"The school, as the law calls it" in bundle.xml
    scoped = habeas.run_anew(
        *("clients", "issue", "Reader", "--controller", controller, "--scope", "bundles:read")
    )
    headers = {"Authorization": f"Bearer {scoped.stdout.splitlines()[-1]}"}
    async with httpx.AsyncClient(
        base_url=habeas.url, headers=headers, timeout=PATIENCE_SECONDS
    ) as http:
        assert (await http.get("/v1/subject-requests")).status_code == 403


async def test_a_forwarded_address_is_believed_from_a_trusted_proxy_only(habeas: Habeas) -> None:
    controller = habeas.run("controllers", "create", "C school").stdout.strip()
    staff = habeas.run("clients", "issue", "Support desk", "--support", "--days", "1")
    assert staff.returncode == 0, staff.stderr
    someone = {"X-Acting-Person": "Siri Support", "Idempotency-Key": "proxied"}
    headers = {"Authorization": f"Bearer {staff.stdout.splitlines()[-1]}"} | someone
    wanted = {
        "name": "Portal",
        "scopes": ["access:request"],
        "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "allowed_networks": ["192.0.2.0/24"],
    }
    async with httpx.AsyncClient(base_url=habeas.url, timeout=PATIENCE_SECONDS) as http:
        url = f"/v1/controllers/{controller}/clients"
        issued = (await http.post(url, json=wanted, headers=headers)).json()
        own = {"Authorization": f"Bearer {issued['api_key']}"}

        async def told(forwarded_for: str) -> int:
            sent = own | {"X-Forwarded-For": forwarded_for}
            return (await http.get("/v1/subject-requests", headers=sent)).status_code

        assert await told("192.0.2.9") == 403
        habeas.restart_api(trusted_proxies="127.0.0.1, 10.0.0.0/8")
        try:
            assert await told("192.0.2.9") == 200
            assert await told("192.0.2.9, 10.1.2.3") == 200
            assert await told("192.0.2.9, 203.0.113.7") == 403
            assert await told("somewhere") == 403
        finally:
            habeas.restart_api()


async def test_a_key_of_support_is_revoked_on_the_command_line(habeas: Habeas) -> None:
    issued = habeas.run("clients", "issue", "Support desk", "--support", "--days", "1")
    key = issued.stdout.splitlines()[-1]
    client = str(UUID(hex=key.split("_")[1]))
    async with httpx.AsyncClient(base_url=habeas.url, timeout=PATIENCE_SECONDS) as http:
        headers = {"Authorization": f"Bearer {key}"}
        assert (await http.get("/v1/controllers", headers=headers)).status_code == 200
        words = ("clients", "revoke", client, "--support", "--reason", "It leaked")
        assert habeas.run(*words).returncode == 0
        assert (await http.get("/v1/controllers", headers=headers)).status_code == 401
    assert habeas.run(*words).returncode == 2


async def test_keys_of_support_are_listed_bound_to_networks_and_turned_over_by_command(
    habeas: Habeas,
) -> None:
    async def status(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=habeas.url, timeout=PATIENCE_SECONDS) as http:
            return (await http.get("/v1/controllers", headers=headers)).status_code

    def issued(name: str, *words: str) -> tuple[str, str]:
        key = habeas.run("clients", "issue", name, "--support", *words).stdout.splitlines()[-1]
        return str(UUID(hex=key.split("_")[1])), key

    far, far_key = issued("Far desk", "--network", "192.0.2.0/24", "--network", "2001:db8::1")
    near, near_key = issued("Near desk", "--network", "127.0.0.0/8")
    assert (await status(far_key), await status(near_key)) == (403, 200)
    why = ("--support", "--reason", "Every quarter")
    turned = habeas.run("clients", "rotate", near, *why, "--overlap-hours", "1", "--days", "9")
    assert await status(turned.stdout.splitlines()[-1]) == 200
    assert await status(near_key) == 200, "the former key is good for an hour"
    at_once = habeas.run("clients", "rotate", near, *why).stdout.splitlines()[-1]
    assert (await status(near_key), await status(turned.stdout.splitlines()[-1])) == (401, 401)
    assert await status(at_once) == 200
    assert habeas.run("clients", "revoke", far, *why).returncode == 0
    listed = habeas.run("clients", "list", "--support").stdout
    assert "habeas_" not in listed
    lines = {line.split("  ")[0]: line for line in listed.splitlines()}
    assert re.search(
        r"Far desk  support  until .*  from 192\.0\.2\.0/24 2001:db8::1/128  revoked", lines[far]
    )
    assert re.search(
        r"Near desk  support  until .*  from 127\.0\.0\.0/8  former key until", lines[near]
    )
    assert "revoked" not in lines[near]
    registered = habeas.run(
        *("clients", "issue", "Desk", "--support", "--issuer-client-id", "desk-7")
    )
    assert "habeas_" not in registered.stdout
    assert "by tokens of desk-7" in habeas.run("clients", "list", "--support").stdout
    told = "SELECT action FROM audit_entry WHERE controller_id = $1 ORDER BY sequence DESC LIMIT 4"
    assert [row["action"] for row in await habeas.rows(told, PROCESSOR)] == [
        "api_client.issued",
        "api_client.revoked",
        "api_client.rotated",
        "api_client.rotated",
    ]


def test_a_controller_is_enabled_and_disabled_on_the_command_line(habeas: Habeas) -> None:
    controller = habeas.run("controllers", "create", "D school").stdout.strip()
    why = ("--reason", "The agreement is signed", "--reference", "S-2026-1")
    for words in (
        ("enable", controller, *why, "--until", "2126-06-30T00:00:00Z"),
        ("disable", controller, *why),
    ):
        done = habeas.run("controllers", *words)
        assert (done.returncode, done.stderr) == (0, "")
    past = habeas.run("controllers", "enable", controller, *why, "--until", "2026-01-01T00:00:00Z")
    assert past.returncode == 2
    nobody = habeas.run("controllers", "enable", str(uuid4()), *why)
    assert nobody.returncode == 2
    assert "There is no controller" in nobody.stderr


async def test_a_replay_of_the_ledger_counts_before_it_submits(
    habeas: Habeas, campus: Campus
) -> None:
    key = campus.facts.institutions[1].key
    await habeas.vacate(key)
    controller = habeas.run("controllers", "create", "B school", "--key-in-lms", key).stdout.strip()
    habeas.run("datamap", "publish", str(CAMPUS_MAP), "--controller", controller)
    words = ("ledger", "replay", "--controller", controller, "--backup-taken-at")
    counted = habeas.run(*words, "2026-11-22T03:00:00Z")
    assert counted.stdout == (
        "0 found who were erased since; 0 skipped as created after their erasure, 0 as submitted "
        "before; 0 would be submitted with --yes.\n"
    ), counted.stderr
    done = habeas.run(*words, "2026-11-22T03:00:00Z", "--yes")
    assert done.stdout.endswith("0 submitted.\n")
    vague = habeas.run(*words, "2026-11-22T03:00:00")
    assert (vague.returncode, vague.stdout) == (2, "")


def test_a_database_is_made_ready_by_one_command(
    habeas: Habeas, stack: Stack, new_database: NewDatabase
) -> None:
    name = new_database(owner=OWNER)
    urls = {
        "owner_database_url": stack.database_url(name, OWNER),
        "database_url": stack.database_url(name, APPLICATION),
    }
    assert habeas.run("migrate", **urls).returncode == 0
    assert habeas.run("migrate", **urls).returncode == 0
    verified = habeas.run("audit", "verify", **urls)
    assert (verified.returncode, verified.stdout) == (0, "")


def test_what_is_missing_is_named(habeas: Habeas) -> None:
    for words, named in (
        (("migrate",), "HABEAS_OWNER_DATABASE_URL"),
        (("datamap", "publish", str(CAMPUS_MAP), "--controller", "0" * 32), "no controller"),
    ):
        done = habeas.run(*words)
        assert done.returncode == 2
        assert named in done.stderr
        assert "Traceback" not in done.stderr


async def test_check_and_publication_fail_on_what_the_map_does_not_cover(
    habeas: Habeas, campus: Campus
) -> None:
    words = ("datamap", "check", str(CAMPUS_MAP), "--against", campus.url)
    assert habeas.run(*words).returncode == 0
    connection = await asyncpg.connect(campus.url)
    await connection.execute("CREATE TABLE locker (holder_id bigint REFERENCES person (id))")
    uncovered = habeas.run(*words)
    key = campus.facts.institutions[0].key
    await habeas.vacate(key)
    controller = habeas.run("controllers", "create", "C school", "--key-in-lms", key).stdout.strip()
    publish = ("datamap", "publish", str(CAMPUS_MAP), "--controller", controller)
    unpublished = habeas.run(*publish)
    await connection.execute("DROP TABLE locker")
    await connection.close()
    for refused in (uncovered, unpublished):
        assert refused.returncode == 1
        assert "`locker.holder_id`" in refused.stdout
    bound = "SELECT count(data_map_version_id) FROM controller WHERE id = $1"
    assert (await habeas.rows(bound, controller))[0][0] == 0
    assert habeas.run(*publish).returncode == 0
    assert (await habeas.rows(bound, controller))[0][0] == 1


async def test_a_map_is_not_published_for_a_controller_whose_key_it_cannot_use(
    habeas: Habeas, campus: Campus
) -> None:
    key = campus.facts.institutions[0].key
    school = await habeas.customer(key)
    for own, told in (
        ((), "The key is missing."),
        (("--key-in-lms", "north"), "The key cannot be a value."),
        (("--key-in-lms", f"0{key}"), "Another controller has this key in the LMS"),
    ):
        controller = habeas.run("controllers", "create", "D school", *own).stdout.strip()
        done = habeas.run("datamap", "publish", str(CAMPUS_MAP), "--controller", controller)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
        assert str(school.id) not in done.stderr
        left = "SELECT count(*) FROM data_map_version WHERE controller_id = $1"
        assert (await habeas.rows(left, controller))[0][0] == 0


async def test_old_bundles_stay_readable_when_keys_are_turned_over(
    habeas: Habeas, campus: Campus
) -> None:
    institution = campus.facts.institutions[1]
    school = await habeas.customer(institution.key)
    request = await school.export(institution.namesakes[0].email)
    before = (await school.download(request)).content
    old = habeas.environment["HABEAS_KEYS"]
    new = habeas.run("keys", "generate").stdout.strip()
    rotated = habeas.run("keys", "rotate", keys=f"{new},{old}")
    assert rotated.returncode == 0, rotated.stderr
    assert habeas.run("keys", "rotate", keys=f"{new},{old}").returncode == 0
    for keys in (f"{new},{old}", new):
        habeas.restart_api(keys=keys)
        assert (await school.download(request)).content == before
    (row,) = await habeas.rows(
        "SELECT count(*) FROM bundle WHERE key_id <> $1", new.partition(":")[0]
    )
    assert row["count"] == 0
    habeas.restart_api()
    refused = await school.http.get(f"/v1/bundles/{request['bundle_id']}/content")
    assert refused.status_code == 500
    assert refused.json()["type"].endswith("/problems/internal-error")
    assert before not in refused.content
    assert habeas.run("keys", "rotate", keys=f"{old},{new}").returncode == 0
    assert (await school.download(request)).content == before


async def test_a_bundle_past_its_expiry_is_refused_at_once_and_then_deleted(
    campus: Campus, new_habeas: NewHabeas
) -> None:
    async with new_habeas(campus.environment, bundle_lifetime="PT3S") as habeas:
        institution = campus.facts.institutions[0]
        school = await habeas.customer(institution.key)
        request = await school.export(institution.teacher.email)
        bundle_id = request["bundle_id"]
        address, file = f"/v1/bundles/{bundle_id}", habeas.bundles / f"{bundle_id}.sealed"
        (await school.download(request)).assert_whole()
        assert file.is_file()

        async def is_refused() -> bool:
            return (await school.ask("GET", f"{address}/content")).status_code == 410

        await until(is_refused)
        for path in (address, f"{address}/preview", f"{address}/data.xml"):
            answer = await school.ask("GET", path)
            assert answer.status_code == 410
            assert answer.json()["type"].endswith("/problems/bundle-expired")
        await habeas.until(
            "SELECT wrapped_key IS NULL AND deleted_at IS NOT NULL FROM bundle WHERE id = $1",
            bundle_id,
        )
        await until(lambda: asyncio.to_thread(lambda: not file.exists()))
        assert (await school.ask("GET", address)).status_code == 410
        trail = await habeas.rows("SELECT action FROM audit_entry WHERE action = 'bundle.expired'")
        events = await habeas.rows("SELECT 1 FROM outbox WHERE event_type = 'bundle.expired'")
        assert (len(trail), len(events)) == (1, 1)


async def test_an_edited_audit_trail_is_found(habeas: Habeas, campus: Campus) -> None:
    school = await habeas.customer(campus.facts.institutions[1].key)
    await school.confirm("email", campus.facts.institutions[1].sibling.email)
    assert habeas.run("audit", "verify").returncode == 0
    await habeas.rows("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await habeas.rows(
        "UPDATE audit_entry SET at = at - interval '1 day'"
        " WHERE controller_id = $1 AND sequence = 2",
        school.id,
    )
    verified = habeas.run("audit", "verify")
    assert verified.returncode == 1
    assert f"{school.id}: " in verified.stdout
    assert re.search(rf"^{school.id}: \d+ entries, broken at 2", verified.stdout, re.MULTILINE)


async def test_an_exported_trail_is_verified_from_the_command_line(
    habeas: Habeas, campus: Campus, empty_directory: Callable[[], Path]
) -> None:
    school = await habeas.customer(campus.facts.institutions[0].key)
    await school.confirm("email", campus.facts.teacher.email)
    folder = empty_directory()
    trail, keys, note = (folder / name for name in ("trail.jsonl", "public.pem", "note.txt"))
    keys.write_text(habeas.run("receipts", "keys").stdout, "ascii")
    words = ("audit", "export", "--controller", str(school.id))
    nowhere = habeas.run(*words, "--output", str(folder / "none" / "trail.jsonl"))
    assert (nowhere.returncode, "cannot be written: No such file" in nowhere.stderr) == (2, True)
    exported = "SELECT FROM audit_entry WHERE controller_id = $1 AND action = 'audit.exported'"
    assert await habeas.rows(exported, school.id) == []
    assert habeas.run(*words, "--output", str(trail)).returncode == 0
    assert habeas.run(*words, "--format", "csv").stdout.startswith("sequence,at,action,")
    verify = ("audit", "verify", str(trail), "--keys", str(keys))
    whole = habeas.run(*verify)
    assert (whole.returncode, "entries, whole" in whole.stdout) == (0, True), whole.stderr
    newest = await habeas.rows(
        "SELECT note FROM audit_checkpoint WHERE controller_id = $1 ORDER BY sequence DESC",
        school.id,
    )
    note.write_text(newest[0]["note"], "utf-8")
    held = habeas.run("audit", "verify", "--checkpoint", str(note)).stdout
    assert re.search(rf"^{school.id}: \d+ entries, whole$", held, re.MULTILINE), held
    shorter = habeas.run(*verify, "--checkpoint", str(note))
    assert (shorter.returncode, "a checkpoint says" in shorter.stdout) == (1, True)
    trail.write_bytes(trail.read_bytes().replace(b"subject.searched", b"subject.informed"))
    assert "broken at" in habeas.run(*verify).stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("FILE",), "--keys"),
        (("FILE", "--keys", "FILE"), "no public key"),
        (("--checkpoint", "FILE"), "no signed checkpoint"),
    ],
)
def test_what_no_trail_is_verified_by_is_named(
    habeas: Habeas, empty_directory: Callable[[], Path], words: tuple[str, ...], reason: str
) -> None:
    file = empty_directory() / "file"
    file.write_text("nothing\n", "ascii")
    done = habeas.run("audit", "verify", *(str(file) if w == "FILE" else w for w in words))
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr

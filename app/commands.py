"""What the administrative commands of the command line do."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from app.assembly import given_files
from app.assembly.given_files import Unusable
from app.assembly.parts import find_keyring, migrated, reachable, require_keyring
from app.assembly.services import open_services
from app.datamap import report
from app.datamap.explain import explain_rules
from app.datamap.findings import Severity
from app.domain.checkpoints import CheckpointUnfit
from app.domain.ids import PROCESSOR, ClientId, ControllerId
from app.domain.scopes import OF_CONTROLLERS, OF_SUPPORT
from app.keyring import KeyRing
from app.services import (
    audit_exports,
    controllers,
    data_maps,
    enablement,
    exported_trails,
    keys,
    ledger,
    operator_clients,
)
from app.services.audit_exports import Archive
from app.services.audit_verification import Trust, verify_all
from app.services.controllers import NewController
from app.services.explanations import Asked, explain_file
from app.services.exported_trails import NotATrail
from app.services.grants import Roles, grants_for_file
from app.services.operator_clients import NewClient
from app.settings import Settings
from app.signing import public_keys
from app.sources.registry import Sources
from app.store import migrations
from app.store.data_maps import DataMapVersion
from app.store.engine import create_engine
from schemas.audit import AuditExport, AuditVerification
from schemas.clients import Revocation, Rotation
from schemas.controllers import ControllerSettings, EnablementChange

Arguments = argparse.Namespace
Result = TypeVar("Result")

_FINDINGS = 1


def migrate(settings: Settings, _: Arguments) -> int:
    """Bring Habeas's own database to this version."""

    async def run() -> None:
        url = await reachable(settings.owner_database_url, "HABEAS_OWNER_DATABASE_URL")
        await migrations.upgrade(url)

    asyncio.run(run())
    return 0


def check_data_map(_: Settings, arguments: Arguments) -> int:
    """Check a data map; 1 where that finds something."""
    findings = asyncio.run(data_maps.check_file(arguments.file, arguments.against))
    for line in report.render(str(arguments.file), findings):
        print(line)
    return _FINDINGS if report.is_blocking(findings) else 0


def explain_data_map(_: Settings, arguments: Arguments) -> int:
    """Explain the rules of a data map; 1 where it has errors."""
    findings = asyncio.run(data_maps.check_file(arguments.file, arguments.against))
    errors = [found for found in findings if found.severity is Severity.ERROR]
    if errors:
        for line in report.render(str(arguments.file), errors):
            print(line)
        return _FINDINGS
    asked = Asked(arguments.right, arguments.subject, arguments.controller, arguments.against)
    for line in explain_rules(asyncio.run(explain_file(arguments.file, asked)), arguments.right):
        print(line)
    return 0


def show_grants(_: Settings, arguments: Arguments) -> int:
    """Print the least that Habeas's roles need in the LMS's database; 1 where the map has errors."""
    file, against = arguments.file, arguments.against
    findings = asyncio.run(
        data_maps.check_file_and_sources(file, os.environ)
        if against is None
        else data_maps.check_file(file, against)
    )
    errors = [found for found in findings if found.severity is Severity.ERROR]
    for line in report.render(str(file), errors) if errors else ():
        print(line)
    if errors:
        return _FINDINGS
    roles = Roles(arguments.reader, arguments.eraser)
    url = data_maps.address_of_subjects(file, os.environ) if against is None else against
    for line in asyncio.run(grants_for_file(file, url, roles)):
        print(line)
    return 0


def publish_data_map(settings: Settings, arguments: Arguments) -> int:
    """Publish a data map for a controller; 1 where it has errors, or does not fit the LMS as it is."""
    findings = asyncio.run(data_maps.check_file_and_sources(arguments.file, os.environ))
    if report.is_blocking(findings):
        for line in report.render(str(arguments.file), findings):
            print(line)
        return _FINDINGS
    document = arguments.file.read_text("utf-8")

    async def run(database: AsyncEngine) -> DataMapVersion:
        async with Sources(os.environ, connections=1, jobs=1) as sources:
            return await controllers.bind_data_map(
                database, sources, arguments.controller, document
            )

    version = _with_database(settings, run)
    print(f"{version.id} {version.digest}")
    return 0


def create_controller(settings: Settings, arguments: Arguments) -> int:
    """Create a controller and print its id."""
    file = arguments.settings
    own = ControllerSettings() if file is None else given_files.controller_settings(file)
    wanted = NewController(arguments.name, arguments.key_in_lms, own)
    keyring = require_keyring(settings)
    made = _with_database(settings, lambda database: controllers.create(database, keyring, wanted))
    print(made.id)
    return 0


def list_controllers(settings: Settings, _: Arguments) -> int:
    """List the controllers."""
    for each in _with_database(settings, controllers.list_all):
        print(f"{each.id}  {each.name}  key in the LMS: {each.key_in_lms or '-'}")
    return 0


def enable_controller(settings: Settings, arguments: Arguments) -> int:
    """Have rights carried out for a controller."""
    return _decide(settings, arguments, is_enabled=True, until=arguments.until)


def disable_controller(settings: Settings, arguments: Arguments) -> int:
    """Have no rights carried out for a controller any more."""
    return _decide(settings, arguments, is_enabled=False, until=None)


def _decide(
    settings: Settings, arguments: Arguments, *, is_enabled: bool, until: datetime | None
) -> int:
    keyring = require_keyring(settings)
    wanted = EnablementChange(
        is_enabled=is_enabled,
        reason=arguments.reason,
        reference=arguments.reference,
        ends_at=until,
    )
    _with_database(
        settings,
        lambda database: enablement.decide(database, keyring, arguments.controller, wanted),
    )
    return 0


def issue_client(settings: Settings, arguments: Arguments) -> int:
    """Issue an API client and show its key, this once; or register one that comes with tokens."""
    whose = _whose(settings, arguments)
    scopes = OF_SUPPORT if arguments.support else frozenset(arguments.scope or OF_CONTROLLERS)
    wanted = NewClient(
        arguments.name,
        scopes,
        arguments.days,
        tuple(str(network) for network in arguments.network or ()),
    )
    if arguments.issuer_client_id is not None:
        named = arguments.issuer_client_id
        registered = _with_database(
            settings, lambda database: operator_clients.register(database, whose, wanted, named)
        )
        print(f"Client {registered.id}, until {registered.expires_at:%Y-%m-%d}, comes with tokens.")
        return 0
    client, key = _with_database(
        settings, lambda database: operator_clients.issue(database, whose, wanted)
    )
    print(f"Client {client.id}, until {client.expires_at:%Y-%m-%d}. Its key is shown this once:")
    print(key.text)
    return 0


def list_clients(settings: Settings, arguments: Arguments) -> int:
    """List the API clients, those that are over among them; no key can be shown."""
    whose = _whose(settings, arguments)
    for each in _with_database(
        settings, lambda database: operator_clients.list_all(database, whose)
    ):
        parts = [f"{each.id}  {each.name}  {','.join(sorted(each.scopes))}"]
        parts += [f"until {each.expires_at:%Y-%m-%dT%H:%MZ}"]
        parts += [f"from {' '.join(each.allowed_networks)}"] if each.allowed_networks else []
        parts += [f"by tokens of {each.issuer_client_id}"] if each.issuer_client_id else []
        if each.former_until is not None:
            parts.append(f"former key until {each.former_until:%Y-%m-%dT%H:%MZ}")
        if each.revoked_at is not None:
            parts.append(f"revoked {each.revoked_at:%Y-%m-%dT%H:%MZ}")
        print("  ".join(parts))
    return 0


def rotate_client(settings: Settings, arguments: Arguments) -> int:
    """Give an API client a new key, shown this once; the present one stays good for a while."""
    keyring = require_keyring(settings)
    named = (_whose(settings, arguments), ClientId(arguments.client))
    now = datetime.now(UTC)
    wanted = Rotation(
        reason=arguments.reason,
        former_key_until=now + arguments.overlap_hours if arguments.overlap_hours else None,
        expires_at=None if arguments.days is None else now + arguments.days,
    )
    client, key = _with_database(
        settings, lambda database: operator_clients.rotate(database, keyring, named, wanted)
    )
    print(
        f"Client {client.id}, until {client.expires_at:%Y-%m-%d}; its former key until "
        f"{client.former_until:%Y-%m-%dT%H:%MZ}. Its new key is shown this once:"
    )
    print(key.text)
    return 0


def revoke_client(settings: Settings, arguments: Arguments) -> int:
    """Refuse an API client from now on."""
    keyring = require_keyring(settings)
    named = (_whose(settings, arguments), ClientId(arguments.client))
    wanted = Revocation(reason=arguments.reason)
    _with_database(
        settings, lambda database: operator_clients.revoke(database, keyring, named, wanted)
    )
    return 0


def _whose(settings: Settings, arguments: Arguments) -> ControllerId:
    """Say whose clients a command is about; support's are the processor's, which is made if need be."""
    if not arguments.support:
        whose: ControllerId = arguments.controller
        return whose
    keyring = require_keyring(settings)
    _with_database(settings, lambda database: operator_clients.make_processor(database, keyring))
    return PROCESSOR


def generate_key(_: Settings, __: Arguments) -> int:
    """Make an entry for ``HABEAS_KEYS``."""
    print(KeyRing.generate_entry())
    return 0


def rotate_keys(settings: Settings, _: Arguments) -> int:
    """Wrap everything by the first of ``HABEAS_KEYS``."""
    keyring = require_keyring(settings)
    rotation = _with_database(settings, lambda database: keys.rotate(database, keyring))
    print(
        f"Everything is wrapped by {keyring.active_id}: {rotation.controllers} controllers', "
        f"{rotation.bundles} bundles', {rotation.restrictions} restrictions', "
        f"{rotation.misdirected_requests} misdirected requests', {rotation.texts} audit texts' and "
        f"{rotation.webhook_secrets} webhook endpoints' keys were wrapped anew."
    )
    return 0


def show_receipt_keys(settings: Settings, _: Arguments) -> int:
    """Print the public keys that verify receipts, as PEM; each says whose it is."""
    for key in public_keys(require_keyring(settings)):
        state = "signs new receipts" if key.is_active else "verifies older receipts"
        print(f"{key.key_id} {state}\n{key.pem}", end="")
    return 0


def replay_ledger(settings: Settings, arguments: Arguments) -> int:
    """Erase again whom a restored backup of the LMS brought back; count them without ``--yes``."""
    restored = ledger.Restored(arguments.backup_taken_at, arguments.again)
    require_keyring(settings)

    async def run() -> ledger.Replay:
        await reachable(settings.database_url, "HABEAS_DATABASE_URL")
        async with open_services(settings) as context:
            with migrated():
                return await ledger.replay(
                    context, arguments.controller, restored, is_trial=not arguments.yes
                )

    done = asyncio.run(run())
    verb = "submitted" if arguments.yes else "would be submitted with --yes"
    print(
        f"{done.found} found who were erased since; {done.newer} skipped as created after their "
        f"erasure, {done.known} as submitted before; {done.submitted} {verb}."
    )
    for batch_id in done.batch_ids:
        print(f"A second person has to release the batch {batch_id}: they are more than usual.")
    return 0


def verify_audit(settings: Settings, arguments: Arguments) -> int:
    """Follow every audit trail, or an exported one; 1 where one is broken.

    Raises:
        Unusable: A file is not what it has to be.
    """
    if arguments.file is not None and not arguments.keys:
        raise Unusable("Say with --keys which public keys you trust: an exported trail needs them.")
    notes = [given_files.note(path) for path in arguments.checkpoint]
    given = [key for path in arguments.keys for key in given_files.public_keys(path)]
    try:
        if arguments.file is not None:
            return _verify_file(arguments.file, given, notes)
        trust = Trust(find_keyring(settings), given, notes)
        results = _with_database(settings, lambda database: verify_all(database, trust))
    except (CheckpointUnfit, NotATrail) as error:
        raise Unusable(str(error)) from error
    for controller_id, found in results.items():
        _tell(controller_id, found)
    return 0 if all(found.is_whole for found in results.values()) else _FINDINGS


def _tell(controller_id: ControllerId, found: AuditVerification) -> None:
    state = "whole" if found.is_whole else _broken(found.first_broken_sequence, found.reason)
    print(f"{controller_id}: {found.entry_count} entries, {state}")
    if found.unknown_checkpoint_count:
        unknown = found.unknown_checkpoint_count
        print(f"  {unknown} checkpoints of keys that are not here count for nothing; see --keys")
    if found.unopened_text_count:
        print(f"  {found.unopened_text_count} texts were not looked at: their keys are not here")


def export_audit(settings: Settings, arguments: Arguments) -> int:
    """Write an audit trail to a file, or to the standard output.

    Raises:
        Unusable: The file cannot be written.
    """
    wanted = AuditExport(format=arguments.format, texts=arguments.texts)
    keyring = require_keyring(settings)

    async def run(database: AsyncEngine) -> None:
        archive = Archive(database, keyring, arguments.controller)
        output: Path | None = arguments.output
        if output is not None:
            given_files.require_writable(output)
        export = await audit_exports.begin(archive, None, wanted)
        with nullcontext(sys.stdout.buffer) if output is None else output.open("wb") as file:
            async for chunk in export.chunks:
                file.write(chunk)

    _with_database(settings, run)
    return 0


def _verify_file(path: Path, public_keys: Sequence[bytes], notes: Sequence[str]) -> int:
    with given_files.opened(path) as lines:
        result = exported_trails.verify(lines, public_keys, notes)
    broken = result.first_broken_sequence
    state = "whole" if broken is None else _broken(broken, result.reason)
    print(f"{path}: {result.entries} entries, {state}")
    return 0 if broken is None else _FINDINGS


def _broken(sequence: int | None, reason: str | None) -> str:
    return f"broken at {sequence}: {reason}"


def _with_database(settings: Settings, work: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
    """Run a use case on Habeas's own database, as the role that owns no tables."""

    async def run() -> Result:
        database = create_engine(await reachable(settings.database_url, "HABEAS_DATABASE_URL"))
        try:
            with migrated():
                return await work(database)
        finally:
            await database.dispose()

    return asyncio.run(run())

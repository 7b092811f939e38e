"""The command line: ``python -m app COMMAND``. What each command does stands in its room."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from app import observability
from app.assembly import SettingMissing, open_keyring, open_services, require
from app.datamap import report
from app.domain.errors import HabeasError
from app.domain.ids import ControllerId
from app.keyring import KeyRing
from app.main import create_app
from app.services import audit, controllers, data_maps, keys
from app.services.controllers import NewController
from app.settings import Settings
from app.store import migrations
from app.store.engine import create_engine
from schemas.controllers import ControllerSettings
from schemas.vocabulary import Scope

Arguments = argparse.Namespace
Command = Callable[[Settings, Arguments], int]
Commands = Any
"""What argparse keeps to itself: the place where subcommands are added."""

Result = TypeVar("Result")

_FINDINGS = 1
_USAGE = 2


def main(words: Sequence[str]) -> int:
    """Run one command.

    Args:
        words: The command line, without the program's name.

    Returns:
        The exit status: 0 done, 1 found something, 2 could not be done.
    """
    arguments = _parser().parse_args(words)
    settings = Settings()
    observability.configure(settings.log_level)
    command: Command = arguments.command
    try:
        return command(settings, arguments)
    except (HabeasError, SettingMissing) as error:
        print(f"habeas: {error}", file=sys.stderr)
        return _USAGE


def _api(settings: Settings, arguments: Arguments) -> int:
    uvicorn.run(
        create_app(lambda: open_services(settings)),
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )
    return 0


def _worker(settings: Settings, _: Arguments) -> int:
    import uvloop  # noqa: PLC0415 - not there on every system

    from workers.main import run  # noqa: PLC0415 - arq belongs to the workers' room alone

    uvloop.run(run(settings))
    return 0


def _migrate(settings: Settings, _: Arguments) -> int:
    url = require(settings.owner_database_url, "HABEAS_OWNER_DATABASE_URL")
    asyncio.run(migrations.upgrade(url))
    return 0


def _serve(settings: Settings, _: Arguments) -> int:
    from app.demo.serving import serve  # noqa: PLC0415 - needs a system that the embedded servers run on

    return serve(settings)


def _demo(settings: Settings, _: Arguments) -> int:
    from app.demo.serving import play  # noqa: PLC0415 - needs a system that the embedded servers run on

    return play(settings)


def _check_data_map(_: Settings, arguments: Arguments) -> int:
    findings = asyncio.run(data_maps.check_file(arguments.file, arguments.against))
    for line in report.render(str(arguments.file), findings):
        print(line)
    return _FINDINGS if report.is_blocking(findings) else 0


def _publish_data_map(settings: Settings, arguments: Arguments) -> int:
    document = arguments.file.read_text("utf-8")
    version = _with_database(
        settings,
        lambda database: controllers.bind_data_map(database, arguments.controller, document),
    )
    print(f"{version.id} {version.digest}")
    return 0


def _create_controller(settings: Settings, arguments: Arguments) -> int:
    own = ControllerSettings.model_validate_json(
        arguments.settings.read_bytes() if arguments.settings else b"{}"
    )
    wanted = NewController(arguments.name, arguments.key_in_lms, own)
    keyring = open_keyring(settings)
    made = _with_database(settings, lambda database: controllers.create(database, keyring, wanted))
    print(made.id)
    return 0


def _list_controllers(settings: Settings, _: Arguments) -> int:
    for each in _with_database(settings, controllers.list_all):
        print(f"{each.id}  {each.name}  key in the LMS: {each.key_in_lms or '-'}")
    return 0


def _issue_client(settings: Settings, arguments: Arguments) -> int:
    scopes = frozenset(arguments.scope or Scope)
    client, key = _with_database(
        settings,
        lambda database: controllers.issue_client(
            database, arguments.controller, arguments.name, scopes, timedelta(days=arguments.days)
        ),
    )
    print(f"Client {client.id}, until {client.expires_at:%Y-%m-%d}. Its key is shown this once:")
    print(key.text)
    return 0


def _generate_key(_: Settings, __: Arguments) -> int:
    print(KeyRing.generate_entry())
    return 0


def _rotate_keys(settings: Settings, _: Arguments) -> int:
    keyring = open_keyring(settings)
    rotation = _with_database(settings, lambda database: keys.rotate(database, keyring))
    print(f"Everything is wrapped by {keyring.active_id}: {rotation}")
    return 0


def _verify_audit(settings: Settings, _: Arguments) -> int:
    results = _with_database(settings, audit.verify_all)
    for controller_id, result in results.items():
        broken = result.first_broken_sequence
        state = "whole" if broken is None else f"broken at {broken}: {result.reason}"
        print(f"{controller_id}: {result.entries} entries, {state}")
    return _FINDINGS if any(r.first_broken_sequence is not None for r in results.values()) else 0


def _with_database(settings: Settings, work: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
    """Run a use case on Habeas's own database, as the role that owns no tables."""

    async def run() -> Result:
        database = create_engine(require(settings.database_url, "HABEAS_DATABASE_URL"))
        try:
            return await work(database)
        finally:
            await database.dispose()

    return asyncio.run(run())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app", description="Habeas.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "serve", "keep a private stack with the campus LMS running", _serve)
    _add(commands, "demo", "play the story on a private stack", _demo)
    api = _add(commands, "api", "answer HTTP", _api)
    api.add_argument("--host", default="127.0.0.1")
    api.add_argument("--port", type=int, default=8000)
    _add(commands, "worker", "carry out subject requests", _worker)
    _add(commands, "migrate", "bring Habeas's own database to this version", _migrate)
    _add_data_maps(_group(commands, "datamap", "data maps"))
    _add_controllers(_group(commands, "controllers", "controllers"))
    clients = _group(commands, "clients", "API clients")
    issue = _add(clients, "issue", "issue a key, shown once", _issue_client)
    issue.add_argument("name")
    issue.add_argument("--controller", type=_controller_id, required=True)
    issue.add_argument("--scope", type=Scope, action="append", help="all of them if left out")
    issue.add_argument("--days", type=int, default=365)
    key_commands = _group(commands, "keys", "the operator's keys")
    _add(key_commands, "generate", "make an entry for HABEAS_KEYS", _generate_key)
    _add(key_commands, "rotate", "wrap everything by the first of HABEAS_KEYS", _rotate_keys)
    trails = _group(commands, "audit", "audit trails")
    _add(trails, "verify", "follow every controller's trail", _verify_audit)
    return parser


def _add_data_maps(commands: Commands) -> None:
    check = _add(commands, "check", "check a data map", _check_data_map)
    check.add_argument("file", type=Path)
    check.add_argument("--against", metavar="URL", help="postgresql://… of the live LMS")
    publish = _add(commands, "publish", "publish a data map for a controller", _publish_data_map)
    publish.add_argument("file", type=Path)
    publish.add_argument("--controller", type=_controller_id, required=True)


def _add_controllers(commands: Commands) -> None:
    create = _add(commands, "create", "create a controller", _create_controller)
    create.add_argument("name")
    create.add_argument("--key-in-lms", help="the value of the data map's controller column")
    create.add_argument("--settings", type=Path, help="a JSON file: contact, legal_name, …")
    _add(commands, "list", "list them", _list_controllers)


def _group(commands: Commands, name: str, about: str) -> Commands:
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="COMMAND")


def _add(commands: Commands, name: str, about: str, command: Command) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(command=command)
    return parser


def _controller_id(text: str) -> ControllerId:
    return ControllerId(UUID(text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

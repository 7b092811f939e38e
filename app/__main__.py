"""The command line: ``python -m app COMMAND``.

A command's module is imported when the command is given: a worker has no use for the API's, and
the embedded servers need a system that not every command does.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from app import observability
from app.api.faults import of_document
from app.assembly import environment
from app.domain.errors import HabeasError, Refused
from app.domain.ids import ControllerId
from app.settings import Settings
from schemas.audit import ExportFormat
from schemas.clients import IssuerClientId
from schemas.controllers import KeyInLms, Reference, ShortName
from schemas.subjects import Reason
from schemas.vocabulary import Right, Scope
from schemas.wire import utc

Commands = Any
"""What argparse keeps to itself: the place where subcommands are added."""

_USAGE = 2


def main(words: Sequence[str]) -> int:
    """Run one command.

    Args:
        words: The command line, without the program's name.

    Returns:
        The exit status: 0 done, 1 found something, 2 could not be done.
    """
    arguments = _parser().parse_args(words)
    module, _, name = arguments.command.partition(":")
    try:
        settings = environment.read(Settings)
        observability.configure(settings.log_level)
        status: int = getattr(import_module(module), name)(settings, arguments)
    except HabeasError as error:
        print(f"habeas: {error}", file=sys.stderr)
        for fault in error.faults if isinstance(error, Refused) else ():
            print(f"  {fault.pointer} {fault.detail}", file=sys.stderr)
        return _USAGE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app", description="Habeas.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(
        commands,
        "serve",
        "keep a private stack with the campus LMS running",
        "app.demo.serving:serve",
    )
    _add(commands, "demo", "play the story on a private stack", "app.demo.serving:play")
    api = _add(commands, "api", "answer HTTP", "app.main:start")
    api.add_argument("--host", default="127.0.0.1")
    api.add_argument("--port", type=int, default=8000)
    api.add_argument("--fd", type=int, help="a descriptor of a socket that listens already")
    _add(commands, "worker", "carry out subject requests", "workers.main:start")
    _add(commands, "migrate", "bring Habeas's own database to this version", "app.commands:migrate")
    _add_data_maps(_group(commands, "datamap", "data maps"))
    _add_controllers(_group(commands, "controllers", "controllers"))
    _add_clients(_group(commands, "clients", "API clients"))
    key_commands = _group(commands, "keys", "the operator's keys")
    _add(key_commands, "generate", "make an entry for HABEAS_KEYS", "app.commands:generate_key")
    _add(
        key_commands,
        "rotate",
        "wrap everything by the first of HABEAS_KEYS",
        "app.commands:rotate_keys",
    )
    receipts = _group(commands, "receipts", "receipts")
    _add(
        receipts,
        "keys",
        "print the public keys that verify receipts",
        "app.commands:show_receipt_keys",
    )
    _add_ledger(_group(commands, "ledger", "the ledger of erasures"))
    _add_trails(_group(commands, "audit", "audit trails"))
    return parser


def _add_data_maps(commands: Commands) -> None:
    check = _add(commands, "check", "check a data map", "app.commands:check_data_map")
    check.add_argument("file", type=Path)
    check.add_argument("--against", metavar="URL", help="postgresql://… of the live LMS")
    explain = _add(
        commands,
        "explain",
        "tell what each rule comes to for one person, and the SQL that it becomes",
        "app.commands:explain_data_map",
    )
    explain.add_argument("file", type=Path)
    explain.add_argument(
        "--subject", metavar="KEY", required=True, help="a person's key in the LMS"
    )
    explain.add_argument("--controller", metavar="KEY", help="the controller's key in the LMS")
    explain.add_argument(
        "--right", type=Right, choices=[Right.RESTRICTION, Right.ERASURE], default=Right.ERASURE
    )
    explain.add_argument(
        "--against", metavar="URL", required=True, help="postgresql://… of the LMS"
    )
    grants = _add(
        commands,
        "grants",
        "print the least that Habeas's roles need in the LMS's database",
        "app.commands:show_grants",
    )
    grants.add_argument("file", type=Path)
    grants.add_argument("--reader", metavar="ROLE", default="habeas_reader")
    grants.add_argument("--eraser", metavar="ROLE", default="habeas_eraser")
    own = "postgresql://… of the LMS; the data map's own address if left out"
    grants.add_argument("--against", metavar="URL", help=own)
    publish = _add(
        commands, "publish", "publish a data map for a controller", "app.commands:publish_data_map"
    )
    publish.add_argument("file", type=Path)
    publish.add_argument("--controller", type=_controller_id, required=True)


def _add_controllers(commands: Commands) -> None:
    create = _add(commands, "create", "create a controller", "app.commands:create_controller")
    create.add_argument("name", type=_as(ShortName))
    create.add_argument(
        "--key-in-lms", type=_as(KeyInLms), help="the value of the data map's controller column"
    )
    create.add_argument("--settings", type=Path, help="a JSON file: contact, legal_name, …")
    _add(commands, "list", "list them", "app.commands:list_controllers")
    enable = _add(
        commands, "enable", "have rights carried out for one", "app.commands:enable_controller"
    )
    enable.add_argument("--until", type=_moment, help="2027-06-30T00:00:00Z; else until disabled")
    disable = _add(
        commands, "disable", "have none carried out any more", "app.commands:disable_controller"
    )
    for decision in (enable, disable):
        decision.add_argument("controller", type=_controller_id)
        decision.add_argument("--reason", type=_as(Reason), required=True)
        of_case = "support's number of the case"
        decision.add_argument("--reference", type=_as(Reference), required=True, help=of_case)


def _add_clients(commands: Commands) -> None:
    issue = _add(commands, "issue", "issue a key, shown once", "app.commands:issue_client")
    issue.add_argument("name", type=_as(ShortName))
    issue.add_argument("--scope", type=Scope, action="append", help="all of them if left out")
    issue.add_argument("--days", type=_days, default=timedelta(days=365), help="365 if left out")
    from_where = "an address or network to call from; may be repeated"
    issue.add_argument("--network", type=ip_network, action="append", help=from_where)
    by_tokens = "what the issuer of tokens calls it: no key is issued"
    issue.add_argument("--issuer-client-id", type=_as(IssuerClientId), help=by_tokens)
    listing = _add(commands, "list", "list the clients", "app.commands:list_clients")
    rotate = _add(commands, "rotate", "issue a new key, shown once", "app.commands:rotate_client")
    overlap = "for how long the present key stays good; 0 if left out"
    rotate.add_argument("--overlap-hours", type=_hours, default=timedelta(0), help=overlap)
    rotate.add_argument("--days", type=_days, help="for the new key; its end stays if left out")
    revoke = _add(commands, "revoke", "refuse a key from now on", "app.commands:revoke_client")
    for command in (rotate, revoke):
        command.add_argument("client", type=UUID)
        command.add_argument("--reason", type=_as(Reason), required=True)
    for command in (issue, listing, rotate, revoke):
        whose = command.add_mutually_exclusive_group(required=True)
        whose.add_argument("--controller", type=_controller_id)
        whose.add_argument("--support", action="store_true", help="of the processor's own staff")


def _add_ledger(commands: Commands) -> None:
    about = "erase again whom a restored backup of the LMS brought back"
    again = _add(commands, "replay", about, "app.commands:replay_ledger")
    again.add_argument("--controller", type=_controller_id, required=True)
    again.add_argument(
        "--backup-taken-at", type=_moment, required=True, help="2026-11-22T03:00:00Z"
    )
    again.add_argument("--yes", action="store_true", help="submit, and not only count")
    again.add_argument("--again", action="store_true", help="the same backup was restored anew")


def _add_trails(commands: Commands) -> None:
    about = "follow every controller's trail, or an exported one"
    verify = _add(commands, "verify", about, "app.commands:verify_audit")
    verify.add_argument("file", type=Path, nargs="?", help="an exported trail, as JSON Lines")
    verify.add_argument(
        "--checkpoint", type=Path, action="append", default=[], help="one that was kept elsewhere"
    )
    verify.add_argument(
        "--keys",
        type=Path,
        action="append",
        default=[],
        help="public keys as PEM; an exported trail needs them",
    )
    export = _add(commands, "export", "export a trail", "app.commands:export_audit")
    export.add_argument("--controller", type=_controller_id, required=True)
    export.add_argument("--format", type=ExportFormat, default=ExportFormat.JSONL)
    export.add_argument("--texts", action="store_true", help="with reasons and names")
    export.add_argument("--output", type=Path, help="a file; else the standard output")


def _as(kind: Any) -> Callable[[str], Any]:  # noqa: ANN401 - a type of the wire
    """Give what reads a word as the API reads a value of that kind."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def read(word: str) -> Any:  # noqa: ANN401 - a value of that kind
        try:
            return adapter.validate_python(word)
        except ValidationError as error:
            raise argparse.ArgumentTypeError(of_document(error)[0].detail) from None

    return read


def _moment(word: str) -> datetime:
    try:
        moment = datetime.fromisoformat(word)
        if moment.tzinfo is not None:
            return utc(moment)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError("must be a moment with its offset: 2027-06-30T00:00:00Z")


def _days(word: str) -> timedelta:
    return _span(word, timedelta(days=1))


def _hours(word: str) -> timedelta:
    return _span(word, timedelta(hours=1))


def _span(word: str, unit: timedelta) -> timedelta:
    """Read so many days or hours; how many make sense is for the services to say."""
    try:
        span = int(word) * unit
        datetime.now(UTC) + span
    except ValueError:
        raise argparse.ArgumentTypeError("must be a whole number") from None
    except OverflowError:
        raise argparse.ArgumentTypeError("is more than a calendar holds") from None
    return span


def _group(commands: Commands, name: str, about: str) -> Commands:
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="COMMAND")


def _add(commands: Commands, name: str, about: str, command: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(command=command)
    return parser


def _controller_id(text: str) -> ControllerId:
    return ControllerId(UUID(text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

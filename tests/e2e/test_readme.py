"""The README's commands do what it says, and print what it shows."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.embedded.stack import Stack
from app.keyring import KeyRing
from app.settings import Settings
from app.store.roles import Role
from tests.fixtures.campus import Campus
from tests.fixtures.manual import Command, blocks, commands, difference
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.tree import ROOT

README = ROOT / "README.md"
CONSOLE = [command for block in blocks(README, "console") for command in commands(block)]
TRIES_OUT = ("make ", "python -m app datamap check ")
AS_IT_STANDS = [command for command in CONSOLE if command.text.startswith(TRIES_OUT)]
WITH_OWN_SERVERS = [command for command in CONSOLE if command not in AS_IT_STANDS]
_END = "-- end of command --"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who types the README's commands, in a copy of the tree."""

    directory: Path

    def types(
        self, typed: list[Command], environment: Mapping[str, str] | None = None
    ) -> list[tuple[Command, str]]:
        """Type commands into one shell.

        Returns:
            Each with what it printed on standard output.
        """
        script = "".join(f"{command.text}\necho '{_END}'\n" for command in typed)
        ours = {name: text for name, text in os.environ.items() if not _is_of_make(name)}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self._prelude + script],
            cwd=self.directory,
            env=ours | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        printed = done.stdout.split(f"{_END}\n")
        return list(zip(typed, printed, strict=False))

    @property
    def _prelude(self) -> str:
        """Let ``make`` and ``python`` use the environment that runs this test, and install nothing."""
        place = sys.prefix
        return (
            f'PATH="{place}/bin:$PATH"\n'
            f'make() {{ command make -s -o "{place}/.locked" VENV="{place}" "$@"; }}\n'
        )


def _is_of_make(name: str) -> bool:
    return name.startswith(("MAKE", "MFLAGS", "HABEAS_", "CAMPUS_"))


@pytest.fixture(scope="module")
def newcomer(empty_directory: Callable[[], Path]) -> Newcomer:
    directory = empty_directory()
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (directory / entry.name).symlink_to(entry)
    (directory / "school.yaml").write_text(blocks(README, "yaml")[0], encoding="utf-8")
    return Newcomer(directory)


@pytest.mark.parametrize("command", AS_IT_STANDS, ids=lambda command: command.text)
def test_a_command_prints_what_the_readme_shows(newcomer: Newcomer, command: Command) -> None:
    ((_, printed),) = newcomer.types([command])
    assert difference(command.prints, printed.replace(f"{newcomer.directory}/", "")) is None


def test_the_first_data_map_has_twenty_lines_and_each_is_explained() -> None:
    assert len(blocks(README, "yaml")[0].splitlines()) == 20
    explained: list[int] = []
    for first, last in re.findall(
        r"^\| (\d+)(?:\u2013(\d+))? \|", README.read_text("utf-8"), re.MULTILINE
    ):
        explained += range(int(first), int(last or first) + 1)
    assert explained == list(range(1, 21))


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = re.findall(
        r"^\| `HABEAS_(\w+)` \| (.*?) \|", README.read_text("utf-8"), flags=re.MULTILINE
    )
    shown = {name.lower(): default.strip("`") for name, default in rows}
    assert list(shown) == list(Settings.model_fields)
    defaults = Settings.model_construct().model_dump(mode="json")
    for name, default in defaults.items():
        if default is not None:
            told = json.dumps(default) if isinstance(default, list) else str(default)
            assert shown[name] == told.removesuffix(".0"), name


def test_every_link_leads_somewhere() -> None:
    for page in (README, *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's last commands need curl")
def test_an_operator_with_servers_of_their_own_gets_as_far_as_a_bundle(
    newcomer: Newcomer, empty_directory: Callable[[], Path], campus: Campus, unused_tcp_port: int
) -> None:
    before, after = _split(WITH_OWN_SERVERS, "api=")
    with Stack(empty_directory() / "stack", durable=False) as stack:
        asyncio.run(_create_database(stack.superuser_url))
        address = f"127.0.0.1:{unused_tcp_port}"
        environment = campus.environment | {
            "HABEAS_DATABASE_URL": stack.database_url("habeas", Role.COMMANDS),
            "HABEAS_OWNER_DATABASE_URL": stack.database_url("habeas", "habeas_owner"),
            "HABEAS_REDIS_URL": stack.redis_url,
            "HABEAS_KEYS": KeyRing.generate_entry(),
        }
        printed = newcomer.types(before, environment)
        urls = {str(role): stack.database_url("habeas", role) for role in Role}
        with _services(newcomer, environment, urls, address):
            here = [Command(_at(each.text, address), each.prints) for each in after]
            printed += newcomer.types(here, environment)
    assert len(printed) == len(WITH_OWN_SERVERS)
    wrong = {each.text: difference(each.prints, text) for each, text in printed}
    assert {text: why for text, why in wrong.items() if why} == {}


def _split(typed: list[Command], start: str) -> tuple[list[Command], list[Command]]:
    at = next(n for n, command in enumerate(typed) if command.text.startswith(start))
    return typed[:at], typed[at:]


def _at(text: str, address: str) -> str:
    """Say where the API of this test listens."""
    host, _, port = address.partition(":")
    return text.replace("127.0.0.1:8000", address).replace(
        "--host 127.0.0.1 --port 8000", f"--host {host} --port {port}"
    )


async def _create_database(superuser_url: str) -> None:
    """Run the README's SQL as it stands there."""
    connection = await asyncpg.connect(superuser_url)
    try:
        for statement in blocks(README, "sql")[0].split(";\n"):
            if statement.strip():
                await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _services(
    newcomer: Newcomer, environment: Mapping[str, str], urls: Mapping[str, str], address: str
) -> Iterator[None]:
    """Keep running what the README says is to be kept running, each as the role that it says."""
    block = next(each for each in blocks(README, "sh") if "python -m app worker" in each)
    with ExitStack() as stack:
        for line in block.splitlines():
            log = stack.enter_context((newcomer.directory / "services.log").open("ab"))
            setting, _, *words = _at(line, address).split()
            (role,) = re.findall(r"^HABEAS_DATABASE_URL=postgresql://(\w+):", setting)
            service = subprocess.Popen(
                [sys.executable, *words],
                cwd=newcomer.directory,
                env=os.environ | environment | {"HABEAS_DATABASE_URL": urls[role]},
                stdout=log,
                stderr=log,
            )
            stack.callback(service.wait, 30)
            stack.callback(service.send_signal, signal.SIGTERM)
        _wait_until_ready(f"http://{address}/readyz")
        yield


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(url)

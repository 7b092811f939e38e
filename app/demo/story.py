"""The story of the demo, over real HTTP: find a person, confirm, ask for a copy, open it."""

import secrets
import textwrap
import time
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.demo.bootstrap import School
from app.demo.people import NAMESAKE

_WAIT_SECONDS = 30
_WIDTH = 100


def tell(url: str, schools: tuple[School, ...], directory: Path) -> None:
    """Play the story and say what happens.

    Args:
        url: Where the API listens.
        schools: The controllers; the story is the first one's.
        directory: Where the bundle is put.
    """
    school, other = schools[0], schools[1]
    headers = {"Authorization": f"Bearer {school.api_key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        _say(f"{school.name} has approved a request: {NAMESAKE} wants to know what is held of her.")
        candidate = _find(client)
        request = _submit(client, candidate["confirmation"])
        bundle = _get(client, f"/v1/bundles/{request['bundle_id']}")
        _show_counts(request, bundle)
        path = _download(client, bundle, directory)
        _show_inside(path)
        _other_school_sees_nothing(url, other, request)
    _say("What you can do now:")
    print(f"  open the bundle        {path}")
    print(f"  read it in a browser   {path.with_suffix('')}/index.html")
    print(f"  keep the service up    make serve, then {url}/docs")


def _find(client: httpx.Client) -> dict[str, Any]:
    found = _post(
        client,
        "/v1/subject-searches",
        {"identifier": "full_name", "value": NAMESAKE, "reason": "Access request 2026-117"},
    )
    _say(f"Two people of that name are at the school, so the caller has to look: {found['hint']}")
    for number, candidate in enumerate(found["candidates"], 1):
        shown = ", ".join(f"{name} {value}" for name, value in candidate["display"].items())
        print(f"  {number}. {shown}")
    _say("The first is the one whose e-mail address is on the request. Her confirmation is used.")
    chosen: dict[str, Any] = found["candidates"][0]
    return chosen


def _submit(client: httpx.Client, confirmation: str) -> dict[str, Any]:
    body = {
        "right": "access",
        "confirmation": confirmation,
        "approval": {
            "approved_by": "Head of administration",
            "approved_at": datetime.now(UTC).isoformat(),
            "reference": "2026-117",
            "reason": "The student asked for a copy of her data (Art. 15).",
        },
    }
    started = time.perf_counter()
    answer = client.post(
        "/v1/subject-requests",
        json=body,
        headers={"Idempotency-Key": secrets.token_hex(16), "Prefer": f"wait={_WAIT_SECONDS}"},
    )
    answer.raise_for_status()
    request: dict[str, Any] = answer.json()
    milliseconds = 1_000 * (time.perf_counter() - started)
    _say(
        f"The subject request was accepted, carried out by the worker, and is {request['state']} "
        f"after {milliseconds:.0f} ms."
    )
    return request


def _show_counts(request: Mapping[str, Any], bundle: Mapping[str, Any]) -> None:
    steps = [step for step in request["job"]["steps"] if step["record_count"]]
    for step in sorted(steps, key=lambda each: -each["record_count"])[:8]:
        print(f"  {step['record_count']:>6}  {step['title']}")
    _say(
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
    _say(f"The bundle is a zip file with {len(members)} members, among them:")
    for member in [each for each in members if "/" not in each.filename]:
        print(f"  {member.file_size:>9,} bytes  {member.filename}")


def _other_school_sees_nothing(url: str, other: School, request: Mapping[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {other.api_key}"}
    answer = httpx.get(f"{url}/v1/subject-requests/{request['id']}", headers=headers)
    _say(f"{other.name} asks for the same subject request and gets {answer.status_code}.")


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    answer.raise_for_status()
    read: dict[str, Any] = answer.json()
    return read


def _get(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    answer.raise_for_status()
    read: dict[str, Any] = answer.json()
    return read


def _say(text: str) -> None:
    print()
    print(textwrap.fill(text, _WIDTH))

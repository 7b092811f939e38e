"""The second half of the story: restrict, look, restore, hold, preview, erase, release, and the evidence."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from app.demo.hold_story import end_hold, place_hold, show_held
from app.demo.telling import approval, get, post, say, submit

_MESSAGES = """
    SELECT count(*) FILTER (WHERE person.email = $1) AS named,
        count(*) FILTER (WHERE person.role = 'nobody') AS anonymous
    FROM message JOIN person ON person.id = message.sender_id
"""
_FEW = 6


def tell_effects(
    client: httpx.Client, candidate: dict[str, Any], campus_url: str, directory: Path
) -> None:
    """Restrict a person, look, restore, hold, preview, erase, release, and show what is left to show.

    Args:
        client: The school's.
        candidate: As the search gave it.
        campus_url: The learning platform's database.
        directory: Where the receipt is put.
    """
    shown, confirmation = candidate["display"], candidate["confirmation"]
    name, email = shown["full_name"], shown["email"]
    say(
        f"{name} contests what is written of her. Until that is settled she is restricted (Art. 18)."
    )
    _look(campus_url, email, "before")
    restriction = _restrict(client, confirmation)
    _look(campus_url, email, "restricted")
    _lift(client, restriction)
    _look(campus_url, email, "restored")
    say(
        f"In the end {name} leaves the school and asks to be erased (Art. 17). But she has appealed "
        "against a grade, and so her assessments are held. What the erasure would do:"
    )
    hold = place_hold(client, confirmation)
    preview = _preview(client, confirmation)
    show_held(preview)
    request = _erase(client, confirmation, preview["digest"])
    _show_receipt(client, request, directory)
    end_hold(client, hold)
    _show_deferrals(client)
    _show_nobody(client, request)
    _show_trail(client, request)


def _restrict(client: httpx.Client, confirmation: str) -> dict[str, Any]:
    body = {
        "right": "restriction",
        "ground": "accuracy_contested",
        "confirmation": confirmation,
        "approval": approval("She contests what is written of her.", "2026-118"),
    }
    request = submit(client, "/v1/subject-requests", body)
    restriction = get(client, f"/v1/restrictions/{request['restriction_id']}")
    say(
        f"The restriction is {restriction['state']}, and holds the former values of "
        f"{restriction['record_count']} records, encrypted."
    )
    return restriction


def _lift(client: httpx.Client, restriction: dict[str, Any]) -> None:
    told = {"informed_at": approval("")["approved_at"], "how": "by letter"}
    body = {"approval": approval("It has been corrected.", "2026-118"), "information": told}
    request = submit(client, f"/v1/restrictions/{restriction['id']}/lift", body)
    receipt = get(client, f"/v1/receipts/{request['receipt_id']}/receipt.json")
    say(
        f"She has been told, and it is lifted (Art. 18(3)): {receipt['lift']['restored']} records are "
        f"as they were, to the byte; {receipt['lift']['left_changed']} had been changed meanwhile."
    )


def _look(campus_url: str, email: str, when: str) -> None:
    named, anonymous = asyncio.run(_signed(campus_url, email))
    print(f"  {when:<11} {named:>3} messages with her name, {anonymous:>3} of an anonymous user")


async def _signed(campus_url: str, email: str) -> tuple[int, int]:
    connection = await asyncpg.connect(campus_url)
    try:
        row = await connection.fetchrow(_MESSAGES, email)
    finally:
        await connection.close()
    return row["named"], row["anonymous"]


def _preview(client: httpx.Client, confirmation: str) -> dict[str, Any]:
    body = {"right": "erasure", "confirmation": confirmation, "reason": "Erasure request 2026-119"}
    preview = post(client, "/v1/previews", body)
    totals = preview["totals"]
    print(
        f"  {totals['removed']} removed, {totals['anonymised']} anonymised, {totals['kept']} kept, "
        f"{totals['deferred']} kept until something holds"
    )
    return preview


def _erase(client: httpx.Client, confirmation: str, digest: str) -> dict[str, Any]:
    body = {
        "right": "erasure",
        "confirmation": confirmation,
        "preview_digest": digest,
        "approval": approval("She has left and asks for it.", "2026-119"),
    }
    request = submit(client, "/v1/subject-requests", body)
    say(f"The school approves just that. The erasure is {request['state']}, and verified.")
    return request


def _show_receipt(client: httpx.Client, request: dict[str, Any], directory: Path) -> None:
    answer = client.get(f"/v1/receipts/{request['receipt_id']}/receipt.json")
    answer.raise_for_status()
    path = directory / "receipt.json"
    path.write_bytes(answer.content)
    path.with_name("receipt.json.sig").write_text(answer.headers["Receipt-Signature"], "ascii")
    receipt = answer.json()
    say("Its receipt is signed and names nobody. The largest lines:")
    for line in sorted(receipt["lines"], key=lambda each: -each["done"])[:_FEW]:
        print(f"  {line['done']:>4} {line['outcome']:<11} {line['title']}")


def _show_deferrals(client: httpx.Client) -> None:
    waiting = Counter(
        (each["title"], each["until"]) for each in get(client, "/v1/deferrals?limit=100")["items"]
    )
    say("Some of it is still there without her name. Why, and what would release it:")
    for (title, until), count in waiting.most_common(_FEW):
        print(f"  {title}, in {count} places: until {until}")


def _show_nobody(client: httpx.Client, request: dict[str, Any]) -> None:
    again = get(client, f"/v1/subject-requests/{request['id']}")
    shown = ", ".join(str(value) for value in again["subject"].values()) or "nobody"
    say(f"Habeas itself keeps no name either: the subject request is now that of {shown}.")


def _show_trail(client: httpx.Client, request: dict[str, Any]) -> None:
    receipt = get(client, f"/v1/receipts/{request['receipt_id']}/receipt.json")
    path = f"/v1/audit-entries?limit=200&subject_digest={receipt['subject_digest']}"
    entries = get(client, path)["items"]
    say("The audit trail tells what was done about her, without her name. The last entries:")
    for entry in reversed(entries[:_FEW]):
        erased = sum(text is None for text in entry["texts"].values())
        remark = f", {erased} erased text" if erased else ""
        print(f"  {entry['sequence']:>4} {entry['at'][11:19]} {entry['action']}{remark}")
    found = get(client, "/v1/audit/verification")
    state = "whole" if found["is_whole"] else f"broken at {found['first_broken_sequence']}"
    say(
        f"The trail is {state}: its {found['entry_count']} entries hang together, although "
        f"{found['erased_text_count']} texts went with the erasure."
    )

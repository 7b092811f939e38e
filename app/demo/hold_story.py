"""The part of the story in which something is held: it outlasts the erasure, and goes when the hold ends."""

import time
from collections import Counter
from typing import Any

import httpx

from app.demo.telling import LOOK_SECONDS, carried_out, get, post, say

_NEWEST = "/v1/subject-requests?right=erasure&limit=1"


def place_hold(client: httpx.Client, confirmation: str) -> dict[str, Any]:
    """Hold a person's assessments.

    Args:
        client: The school's.
        confirmation: Of the person.
    """
    body = {
        "confirmation": confirmation,
        "category": "assessments",
        "article": "17(3)(e)",
        "reason": "She has appealed against a grade.",
    }
    return post(client, "/v1/holds", body)


def show_held(preview: dict[str, Any]) -> None:
    """Say what of a preview is held, on which article, until when."""
    held: Counter[tuple[str, str]] = Counter()
    for line in preview["lines"]:
        if line["article"] is not None:
            held[line["article"], line["until"]] += line["count"]
    for (article, until), count in held.items():
        print(f"  among these {count} that are held on Art. {article}, until {until}")


def end_hold(client: httpx.Client, hold: dict[str, Any]) -> None:
    """End a hold, and see what it kept erased.

    Args:
        client: The school's.
        hold: As it was placed.
    """
    (erasure,) = get(client, _NEWEST)["items"]
    ended = post(client, f"/v1/holds/{hold['id']}/end", {"reason": "The appeal is settled."})
    rest = erasure
    while rest["id"] == erasure["id"]:
        time.sleep(LOOK_SECONDS)
        (rest,) = get(client, _NEWEST)["items"]
    rest = carried_out(client, rest)
    receipt = get(client, f"/v1/receipts/{rest['receipt_id']}/receipt.json")
    removed = sum(each["done"] for each in receipt["lines"] if each["outcome"] == "removed")
    say(
        f"The appeal is settled, and the hold {ended['state']}. Habeas goes on by itself, as approved: the "
        f"erasure of the rest is {rest['state']}, and has removed {removed} more."
    )

"""What the pages list is what there is."""

import re

import pytest

from app.api.webhook_events import EVENTS
from app.services.remedies import REMEDIES
from schemas.controllers import ControllerSettings
from schemas.vocabulary import AttentionReason, EventType
from tests.fixtures.tree import ROOT, files

PAGES = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}
OPERATIONS = PAGES["operations.md"]
LOGGED = re.compile(r"_log\.\w+\(\s*\"([a-z_]+\.[a-z_]+)\"")


def section(page: str, heading: str) -> str:
    """Give what stands below a heading."""
    return re.split(r"^#", page.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> dict[str, str]:
    """Give the last cell of a table's rows by each name in the first."""
    found = re.findall(r"^\| (`.*?) \|.*?([^|]*) \|$", text, re.MULTILINE)
    return {name: last.strip() for first, last in found for name in re.findall("`(.*?)`", first)}


def test_the_log_table_names_every_event_that_is_logged() -> None:
    sources = [*files(".py", below=ROOT / "app"), *files(".py", below=ROOT / "workers")]
    logged = {event for path in sources for event in LOGGED.findall(path.read_text("utf-8"))}
    assert len(logged) >= 20
    assert rows(section(OPERATIONS, "## Logs")).keys() == logged


def test_every_setting_of_a_school_is_explained() -> None:
    explained = rows(section(OPERATIONS, "### What a school sets"))
    assert explained.keys() == ControllerSettings.model_fields.keys()


@pytest.mark.parametrize("reason", AttentionReason)
def test_the_operators_page_says_what_the_answer_says_is_to_be_done(
    reason: AttentionReason,
) -> None:
    told = rows(section(OPERATIONS, "## When a subject request needs attention"))[reason]
    assert f"{told}." == REMEDIES[reason]


@pytest.mark.parametrize("event", EventType)
def test_the_page_on_webhooks_says_in_a_whole_sentence_when_an_event_is_sent(
    event: EventType,
) -> None:
    told = rows(section(PAGES["webhooks.md"], "## Events"))[event]
    assert told.count("(") == told.count(")")
    assert f"{EVENTS[event].meaning} ".startswith(f"{told}. ")


def test_the_commands_of_a_page_need_no_program_that_a_slim_system_lacks() -> None:
    assert [name for name, page in PAGES.items() if "uuidgen" in page] == []

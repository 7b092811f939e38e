"""The commands that the pages show can be sent as they stand."""

import re

from app.api.acting_person import CHANGING, HEADER
from tests.fixtures.tree import ROOT

COMMAND = re.compile(r"curl (?:[^\n]*\\\n)*[^\n]*")
CHANGES = re.compile(r" -d | -X ")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_a_command_that_changes_something_says_who_acts() -> None:
    found = [command for page in PAGES for command in COMMAND.findall(page.read_text("utf-8"))]
    changing = [command for command in found if CHANGES.search(command)]
    assert len(changing) >= 10
    assert [each for each in changing if HEADER not in each and '"$who"' not in each] == []


def test_the_page_on_tokens_names_every_method_with_which_somebody_acts() -> None:
    page = (ROOT / "docs" / "oauth.md").read_text("utf-8")
    (sentence,) = re.findall(r"Every operation with ([^\n]*) names the administrator", page)
    assert set(re.findall(r"[A-Z]+", sentence)) == CHANGING

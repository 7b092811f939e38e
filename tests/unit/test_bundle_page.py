"""The page for the person: complete, readable, and it fetches nothing."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from app.bundles.contents import FileEntry, RecordTypeSection, RecordTypeSummary
from app.bundles.page import CONTENT_SECURITY_POLICY, STYLE, STYLE_HASH, render
from schemas.vocabulary import FieldType, Right
from tests.fixtures import bundles

VOID = {"meta", "br", "link", "img", "input", "hr"}
SHA256 = "0123456789abcdef" * 4


class Page(HTMLParser):
    """Reads a page, and insists that every element is closed in its place."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name))]


def page(*sections: tuple[str, RecordTypeSection], right: Right = Right.ACCESS) -> Page:
    pieces = render(bundles.header(right), bundles.contents(dict(sections)))
    return Page(b"".join(pieces).decode())


MESSAGE = {
    "thread": "Biology",
    "sender": None,
    "body": "Hi,\n<script>alert(1)</script> & so on",
    "attachment": "up/1.pdf",
    "sent_at": "2024-05-07T05:19:18.657431+00:00",
    "edited_at": "",
}
TYPES = {"sent_at": FieldType.DATETIME, "edited_at": FieldType.DATETIME}


def message_page(**changes: object) -> Page:
    row = bundles.record("1", "author", MESSAGE | changes)
    return page(("message", bundles.section("message", row, types=TYPES)))


def test_nothing_is_fetched_and_nothing_runs() -> None:
    shown = message_page()
    assert {tag for tag, _ in shown.tags}.isdisjoint({"script", "link", "iframe", "img", "form"})
    assert shown.attributes("src") == []
    assert shown.attributes("style") == []
    assert not [name for _, attributes in shown.tags for name in attributes if name[:2] == "on"]
    outside = [each for each in shown.attributes("href") if not each.startswith("#")]
    assert outside == ["https://fjordvik.example/request"]
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_policy_names_the_one_style_sheet() -> None:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert f"sha256-{digest}" == STYLE_HASH
    assert f"style-src '{STYLE_HASH}'" in CONTENT_SECURITY_POLICY
    html = b"".join(render(bundles.header(), bundles.contents())).decode()
    assert f"<style>{STYLE}</style>" in html


def test_headings_go_down_one_step_at_a_time_and_start_with_one_h1() -> None:
    levels = message_page().headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_can_be_used_without_seeing_it() -> None:
    shown = message_page()
    tags = [tag for tag, _ in shown.tags]
    assert ("html", {"lang": "en"}) in shown.tags
    assert tags.count("main") == 1
    assert shown.tags[tags.index("a")][1]["href"] == "#content"
    ids = shown.attributes("id")
    assert len(ids) == len(set(ids))
    assert {each[1:] for each in shown.attributes("href") if each[0] == "#"} <= set(ids)
    assert set(shown.attributes("aria-labelledby")) <= set(ids)
    assert all(each[1].get("aria-hidden") == "true" for each in shown.tags if each[0] == "svg")


def test_every_category_and_record_type_is_named_also_the_empty_ones() -> None:
    shown = page()
    titles = [each.heading.title for each in bundles.contents().record_types]
    assert all(title in shown.text for title in titles)
    assert shown.text.count("Nothing is held") >= len(titles)
    for title in bundles.contents().internal_logic.values():
        assert title in shown.text


def test_a_record_reads_in_plain_words() -> None:
    shown = message_page()
    assert "Hi,\n<script>alert(1)</script> & so on" in shown.text
    assert "7 May 2024, 05:19 UTC" in shown.text
    assert "2024-05-07T05:19:18+00:00" in shown.attributes("datetime")
    assert "Empty text" in shown.text
    assert "Not given: From" in shown.text or "Not given: Sender" in shown.text


def test_beside_the_right_to_rectification_stands_who_corrects_what() -> None:
    told = " ".join(message_page().text.split())
    assert (
        "incomplete data completed. With each kind of record below stands who corrects it" in told
    )
    assert "Who corrects itWhoever wrote it" in told
    silent = bundles.section("message", bundles.record("1", "author", MESSAGE))
    silent = replace(silent, heading=replace(silent.heading, corrected_by=None))
    assert "Who corrects it" not in page(("message", silent)).text


def test_lists_and_nested_values_keep_their_shape() -> None:
    values = {"thread": '["<a>","b"]', "body": '{"a":{"b":"<c>"}}', "attachment": "?"}
    types = {"thread": FieldType.ARRAY, "body": FieldType.JSON, "attachment": FieldType.BINARY}
    row = bundles.record("1", "author", values)
    shown = page(("message", bundles.section("message", row, types=types)))
    assert "<a>b" in shown.text
    assert '{\n  "a": {\n    "b": "<c>"\n  }\n}' in shown.text
    assert "Binary data, in data.xml as base64" in shown.text


def test_a_redaction_says_why() -> None:
    assert "Withheld: about another person" in message_page(body=bundles.WITHHELD).text


def test_uploads_are_links_and_missing_ones_named() -> None:
    files = (
        FileEntry("1", "attachment", 'Lab "report".pdf', "files/000001-Lab.pdf", 1_234_567, SHA256),
        FileEntry("2", "attachment", "lost.png"),
    )
    rows = [bundles.record(key, "author", MESSAGE) for key in "12"]
    shown = page(("message", bundles.section("message", *rows, files=files)))
    assert "files/000001-Lab.pdf" in shown.attributes("href")
    assert 'Lab "report".pdf' in shown.text
    assert "1.2 MB" in shown.text
    assert "lost.png" in shown.text
    assert "This file is missing" in shown.text
    assert "1 file of these records is missing" in shown.text


def test_what_is_not_shown_is_counted() -> None:
    rows = [bundles.record(str(number), "author", MESSAGE) for number in range(3)]
    many = bundles.section("message", *rows, summary=RecordTypeSummary(1_203))
    assert "1,200 more records of this kind are in data.xml" in page(("message", many)).text
    one = bundles.section("message", *rows, summary=RecordTypeSummary(4))
    assert "1 more record of this kind is in data.xml" in page(("message", one)).text


def test_a_long_text_is_shortened_with_a_note() -> None:
    shown = message_page(body="word " * 5_000)
    assert "Shortened here; all of it is in data.xml." in shown.text
    assert shown.text.count("word ") <= 801


def test_a_record_that_cannot_be_read_back_is_pointed_to() -> None:
    broken = bundles.section("message", b'<record key="1" roles="author"><field', types=TYPES)
    assert "too long to be shown here" in page(("message", broken)).text


def test_replaced_characters_are_told() -> None:
    row = bundles.record("1", "author", MESSAGE)
    summary = RecordTypeSummary(1, replaced_characters=1)
    shown = page(("message", bundles.section("message", row, summary=summary)))
    assert "1 character that cannot be written in this format was replaced" in shown.text


def test_portability_says_that_it_holds_what_the_person_provided() -> None:
    assert "the personal data that you provided" in page(right=Right.PORTABILITY).text
    assert "the personal data that you provided" not in page().text


def test_the_page_comes_in_pieces() -> None:
    row = bundles.record("1", "author", MESSAGE | {"body": "word " * 700})
    many = bundles.section("message", *([row] * 200))
    pieces = list(render(bundles.header(), bundles.contents({"message": many})))
    assert len(pieces) > 5
    assert max(map(len, pieces)) < 100_000


def luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", STYLE.split(":root {")[1 + scheme]))
    for ground in ("paper", "card"):
        for ink in ("ink", "soft", "accent"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    assert contrast(colours["accent"], colours["tint"]) >= 4.5
    assert contrast(colours["warn"], colours["warn-tint"]) >= 4.5

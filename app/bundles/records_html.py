"""Write the records of an excerpt as HTML.

The template does the rest of the page; a record is written here, since there may be thousands of
them and a subject of a thousand records waits for the page.

Reference:
    ``schemas/xsd/bundle.xsd``, type ``Record``.
"""

from collections.abc import Iterable, Iterator
from html import escape
from xml.etree import ElementTree as ET

from markupsafe import Markup

from app.bundles.contents import FileEntry, RecordTypeSection
from app.bundles.values import Shown, bytes_text, shown
from schemas.vocabulary import FieldType

_TOO_LONG = '<p class="note">This record is too long to be shown here; it is in data.xml.</p>'
_CUT = '<span class="cut">Shortened here; all of it is in data.xml.</span>'
_MISSING = '<span class="note">This file is missing: the service no longer has it.</span>'
_WITHHELD = '<span class="note">Withheld: about another person</span>'


def records_html(section: RecordTypeSection) -> Iterator[Markup]:
    """Give each record as a list item.

    Args:
        section: A record type with the records that are shown, and the uploads that they name.
    """
    writer = _RecordWriter(section)
    for number, record in enumerate(section.records, 1):
        yield Markup(writer.item(number, record))  # noqa: S704 - escaped piece by piece


class _RecordWriter:
    """Writes the records of one record type."""

    def __init__(self, section: RecordTypeSection) -> None:
        heading = section.heading
        self._fields = {each.name: (escape(each.title), each.type) for each in heading.fields}
        self._roles = {name: escape(title) for name, title in heading.roles.items()}
        self._files = {(each.record_key, each.field): each for each in section.files}

    def item(self, number: int, record: bytes) -> str:
        try:
            element = ET.fromstring(record)  # noqa: S314 - written by this program
        except ET.ParseError:  # a key longer than an excerpt keeps
            element = ET.Element("record")
        roles = "".join(
            f'<span class="role">{self._roles.get(role) or escape(role)}</span>'
            for role in element.get("roles", "").split()
        )
        body = self._body(element) if len(element) else _TOO_LONG
        return f'<li class="record"><p>Record {number:,}{roles}</p>{body}</li>\n'

    def _body(self, element: ET.Element) -> str:
        lines: list[str] = []
        unset: list[str] = []
        key = element.get("key", "")
        for field in element:
            name = field.get("name", "")
            title, kind = self._fields.get(name) or (escape(name), FieldType.OTHER)
            if field.get("null"):
                unset.append(title)
            elif field.get("redacted"):
                lines.append(f"<dt>{title}</dt><dd>{_WITHHELD}</dd>")
            else:
                value = _value(shown(field.text or "", kind), self._files.get((key, name)))
                lines.append(f"<dt>{title}</dt><dd>{value}</dd>")
        told = f'<dl class="fields">{"".join(lines)}</dl>' if lines else ""
        return told + (f'<p class="unset">Not given: {", ".join(unset)}</p>' if unset else "")


def _value(value: Shown, file: FileEntry | None) -> str:
    if file is not None:
        return _file(file, value.text)
    cut = _CUT if value.is_cut else ""
    match value.shape:
        case "text":
            return f'<span class="value">{escape(value.text, quote=False)}</span>{cut}'
        case "note":
            return f'<span class="note">{escape(value.text)}</span>'
        case "moment":
            return f'<time datetime="{escape(value.machine)}">{escape(value.text)}</time>'
        case "code":
            return f"<pre>{escape(value.text, quote=False)}</pre>{cut}"
        case "list":
            return f'<ul class="items">{_items(value.items)}</ul>{cut}'


def _items(items: Iterable[str]) -> str:
    return "".join(f"<li>{escape(item)}</li>" for item in items)


def _file(file: FileEntry, value: str) -> str:
    name = escape(file.original_name or value)
    if file.path is None:
        return f'<span class="value">{name}</span> {_MISSING}'
    size = bytes_text(file.size_bytes or 0)
    return f'<a href="{escape(file.path)}">{name}</a> <span class="soft">({size})</span>'

"""Writes the members of a bundle: uploads, data.xml, index.html, manifest.json, in this order.

Uploads come first, so that data.xml can say of each of them what became of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, groupby

from app.bundles import document
from app.bundles.archive import MemberDigest
from app.bundles.contents import (
    BundleContents,
    RecordTypeHeading,
    RecordTypeSection,
    RecordTypeSummary,
    Totals,
)
from app.bundles.excerpt import Excerpt
from app.bundles.header import BundleHeader
from app.bundles.manifest import manifest
from app.bundles.page import render
from app.bundles.register import UploadRegister
from app.bundles.writer import BundleWriter
from app.domain.steps import Step
from app.engine.progress import Progress
from app.engine.snapshots import Snapshots
from app.engine.uploads import copy_upload
from app.sources.protocol import ExportedRecords
from app.sources.registry import Sources
from schemas.data_map import DataMap
from schemas.vocabulary import Category

DATA_XML = "data.xml"
INDEX_HTML = "index.html"
MANIFEST_JSON = "manifest.json"

_UPLOADS = Step("uploads", "Stored uploads", record_count=0)
_PAGE = Step("page", "Page for the person")
_EXCERPT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """What the members of a bundle came to.

    Attributes:
        xml: Of ``data.xml``.
        html: Of ``index.html``.
        contents: What they tell of, record type by record type, with the sums.
    """

    xml: MemberDigest
    html: MemberDigest
    contents: BundleContents


@dataclass(frozen=True, slots=True)
class Members:
    """Writes the members of one bundle.

    Attributes:
        data_map: What is told of.
        header: What stands at the head.
        headings: The record types that are told of, category by category.
        snapshots: Where their records come from.
        sources: Where the uploads come from.
        writer: Takes the bytes.
        register: Lists the uploads.
        progress: Where to report.
        records_per_type: How many records of a type the page shows.
    """

    data_map: DataMap
    header: BundleHeader
    headings: tuple[RecordTypeHeading, ...]
    snapshots: Snapshots
    sources: Sources
    writer: BundleWriter
    register: UploadRegister
    progress: Progress
    records_per_type: int

    async def write(self) -> Written:
        """Write them all.

        Raises:
            AttentionNeeded: There is no room.
            SourceFailure: A source did not answer, or not as the data map says.
        """
        record_steps = [Step(each.name, each.title, record_count=0) for each in self.headings]
        self.progress.plan([_UPLOADS, *record_steps, _PAGE])
        self.progress.begin(_UPLOADS.name)
        await self._write_uploads()
        await self.writer.begin(DATA_XML)
        contents = await self._write_document()
        xml = await self.writer.end()
        self.progress.begin(_PAGE.name)
        html = await self._write_member(INDEX_HTML, render(self.header, contents))
        others = chain(self.register.digests(), (xml, html))
        await self._write_member(MANIFEST_JSON, manifest(self.header, contents, others))
        return Written(xml, html, contents)

    async def _write_uploads(self) -> None:
        for heading in self.headings:
            async for reference in self.snapshots[heading.name].uploads(heading.name):
                entry = await copy_upload(
                    self.sources, self.data_map, reference, self.writer, self.register
                )
                self.register.add(heading.name, entry)
                self.progress.count(self.register.count)

    async def _write_document(self) -> BundleContents:
        await self.writer.write(document.opening(self.header))
        sections: list[RecordTypeSection] = []
        for category, headings in groupby(self.headings, key=lambda each: each.category):
            await self.writer.write(document.category_opening(category))
            for heading in headings:
                self.progress.begin(heading.name)
                sections.append(await self._write_record_type(heading))
            await self.writer.write(document.category_closing())
        contents = BundleContents(tuple(sections), self._internal_logic(), _totals(sections))
        await self.writer.write(document.internal_logic(contents.internal_logic))
        await self.writer.write(document.closing(contents.totals))
        return contents

    async def _write_record_type(self, heading: RecordTypeHeading) -> RecordTypeSection:
        excerpt = Excerpt(self.records_per_type, _EXCERPT_BYTES)

        async def take(chunk: bytes) -> None:
            excerpt.offer(chunk)
            await self.writer.write(chunk)

        await self.writer.write(document.record_type_opening(heading))
        exported = await self.snapshots[heading.name].export(heading.name, take)
        self.progress.count(exported.count)
        await self.writer.write(document.records_closing())
        for piece in document.files(self.register.entries(heading.name)):
            await self.writer.write(piece)
        summary = self._summary(heading.name, exported)
        await self.writer.write(document.record_type_closing(summary))
        shown = excerpt.keys
        files = tuple(e for e in self.register.entries(heading.name) if e.record_key in shown)
        return RecordTypeSection(heading, summary, excerpt.records, files)

    def _summary(self, record_type: str, exported: ExportedRecords) -> RecordTypeSummary:
        there, missing = self.register.counts(record_type)
        return RecordTypeSummary(
            count=exported.count,
            replaced_characters=exported.replaced_characters,
            redactions=exported.redactions,
            file_count=there,
            missing_file_count=missing,
        )

    def _internal_logic(self) -> dict[str, str]:
        return {
            name: spec.title
            for name, spec in self.data_map.record_types.items()
            if spec.category is Category.INTERNAL_LOGIC
        }

    async def _write_member(self, name: str, pieces: Iterable[bytes]) -> MemberDigest:
        await self.writer.begin(name)
        for piece in pieces:
            await self.writer.write(piece)
        return await self.writer.end()


def _totals(sections: list[RecordTypeSection]) -> Totals:
    summaries = [section.summary for section in sections]
    return Totals(
        record_count=sum(each.count for each in summaries),
        file_count=sum(each.file_count for each in summaries),
        missing_file_count=sum(each.missing_file_count for each in summaries),
        replaced_characters=sum(each.replaced_characters for each in summaries),
    )

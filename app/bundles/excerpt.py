"""Keep the first records of a record type for the page, while all of them stream past."""

from html import unescape

_START = b'<record key="'
_END = b"</record>\n"  # a record's content cannot hold "<"
_LONGEST_RECORD_BYTES = 64 * 1024


class Excerpt:
    """The first whole records of a record type, as XML. Nothing is parsed.

    Args:
        limit_records: At most so many are kept.
        limit_bytes: No further record is kept once so many bytes are; a single record is cut at
            64 KiB, so that what is held is bounded.
    """

    def __init__(self, limit_records: int, limit_bytes: int) -> None:
        self._limit_records = limit_records
        self._room_bytes = limit_bytes
        self._records: list[bytes] = []

    @property
    def records(self) -> tuple[bytes, ...]:
        """The records kept so far, each a well-formed ``record`` element."""
        return tuple(self._records)

    @property
    def is_full(self) -> bool:
        """Whether no further record will be kept."""
        return len(self._records) >= self._limit_records or self._room_bytes <= 0

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the records kept so far."""
        return frozenset(
            unescape(record[len(_START) : record.find(b'"', len(_START))].decode())
            for record in self._records
        )

    def offer(self, chunk: bytes) -> None:
        """Keep what there is room for.

        Args:
            chunk: Whole records, each ended by a new line.
        """
        start = 0
        while not self.is_full:
            end = chunk.find(_END, start)
            if end < 0:
                return
            stop = end + len(_END)
            record = _bounded(chunk, start, stop)
            self._records.append(record)
            self._room_bytes -= len(record)
            start = stop


def _bounded(chunk: bytes, start: int, stop: int) -> bytes:
    """Give one record; if it is too long, its beginning with every open element closed."""
    if stop - start <= _LONGEST_RECORD_BYTES:
        return chunk[start:stop]
    part = chunk[start : start + _LONGEST_RECORD_BYTES].decode(errors="ignore")
    last_tag = part.rfind("<")
    if part.startswith("<field", last_tag) and ">" in part[last_tag:]:
        entity = part.rfind("&", last_tag)
        cut = entity if entity >= 0 and ";" not in part[entity:] else len(part)
        return f"{part[:cut]}</field></record>\n".encode()
    return f"{part[:last_tag]}</record>\n".encode()

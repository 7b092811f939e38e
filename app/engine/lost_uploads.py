"""Uploads that only a vault named, and that reading back leaves without a record that names them."""

import json
from collections.abc import Iterator, Sequence

from app.engine.intent_content import LostUploads
from app.engine.work import Work
from app.sources.hands import FormerRecord, Restored


def lost_uploads(
    work: Work, record_type: str, formers: Sequence[FormerRecord], restored: Restored
) -> Iterator[LostUploads]:
    """Name the uploads of records that did not come back as they were.

    Their row is gone, has no place any more, or names something else by now: the LMS does not know
    of them. Whether something else names them is looked up before they are removed.

    Args:
        work: The job's.
        record_type: One type, or ``LOGIN``.
        formers: What was to be read back.
        restored: What that came to.
    """
    amiss = {*restored.gone, *restored.partial}
    lost = [json.loads(each.former) for each in formers if each.key in amiss]
    spec = work.data_map.record_types.get(record_type)
    if not lost or spec is None:
        return
    for name, field in spec.fields.items():
        if field.file is None or field.lookup is not None:
            continue
        cells = [former.get(field.column or name) for former in lost]
        if values := tuple(cell for cell in cells if cell):
            yield LostUploads(record_type, name, values)

"""Showing what the bundles of persons would hold, before they are asked for."""

from collections import Counter
from collections.abc import Sequence

from app.engine.export_forecast import ExportForecasts
from app.services.confirmations import nobody_there
from app.services.forecasts import a_few_at_a_time
from app.services.meant import Meant
from schemas.previews import ExportPreview, ExportPreviewLine, ExportPreviewTotals


async def look_at(
    forecasts: ExportForecasts, map_sha256: str, meant: Sequence[Meant]
) -> ExportPreview:
    """Count what the bundles of some persons would hold together.

    Args:
        forecasts: Made ready.
        map_sha256: Of the data map, 64 hexadecimal digits.
        meant: Whom, at most 1,000.

    Raises:
        Refused: One of them is not there any more.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    counts: Counter[str] = Counter()
    for told in await a_few_at_a_time(meant, lambda each: forecasts.of(each.subject_key)):
        if told is None:
            raise nobody_there()
        counts.update(told)  # the order of the bundle, and what is not there at all
    return ExportPreview.model_validate(
        {
            "right": forecasts.right,
            "subject_count": len(meant),
            "data_map_sha256": map_sha256,
            "totals": ExportPreviewTotals(exported=counts.total()),
            "lines": [_line(forecasts, name, count) for name, count in counts.items()],
        }
    )


def _line(forecasts: ExportForecasts, record_type: str, count: int) -> ExportPreviewLine:
    spec = forecasts.data_map.record_types[record_type]
    return ExportPreviewLine(
        category=spec.category, record_type=record_type, title=spec.title, count=count
    )

"""The map knows what a person must be told."""

from collections.abc import Iterator

from app.datamap.document import MapDocument
from app.datamap.findings import Finding

_EEA_NAMES = (
    "eu|eea|european union|european economic area"
    "|at|austria|be|belgium|bg|bulgaria|hr|croatia|cy|cyprus|cz|czechia|czech republic"
    "|dk|denmark|ee|estonia|fi|finland|fr|france|de|germany|gr|greece|hu|hungary|ie|ireland"
    "|it|italy|lv|latvia|lt|lithuania|lu|luxembourg|mt|malta|nl|netherlands|the netherlands"
    "|pl|poland|pt|portugal|ro|romania|sk|slovakia|si|slovenia|es|spain|se|sweden"
    "|is|iceland|li|liechtenstein|no|norway"
)
_EEA = frozenset(_EEA_NAMES.split("|"))


def check_information(document: MapDocument) -> Iterator[Finding]:
    """Find what a person has a right to be told and the map does not say.

    Args:
        document: Any data map.

    Reference:
        GDPR Art. 15(1)(a), (d), (h), 15(2), 46.
    """
    data_map = document.data_map
    for name, recipient in data_map.recipients.items():
        if recipient.country.casefold() not in _EEA and recipient.safeguard is None:
            detail = f"`{recipient.country}` lies outside the EEA, and no safeguard is named"
            remedy = "Add `safeguard: …`, as Art. 15(2) has the person told."
            yield document.warning(("recipients", name), detail, remedy)
    for name, record_type in data_map.record_types.items():
        path = ("record_types", name)
        if record_type.holds_nothing is not None:
            continue
        if not record_type.purposes:
            detail = "it says no purpose"
            remedy = "Add `purposes: […]`, as Art. 15(1)(a) has the person told."
            yield document.warning(path, detail, remedy)
        if record_type.retention is None and record_type.retention_criteria is None:
            detail = "it does not say how long it is held"
            remedy = "Add `retention` or `retention_criteria`, as Art. 15(1)(d) has it told."
            yield document.warning(path, detail, remedy)
    if data_map.automated_decisions is None:
        detail = "it does not say whether machines alone decide about persons"
        remedy = "Add `automated_decisions: …`, also where there are none (Art. 15(1)(h))."
        yield document.warning((), detail, remedy)

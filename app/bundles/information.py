"""Build the information of Art. 15 from a data map and a controller's settings."""

from collections.abc import Iterable, Mapping

from app.bundles.contents import FieldHeading, RecordTypeHeading
from app.bundles.header import (
    ControllerDetails,
    Information,
    OriginNote,
    PurposeNote,
    RecipientNote,
    RetentionNote,
)
from app.bundles.rights import complaint, rights_of_the_person
from app.bundles.wording import RECTIFIER_TEXTS, period_text, short_name
from schemas.controllers import ControllerSettings
from schemas.data_map import DataMap, RecordType
from schemas.vocabulary import Category

_NO_PERIOD = "As long as the purposes above need it."
_NO_DECISIONS = "Nothing has been stated about decisions made by machines alone."


def controller_details(name: str, settings: ControllerSettings) -> ControllerDetails:
    """Say who the controller is.

    Args:
        name: Its name in Habeas, used where the settings give no legal name.
        settings: The controller's own.
    """
    return ControllerDetails(
        name=settings.legal_name or name,
        address=settings.address,
        contact=settings.contact,
        data_protection_officer=settings.data_protection_officer,
        supervisory_authority=settings.supervisory_authority,
        processing_agreement_url=settings.processing_agreement_url,
        request_form_url=settings.request_form_url,
    )


def information(
    data_map: DataMap, settings: ControllerSettings, controller: ControllerDetails
) -> Information:
    """Build what Art. 15(1)(a) to (h) and 15(2) ask for.

    Args:
        data_map: What the LMS holds.
        settings: Where the controller wants less, or other periods.
        controller: As ``controller_details`` gives it.
    """
    told = {
        name: spec for name, spec in data_map.record_types.items() if spec.holds_nothing is None
    }
    return Information(
        purposes=_purposes(data_map, settings, data_map.record_types.values()),
        categories=tuple(
            category
            for category in Category
            if any(spec.category is category for spec in told.values())
        ),
        recipients=tuple(
            RecipientNote(each.name, each.country, each.why, each.safeguard)
            for each in data_map.recipients.values()
        ),
        retention=tuple(_retention(name, spec, settings) for name, spec in told.items()),
        rights=rights_of_the_person(),
        complaint=complaint(controller),
        origins=tuple(
            OriginNote(name, spec.title, spec.origin) for name, spec in told.items() if spec.origin
        ),
        automated_decisions=data_map.automated_decisions or _NO_DECISIONS,
    )


def record_type_heading(
    name: str,
    fields: Iterable[FieldHeading],
    data_map: DataMap,
    settings: ControllerSettings,
) -> RecordTypeHeading:
    """Build what is said of a record type before its records.

    Args:
        name: A record type of the map.
        fields: Those that the export holds, in order.
        data_map: What the LMS holds.
        settings: The controller's own.
    """
    spec = data_map.record_types[name]
    return RecordTypeHeading(
        name=name,
        title=spec.title,
        category=spec.category,
        purposes=_purposes(data_map, settings, [spec]),
        retention=_retention(name, spec, settings),
        origin=spec.origin,
        seen_by=spec.seen_by_staff,
        corrected_by=None if spec.rectify is None else RECTIFIER_TEXTS[spec.rectify],
        roles=_role_titles(spec),
        fields=tuple(fields),
    )


def _role_titles(spec: RecordType) -> Mapping[str, str]:
    return {
        name: role.title or ("About you" if name == "self" else short_name(name))
        for name, role in spec.roles.items()
    }


def _purposes(
    data_map: DataMap, settings: ControllerSettings, specs: Iterable[RecordType]
) -> tuple[PurposeNote, ...]:
    """Give the purposes of some record types, as the map orders them."""
    used = {name for spec in specs for name in spec.purposes} - set(settings.excluded_purposes)
    return tuple(
        PurposeNote(name, purpose.text, purpose.lawful_basis)
        for name, purpose in data_map.purposes.items()
        if name in used
    )


def _retention(name: str, spec: RecordType, settings: ControllerSettings) -> RetentionNote:
    period = settings.retention_overrides.get(name, spec.retention)
    if period is not None:
        return RetentionNote(name, spec.title, period, period_text(period))
    return RetentionNote(name, spec.title, None, spec.retention_criteria or _NO_PERIOD)

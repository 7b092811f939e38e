"""Write the head of a bundle as XML: a small document, so xmltodict writes it.

Reference:
    ``schemas/xsd/bundle.xsd``, type ``Header``; GDPR Art. 15(1) and (2).
"""

from typing import Any

import xmltodict

from app.bundles.header import BundleHeader, ControllerDetails, Information, RecipientNote
from app.bundles.wording import CATEGORY_TITLES
from app.bundles.xml_text import cleaned_tree

Node = dict[str, Any]


def header_element(header: BundleHeader) -> str:
    """Give the ``header`` element.

    Args:
        header: Any text; what XML cannot hold is replaced.
    """
    tree = {
        "header": {
            "bundle-id": str(header.bundle_id),
            "right": header.right.value,
            "generated-at": header.generated_at.isoformat().replace("+00:00", "Z"),
            "subject-request": str(header.subject_request_id),
            "controller": _controller(header.controller),
            "data-map": {"@name": header.data_map_name, "@sha256": header.data_map_digest},
            "subject": {
                "field": [
                    {"@name": each.name, "@title": each.title}
                    | ({"@null": "true"} if each.value is None else {"#text": each.value})
                    for each in header.subject
                ]
            },
            "information": _information(header.information),
        }
    }
    written = xmltodict.unparse(cleaned_tree(tree), full_document=False, short_empty_elements=True)
    return written.replace("\r", "&#13;")  # in attributes it is escaped already


def _controller(controller: ControllerDetails) -> Node:
    details = {
        "name": controller.name,
        "address": controller.address,
        "contact": controller.contact,
        "data-protection-officer": controller.data_protection_officer,
        "supervisory-authority": controller.supervisory_authority,
        "processing-agreement": controller.processing_agreement_url,
        "request-form": controller.request_form_url,
    }
    return {name: text for name, text in details.items() if text is not None}


def _information(information: Information) -> Node:
    return {
        "purposes": {
            "purpose": [
                {"@name": each.name, "@lawful-basis": each.lawful_basis.value, "#text": each.text}
                for each in information.purposes
            ]
        },
        "categories": {
            "category": [
                {"@name": each.value, "@title": CATEGORY_TITLES[each]}
                for each in information.categories
            ]
        },
        "recipients": {"recipient": [_recipient(each) for each in information.recipients]},
        "retention": {
            "record-type": [
                {"@name": each.record_type, "@title": each.title}
                | ({"@period": each.period} if each.period else {})
                | {"#text": each.text}
                for each in information.retention
            ]
        },
        "rights": {
            "right": [
                {"@name": each.right.value, "@title": each.title, "#text": each.text}
                for each in information.rights
            ]
        },
        "complaint": information.complaint,
        "origins": {
            "record-type": [
                {"@name": each.record_type, "@title": each.title, "#text": each.text}
                for each in information.origins
            ]
        },
        "automated-decisions": information.automated_decisions,
        "transfers": {
            "transfer": [
                {"@to": each.name, "@country": each.country, "#text": each.safeguard}
                for each in information.transfers
            ]
        },
    }


def _recipient(recipient: RecipientNote) -> Node:
    return {"@name": recipient.name, "@country": recipient.country, "#text": recipient.why}

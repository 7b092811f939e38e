"""The rights of a person, in plain words.

Reference:
    GDPR Art. 15(1)(e) and (f), Art. 16 to 21 and 77.
"""

from app.bundles.header import ControllerDetails, RightNote
from app.bundles.wording import RIGHT_TITLES
from schemas.vocabulary import Right

_TEXTS = {
    Right.ACCESS: "You may ask again what is held about you, and for a copy of it.",
    Right.RECTIFICATION: "You may have wrong data corrected, and incomplete data completed.",
    Right.ERASURE: (
        "You may ask for data to be erased, for instance when it is no longer needed. There are "
        "exceptions, for instance where a law says that it must be kept, or where it also concerns "
        "the rights of others."
    ),
    Right.RESTRICTION: (
        "You may ask that data is only kept and not used, for instance while it is being found out "
        "whether it is right."
    ),
    Right.PORTABILITY: (
        "You may receive the data that you provided in a form that other systems can read, and have "
        "it sent to another institution where that is technically possible."
    ),
    Right.OBJECTION: (
        "You may object, for reasons of your own situation, where data is used for a task in the "
        "public interest or for legitimate interests."
    ),
}


def rights_of_the_person() -> tuple[RightNote, ...]:
    """Name every right that a person may exercise, in the order of the articles."""
    return tuple(RightNote(right, RIGHT_TITLES[right], text) for right, text in _TEXTS.items())


def complaint(controller: ControllerDetails) -> str:
    """Say where the person may complain.

    Args:
        controller: Its supervisory authority is named where it has said which one that is.
    """
    authority = controller.supervisory_authority
    where = f"The one that oversees this institution is: {authority}" if authority else ""
    return (
        "You may complain to a data protection authority, in the country where you live or work or "
        f"where you think that the law was broken. {where}"
    ).strip()

"""The words in which a bundle speaks to a person about the closed lists of the vocabulary."""

import re

from schemas.vocabulary import Category, LawfulBasis, Rectifier, Right

CATEGORY_TITLES = {
    Category.PERSONAL_INFORMATION: "Personal information",
    Category.COMMUNICATION: "Communication",
    Category.COURSE_MATERIAL: "Course material",
    Category.ASSESSMENTS: "Assessments",
    Category.CALENDAR: "Calendar entries",
    Category.STUDENT_RESPONSES: "Student responses",
    Category.INTERNAL_LOGIC: "Internal logic",
}
"""Reference: seed 002, "The right to access and data portability"."""

LAWFUL_BASIS_TITLES = {
    LawfulBasis.CONSENT: "your consent, Art. 6(1)(a)",
    LawfulBasis.CONTRACT: "a contract with you, Art. 6(1)(b)",
    LawfulBasis.LEGAL_OBLIGATION: "a legal obligation, Art. 6(1)(c)",
    LawfulBasis.VITAL_INTERESTS: "the protection of somebody's life, Art. 6(1)(d)",
    LawfulBasis.PUBLIC_TASK: "a task in the public interest, Art. 6(1)(e)",
    LawfulBasis.LEGITIMATE_INTERESTS: "legitimate interests, Art. 6(1)(f)",
}

RIGHT_TITLES = {
    Right.ACCESS: "Access to your data, Art. 15",
    Right.RECTIFICATION: "Rectification, Art. 16",
    Right.ERASURE: "Erasure, Art. 17",
    Right.RESTRICTION: "Restriction of processing, Art. 18",
    Right.RESTRICTION_LIFT: "Lifting a restriction, Art. 18(3)",
    Right.PORTABILITY: "Data portability, Art. 20",
    Right.OBJECTION: "Objection, Art. 21",
}

RECTIFIER_TEXTS = {
    Rectifier.SELF: "You yourself, in the learning platform",
    Rectifier.STUDENT_SYSTEM: "Your institution, in its student information system",
    Rectifier.TEACHER: "A teacher",
    Rectifier.ADMINISTRATOR: "An administrator of your institution",
    Rectifier.AUTHOR: "Whoever wrote it",
}
"""Reference: seed 002, "The right to rectification"."""

INTERNAL_LOGIC_REASON = (
    "These records only make the service work as it does (your last choices, settings, cookies). "
    "They are named here and not included."
)

_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_UNITS = ("year", "month", "week", "day")
_DAYS = (365, 30, 7, 1)


def period_text(duration: str) -> str:
    """Say an ISO 8601 duration in words: ``P1Y6M`` is "1 year and 6 months".

    Args:
        duration: Of years, months, weeks and days.
    """
    match = _PERIOD.fullmatch(duration)
    counts = match.groups() if match else ()
    parts = [
        f"{int(count)} {unit}{'' if int(count) == 1 else 's'}"
        for count, unit in zip(counts, _UNITS, strict=False)
        if count
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or duration


def period_days(duration: str) -> int:
    """Say about how many days an ISO 8601 duration is, to compare periods.

    Args:
        duration: Of years, months, weeks and days.
    """
    match = _PERIOD.fullmatch(duration)
    counts = match.groups(default="0") if match else ()
    return sum(int(count) * days for count, days in zip(counts, _DAYS, strict=False))


def short_name(name: str) -> str:
    """Say a name of the data map as a word: ``error_tracking`` is "Error tracking".

    Args:
        name: Of a purpose or the like.
    """
    return name.replace("_", " ").capitalize()

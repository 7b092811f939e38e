"""Names what would happen to persons by its kinds: two of one digest differ in numbers only.

Reference:
    RFC 8785 (JSON canonicalisation); DESIGN, "Erasure".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import rfc8785

from app.domain.holds import Held
from app.sources.hands import Counted
from schemas.controllers import ControllerSettings
from schemas.vocabulary import Right

Occurrence = tuple[str, str, int, str]
"""A record type, the role and the position of the rule that decides, and its effect."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a digest rests on besides the records.

    Attributes:
        right: Whose rules were looked at.
        data_map: SHA-256 of the data map's version, 64 hexadecimal digits.
        settings: SHA-256 of the controller's settings.
    """

    right: Right
    data_map: str
    settings: str

    def digest(self, subject_digest: bytes, occurrences: Iterable[Occurrence], held: str) -> str:
        """Digest what would happen to one person.

        Args:
            subject_digest: The keyed digest of the person.
            occurrences: What occurs, each once, in any order.
            held: SHA-256 of what is held of the person.
        """
        return _sha256(
            {
                "right": str(self.right),
                "data_map": self.data_map,
                "settings": self.settings,
                "held": held,
                "subject": subject_digest.hex(),
                "occurrences": [list(each) for each in sorted(occurrences)],
            }
        )


def settings_digest(settings: ControllerSettings) -> str:
    """Digest what a controller sets on top of the data map."""
    return _sha256(settings.model_dump(mode="json"))


def held_digest(held: Iterable[Held]) -> str:
    """Digest what is held of a person: which record types, by what, on which article.

    Args:
        held: Sorted.
    """
    return _sha256([[each.record_type, each.held_by, each.article] for each in held])


def combined(digests: Sequence[str]) -> str:
    """Digest what would happen to several persons; one person's digest stays as it is.

    Args:
        digests: Each person's, in any order.
    """
    return digests[0] if len(digests) == 1 else _sha256(sorted(digests))


def occurrences_of(found: Iterable[Counted]) -> list[Occurrence]:
    """Name what occurs, each once, sorted."""
    return sorted(
        {
            (each.record_type, each.branch.role, each.branch.position, str(each.branch.rule.effect))
            for each in found
            if each.count
        }
    )


def _sha256(value: object) -> str:
    return sha256(rfc8785.dumps(value)).hexdigest()  # type: ignore[arg-type]

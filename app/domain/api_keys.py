"""API keys: ``habeas_<client id>_<secret>_<checksum>``.

The prefix lets scanners find a key that leaked, and the checksum tells a mistyped key without
asking a database. Only the SHA-256 of a key is stored: the secret has 256 random bits, so that
a slow hash would protect nothing.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.errors import Refused
from app.domain.ids import ClientId
from schemas.problem_vocabulary import Problem

PREFIX = "habeas"
SECRET_BYTES = 32
SECRET_LENGTH = 43
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(
    rf"{PREFIX}_(?P<id>[0-9a-f]{{32}})_[0-9A-Za-z]{{{SECRET_LENGTH}}}_(?P<checksum>[0-9a-f]{{8}})"
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it was shown or presented; nothing says yet that it is valid.

    Attributes:
        client_id: The API client that it names.
        text: The whole key.
    """

    client_id: ClientId
    text: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        """The SHA-256 that is stored in the key's place."""
        return hashlib.sha256(self.text.encode()).digest()

    def matches(self, digest: bytes) -> bool:
        """Compare with a stored digest, in the same time whatever it is."""
        return hmac.compare_digest(self.digest, digest)


def make(client_id: ClientId) -> ApiKey:
    """Make a new key for a client."""
    body = f"{PREFIX}_{client_id.hex}_{_base62(secrets.token_bytes(SECRET_BYTES))}"
    return ApiKey(client_id, f"{body}_{_checksum(body)}")


def read(text: str) -> ApiKey:
    """Read a presented key.

    Raises:
        Refused: The text is no key of Habeas's, or was mistyped.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise Refused(
            Problem.CREDENTIAL_INVALID,
            "This is no API key of Habeas: keys look like habeas_<id>_<secret>_<checksum>.",
        )
    if _checksum(text[: form.start("checksum") - 1]) != form["checksum"]:
        raise Refused(
            Problem.CREDENTIAL_INVALID,
            "The API key's checksum is wrong: it was mistyped or cut. Copy it again.",
        )
    return ApiKey(ClientId(UUID(hex=form["id"])), text)


def _checksum(body: str) -> str:
    """Give the CRC-32 as eight hexadecimal digits."""
    return f"{zlib.crc32(body.encode()):08x}"


def _base62(value: bytes) -> str:
    """Write bytes in letters and digits, so that a double click selects the whole key."""
    number = int.from_bytes(value)
    digits = []
    for _ in range(SECRET_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)

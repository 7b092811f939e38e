"""API keys: ``habeas_<client id>_<secret>_<checksum>``.

The prefix lets secret scanners find a key that leaked, and the checksum tells a mistyped key
without a look at the database. Only the SHA-256 of the secret is stored: the secret has 256 random
bits, so that a slow hash would protect nothing.
"""

import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from app.domain.ids import ClientId

_FORM = re.compile(r"habeas_([0-9a-f]{32})_([0-9a-f]{64})_([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as its bearer holds it; nothing says yet that it is valid.

    Attributes:
        client_id: Whose key it is.
        secret: 32 random bytes, as 64 hexadecimal digits.
    """

    client_id: ClientId
    secret: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the secret, 32 bytes: what is stored."""
        return sha256(self.secret.encode()).digest()

    @property
    def text(self) -> str:
        """The key as it is shown, once."""
        body = f"habeas_{self.client_id.hex}_{self.secret}"
        return f"{body}_{_checksum(body)}"

    def matches(self, digest: bytes) -> bool:
        """Compare with a stored digest, in the same time whatever that is."""
        return hmac.compare_digest(self.digest, digest)


def make(client_id: ClientId) -> ApiKey:
    """Make a fresh key for an API client."""
    return ApiKey(client_id, secrets.token_hex(32))


def read(text: str) -> ApiKey | None:
    """Read a key.

    Args:
        text: What the bearer sent, of any content.

    Returns:
        The key; None where it cannot be one: another form, or a checksum that does not fit.
    """
    found = _FORM.fullmatch(text)
    if found is None or _checksum(text.rpartition("_")[0]) != found[3]:
        return None
    return ApiKey(ClientId(UUID(hex=found[1])), found[2])


def _checksum(body: str) -> str:
    """Give the CRC-32 as eight hexadecimal digits."""
    return f"{zlib.crc32(body.encode()):08x}"

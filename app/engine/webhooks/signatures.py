"""The secrets of webhook endpoints, and what is signed with them.

Reference:
    Standard Webhooks, "Webhook signatures".
"""

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from app.keyring import KeyRing, WrappedKey

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secret:
    """What the events of an endpoint are signed with.

    Attributes:
        hmac_key: 32 bytes that the receiver holds too.
        signing_seed: 32 bytes of an Ed25519 key, whose public half anybody may hold.
    """

    hmac_key: bytes = field(repr=False)
    signing_seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new secret."""
        return cls(secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def unwrap(cls, keyring: KeyRing, wrapped_key: WrappedKey) -> Self:
        """Open a secret that `wrap` closed.

        Raises:
            IntegrityViolation: The ring lacks the key, or the secret was altered.
        """
        both = keyring.unwrap(wrapped_key)
        return cls(both[:_KEY_BYTES], both[_KEY_BYTES:])

    def wrap(self, keyring: KeyRing) -> WrappedKey:
        """Close it with the active key of the ring."""
        return keyring.wrap(self.hmac_key + self.signing_seed)

    @property
    def text(self) -> str:
        """The symmetric half as a receiver is given it."""
        return f"whsec_{_base64(self.hmac_key)}"

    @property
    def public_text(self) -> str:
        """The public half as a receiver may read it at any time."""
        return f"whpk_{_base64(self._signing_key.public_key().public_bytes_raw())}"

    def sign(self, webhook_id: str, timestamp: int, body: bytes) -> tuple[str, str]:
        """Sign one attempt.

        Args:
            webhook_id: The same over all attempts; without a dot.
            timestamp: Of the attempt, in seconds since 1970.
            body: As it is sent.

        Returns:
            The symmetric and the asymmetric signature, as they stand in `webhook-signature`.
        """
        content = f"{webhook_id}.{timestamp}.".encode() + body
        mac = HMAC(self.hmac_key, SHA256())
        mac.update(content)
        return (
            f"v1,{_base64(mac.finalize())}",
            f"v1a,{_base64(self._signing_key.sign(content))}",
        )

    @property
    def _signing_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")

"""Names a data subject without naming the person: by a keyed digest of the key in the LMS."""

import hashlib
import hmac


def digest(digest_key: bytes, subject_key: str) -> bytes:
    """Digest a subject's key.

    Args:
        digest_key: The controller's own, 32 random bytes: the same person has unrelated digests
            at two controllers, and nobody without the key can try keys out.
        subject_key: The subject's key in the LMS, as text.

    Returns:
        32 bytes.

    Reference:
        RFC 2104 (HMAC), with SHA-256.
    """
    return hmac.digest(digest_key, subject_key.encode(), hashlib.sha256)

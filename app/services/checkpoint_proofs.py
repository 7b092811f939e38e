"""What a checkpoint proves, to whoever trusts one of the keys that may have signed it."""

from collections.abc import Sequence

from app.domain.checkpoints import CheckpointUnfit, key_hash, read
from app.signing import is_genuine
from app.store.audit_chain import Link


def proved(note: str, origin: str, public_keys: Sequence[bytes]) -> Link | None:
    """Say where the trail stood; None where the checkpoint is of no known key.

    Args:
        note: As it was kept.
        origin: The trail that it must be of.
        public_keys: The keys that are trusted, 32 bytes each.

    Raises:
        CheckpointUnfit: It is no checkpoint of this trail, or was altered.

    Reference:
        C2SP signed-note: signatures of unknown keys are passed over, one of a known key must hold.
    """
    found = read(note)
    if found.head.origin != origin:
        raise CheckpointUnfit("this checkpoint is of another trail")
    is_signed = False
    for public_key in public_keys:
        expected = (origin, key_hash(origin, public_key))
        for signature in found.signatures:
            if (signature.name, signature.key_hash) != expected:
                continue
            if not is_genuine(public_key, found.head.text.encode(), signature.value):
                raise CheckpointUnfit("this checkpoint was altered after it was signed")
            is_signed = True
    return Link(found.head.sequence, found.head.hash) if is_signed else None

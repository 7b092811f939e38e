"""Reasons in the audit trail: kept as evidence, sealed, since they may name a person."""

from app.keyring import KeyRing

PURPOSE = "audit reason"
"""Which of the key ring's ciphers seals reasons."""


def sealed(keyring: KeyRing, reason: str) -> str:
    """Seal a reason for the audit trail.

    Args:
        keyring: The operator's keys.
        reason: In the words of the one who acts.
    """
    return keyring.cipher(PURPOSE).encrypt(reason.encode()).decode()

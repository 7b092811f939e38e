"""Checkpoints of an audit trail as signed notes: text that any reader of that form can verify.

A trail is a chain, not a tree: its size is the sequence of its last entry, and the place of the root
hash holds the hash of that entry, which covers all entries before it.

Reference:
    C2SP tlog-checkpoint, C2SP signed-note; RFC 8032 (Ed25519).
"""

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

_ED25519 = b"\x01"
_KEY_HASH_BYTES = 4
_HEAD = re.compile(
    r"(?P<origin>[^\s+]+)\n(?P<size>[1-9][0-9]{0,18})\n(?P<hash>[A-Za-z0-9+/]{43}=)\n"
)
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<value>[A-Za-z0-9+/]+={0,2})")


class CheckpointUnfit(ValueError):
    """A note is no checkpoint, or proves nothing of the trail that it is held against."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a trail stood.

    Attributes:
        origin: The trail's name in notes.
        sequence: Its last entry.
        hash: The hash of that entry, 32 bytes.
    """

    origin: str
    sequence: int
    hash: bytes

    @property
    def text(self) -> str:
        """The text that is signed, as UTF-8."""
        return f"{self.origin}\n{self.sequence}\n{b64encode(self.hash).decode()}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """A signature line of a note.

    Attributes:
        name: The key's.
        key_hash: Four bytes that tell the key.
        value: The signature itself.
    """

    name: str
    key_hash: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note that was read, of which nothing is verified yet.

    Attributes:
        head: What it says.
        signatures: Under it, at least one.
    """

    head: Head
    signatures: tuple[NoteSignature, ...]


def origin_of(controller_id: UUID) -> str:
    """Name a controller's trail."""
    return f"habeas/audit/{controller_id}"


def key_hash(name: str, public_key: bytes) -> bytes:
    """Tell a key in a signature line, in four bytes.

    Args:
        name: The key's, which is the trail's.
        public_key: Ed25519, 32 bytes.
    """
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:_KEY_HASH_BYTES]


def verifier_key(name: str, public_key: bytes) -> str:
    """Write a public key as programs that read notes take it; arguments as ``key_hash`` has them."""
    encoded = b64encode(_ED25519 + public_key).decode()
    return f"{name}+{key_hash(name, public_key).hex()}+{encoded}"


def signed(head: Head, public_key: bytes, signature: bytes) -> str:
    """Write a note.

    Args:
        head: What it says.
        public_key: Of the key that signed, 32 bytes.
        signature: Over the text of the head, 64 bytes.
    """
    value = b64encode(key_hash(head.origin, public_key) + signature).decode()
    return f"{head.text}\n— {head.origin} {value}\n"


def read(note: str) -> Note:
    """Read a note.

    Args:
        note: Text of any content.

    Raises:
        CheckpointUnfit: It is no signed checkpoint.
    """
    text, _, lines = note.rpartition("\n\n")
    head = _HEAD.fullmatch(text + "\n")
    if head is None or not lines.endswith("\n"):
        raise CheckpointUnfit("this is no signed checkpoint")
    found = Head(head["origin"], int(head["size"]), b64decode(head["hash"]))
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    return Note(found, signatures)


def _signature(line: str) -> NoteSignature:
    match = _SIGNATURE.fullmatch(line)
    if match is None:
        raise CheckpointUnfit("this is no signature line")
    try:
        value = b64decode(match["value"], validate=True)
    except binascii.Error as error:
        raise CheckpointUnfit("this is no signature line") from error
    return NoteSignature(match["name"], value[:_KEY_HASH_BYTES], value[_KEY_HASH_BYTES:])

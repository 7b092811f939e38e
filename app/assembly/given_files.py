"""Files that a command is given: read, or said in words why they cannot be."""

from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from app.api.faults import of_document
from app.domain.errors import HabeasError
from app.signing import read_public_keys
from schemas.controllers import ControllerSettings


class Unusable(HabeasError):
    """What was given on the command line cannot be used."""


def opened(path: Path) -> BinaryIO:
    """Open a file to be read.

    Raises:
        Unusable: It cannot be.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise Unusable(f"The file {path} cannot be read: {error.strerror}.") from error


def require_writable(path: Path) -> None:
    """Make sure that a file can be written; what it holds stays.

    Raises:
        Unusable: It cannot be.
    """
    try:
        path.open("ab").close()
    except OSError as error:
        raise Unusable(f"The file {path} cannot be written: {error.strerror}.") from error


def note(path: Path) -> str:
    """Read a checkpoint, of which nothing is looked at yet.

    Raises:
        Unusable: It cannot be read.
    """
    with opened(path) as file:
        return file.read().decode(errors="replace")


def public_keys(path: Path) -> list[bytes]:
    """Read public keys, 32 bytes each.

    Raises:
        Unusable: The file cannot be read, or there is none in it.
    """
    with opened(path) as file:
        content = file.read()
    try:
        return read_public_keys(content)
    except ValueError as error:
        raise Unusable(f"The file {path} cannot be used: {error}.") from error


def controller_settings(path: Path) -> ControllerSettings:
    """Read what a controller sets, as JSON.

    Raises:
        Unusable: The file cannot be read, or does not hold that.
    """
    with opened(path) as file:
        content = file.read()
    try:
        return ControllerSettings.model_validate_json(content)
    except ValidationError as error:
        told = "; ".join(f"{each.pointer} {each.detail}".strip() for each in of_document(error))
        raise Unusable(f"The file {path} does not hold a controller's settings: {told}.") from error

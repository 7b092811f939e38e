"""Reads the settings from the environment, or says which of them is wrong."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from app.api.faults import of_document
from app.domain.errors import HabeasError

Kind = TypeVar("Kind", bound=BaseSettings)


class SettingUnfit(HabeasError):
    """A setting is not as it has to be. The text says which, and repeats no secret."""


def read(kind: type[Kind]) -> Kind:
    """Read the settings of one kind.

    Raises:
        SettingUnfit: One of them is not as it has to be.
    """
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        told = [
            f"{prefix}{fault.pointer[1:].upper()} {fault.detail}" if fault.pointer else fault.detail
            for fault in of_document(error)
        ]
    raise SettingUnfit("; ".join(told) + ".")

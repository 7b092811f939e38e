"""What a machine works with: the LMS's database and files, Habeas, and the loop that they live in."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tests.oracle.lms_database import LmsDatabase
from tests.oracle.rights import Access
from tests.oracle.upload_files import UploadFiles

T = TypeVar("T")
HabeasT_co = TypeVar("HabeasT_co", bound=Access, covariant=True)


@dataclass(frozen=True, slots=True)
class Workshop(Generic[HabeasT_co]):
    """One for all sequences of a test.

    Attributes:
        loop: Not running; the machine's steps are no coroutines.
        lms: The LMS's database.
        files: The LMS's file store.
        habeas: Over both.
    """

    loop: asyncio.AbstractEventLoop
    lms: LmsDatabase
    files: UploadFiles
    habeas: HabeasT_co

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        """Have something done."""
        return self.loop.run_until_complete(step)

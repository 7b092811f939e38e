"""How a worker's memory is managed."""

import asyncio
import ctypes

_M_ARENA_MAX = -8  # glibc's malloc.h
_TRIM_SECONDS = 0.03


async def stay_small() -> None:
    """Give freed memory back to the system, for ever, where the C library is glibc.

    An export hands buffers of some 200 KiB from the event loop to the thread that seals them. Left
    to itself, the library keeps what was freed, an arena a thread, in pieces that do not fit the
    next buffer, and the peak grows with the size of the export. Mapping large buffers one by one
    would keep it as small, but takes a third longer.

    Reference:
        mallopt(3), malloc_trim(3).
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        return
    library.mallopt(_M_ARENA_MAX, 1)
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        library.malloc_trim(0)

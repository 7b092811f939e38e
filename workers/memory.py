"""How a worker's memory is managed."""

import ctypes
import logging

_M_MMAP_THRESHOLD = -3  # both from glibc's malloc.h
_M_ARENA_MAX = -8

_LARGE_BYTES = 128 * 1024

_log = logging.getLogger(__name__)


def stay_small() -> None:
    """Give large buffers back as soon as they are free, where the C library is glibc.

    An export hands buffers of some 200 KiB from the event loop to the thread that seals them. Left
    to itself, the library keeps what was freed, an arena a thread, in pieces that do not fit the
    next buffer, and the peak grows with the size of the export.

    Reference:
        mallopt(3).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None or not all(
        mallopt(parameter, value)
        for parameter, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _LARGE_BYTES))
    ):
        _log.info("memory.left_as_it_is")

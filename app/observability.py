"""Logs as JSON lines on standard error: events, ids and counts, never personal data."""

import logging
import sys
import traceback
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_QUIET = ("alembic", "arq", "asyncio", "httpx", "uvicorn.access")
"""Libraries that would log arguments or addresses."""

_FRAMES = 12


def configure(log_level: str) -> None:
    """Set up logging, once a process.

    Args:
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    level = logging.getLevelNamesMapping()[log_level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _WithoutTexts(
            "{asctime}{levelname}{name}{message}",
            style="{",
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            rename_fields={"asctime": "at", "levelname": "level", "message": "event"},
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _WithoutTexts(JsonFormatter):
    """Says of an error its kind and where it happened, and not its text: that may quote data."""

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - logging's own signature
        kind, _, trace = ei
        frames = traceback.extract_tb(trace)[-_FRAMES:]
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return " < ".join([kind.__name__ if kind else "no error", *reversed(places)])

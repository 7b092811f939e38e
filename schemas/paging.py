"""Lists that come a page at a time."""

from typing import Annotated

from pydantic import Field, StringConstraints

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
"""Where the next page starts: opaque, valid for the same client's controller and filters only."""

Limit = Annotated[int, Field(ge=1, le=200)]
"""How many items a page holds at most."""

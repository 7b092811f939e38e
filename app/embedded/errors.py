"""The one error of the embedded servers."""

from app.domain.errors import SourceFailure

ELSEWHERE = (
    "or give servers of your own in HABEAS_DATABASE_URL and HABEAS_REDIS_URL: "
    "then nothing is started here"
)


class EmbeddedFailure(SourceFailure):
    """The operator's move: an embedded server cannot run here as things stand.

    Args:
        server: Which of them: ``embedded PostgreSQL``, ``embedded Valkey`` or ``embedded servers``.
        detail: What is wrong and what to do, in one or two sentences.
    """

    def __init__(self, server: str, detail: str) -> None:
        super().__init__(server, detail, transient=False)

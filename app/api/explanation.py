"""What a problem means over HTTP and to a person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a problem means over HTTP and to a person.

    Attributes:
        status: The status code that it is answered with.
        title: The kind of refusal in a few words.
        happened: What happened, for its page.
        remedy: What to do next, for its page.
    """

    status: int
    title: str
    happened: str
    remedy: str

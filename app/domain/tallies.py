"""What was counted of the records that a job dealt with."""

from dataclasses import dataclass

from schemas.vocabulary import Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of one type fared alike under one rule.

    Attributes:
        record_type: Their type.
        roles: Every role in which they name the subject, in the map's order.
        role: The role whose rule decided.
        position: The rule's place among the role's rules, from 0 on.
        outcome: What happened to them.
        record_count: How many.
    """

    record_type: str
    roles: tuple[str, ...]
    role: str
    position: int
    outcome: Outcome
    record_count: int

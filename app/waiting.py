"""What a rule keeps records for: its ``until``, or that they are held no longer."""

from app.conditions import in_words
from app.rules import HeldRule
from schemas.data_map import Rule
from schemas.vocabulary import HeldBy

_HELD_BECAUSE = {
    HeldBy.HOLD: "it is held",
    HeldBy.EXCEPTION: "the controller excepts it from erasure",
    HeldBy.DEPENDENCE: "what is held hangs on it",
}
_HELD_UNTIL = {
    HeldBy.HOLD: "the hold ends",
    HeldBy.EXCEPTION: "the controller's exception ends",
    HeldBy.DEPENDENCE: "what hangs on it is held no longer",
}


def waits(rule: Rule) -> bool:
    """Say whether more follows once something holds.

    Args:
        rule: Any rule.
    """
    return rule.until is not None or isinstance(rule, HeldRule)


def until_in_words(rule: Rule) -> str | None:
    """Say what is waited for, as half a sentence; None where nothing follows.

    Args:
        rule: Any rule of a map that has been checked.
    """
    if isinstance(rule, HeldRule):
        return held_until(rule.held_by)
    return None if rule.until is None else in_words(rule.until)


def held_because(held_by: HeldBy) -> str:
    """Say why something is held, as half a sentence.

    Args:
        held_by: Why it is held.
    """
    return _HELD_BECAUSE[held_by]


def held_until(held_by: HeldBy) -> str:
    """Say what ends that something is held, as half a sentence.

    Args:
        held_by: Why it is held.
    """
    return _HELD_UNTIL[held_by]

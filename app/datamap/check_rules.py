"""Rules decide every record, by an effect that their right may have."""

from collections.abc import Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.walk import PlacedRules, effects_of, roles, rules
from app.rules import rules_for
from schemas.data_map import Rule
from schemas.vocabulary import Effect, Right

_STRENGTH = (Effect.DELETE, Effect.ANONYMISE, Effect.HIDE, Effect.KEEP)
_REFUSED = {
    "restriction": (Effect.DELETE, "a restriction can be lifted", "Write `hide`."),
    "erasure": (Effect.HIDE, "erased is not hidden", "Write `delete` or `anonymise`."),
}


def check_rules(document: MapDocument) -> Iterator[Finding]:
    """Find records that no rule decides, and rules that cannot stand.

    Args:
        document: Any data map.

    Reference:
        GDPR Art. 17, 18; seed 002, the tables of effects.
    """
    yield from _absent(document)
    for placed in rules(document.data_map):
        yield from _order(document, placed)
        for position, rule in enumerate(placed.rules):
            path = (*placed.path, position)
            yield from _effect(document, path, placed.right, rule)
            yield from _deferral(document, path, placed.right, rule)
            yield from _reason(document, path, placed.right, rule)


def _absent(document: MapDocument) -> Iterator[Finding]:
    for right in (Right.RESTRICTION, Right.ERASURE):
        if right not in document.data_map.rights:
            continue
        for placed in roles(document.data_map):
            if placed.record_type.holds_nothing is not None:
                continue
            if rules_for(placed.record_type, placed.role, right.value) is None:
                detail = f"the map has the right `{right}`, and this role no rule for it"
                remedy = f"Add `{right}: …` to the role or to its record type."
                yield document.error(placed.path, detail, remedy)


def _order(document: MapDocument, placed: PlacedRules) -> Iterator[Finding]:
    if not placed.rules:
        yield document.error(placed.path, "there is no rule", "Write one, or leave the key out.")
        return
    if placed.rules[-1].when is not None:
        path = (*placed.path, len(placed.rules) - 1)
        detail = "the last rule has a condition, so some records are left undecided"
        yield document.error(path, detail, "Add a last rule without `when`.")
    unconditional = [i for i, rule in enumerate(placed.rules) if rule.when is None]
    for position in range(len(placed.rules)):
        if unconditional and position > unconditional[0]:
            detail = "no record reaches this rule: one before it has no condition"
            remedy = "Move the rule without `when` to the end."
            yield document.error((*placed.path, position), detail, remedy)


def _effect(document: MapDocument, path: Path, right: str, rule: Rule) -> Iterator[Finding]:
    refused, why, remedy = _REFUSED[right]
    for key, effect in zip(("effect", "then"), effects_of(rule), strict=False):
        if effect is refused:
            detail = f"`{refused}` is no effect of {right}: {why}"
            yield document.error((*path, key), detail, remedy)


def _deferral(document: MapDocument, path: Path, right: str, rule: Rule) -> Iterator[Finding]:
    if rule.then is None:
        return
    if right == "restriction":
        detail = "a restriction has no `until`: it ends when it is lifted"
        yield document.error((*path, "until"), detail, "Take `until` and `then` out.")
    elif _STRENGTH.index(rule.then) >= _STRENGTH.index(rule.effect):
        detail = f"`then: {rule.then}` is not stronger than `{rule.effect}`"
        remedy = "What follows a deferral goes further: delete > anonymise > hide > keep."
        yield document.error((*path, "then"), detail, remedy)


def _reason(document: MapDocument, path: Path, right: str, rule: Rule) -> Iterator[Finding]:
    if rule.article is not None and (right != "erasure" or rule.effect is not Effect.KEEP):
        detail = "Art. 17(3) is an exception to erasure, for records that are kept"
        yield document.error((*path, "article"), detail, "Take `article` out.")
    if right == "erasure" and rule.effect is Effect.KEEP and rule.because is None:
        detail = "a record that an erasure keeps says because"
        remedy = "Add `because: …`, and `article` where it rests on Art. 17(3)."
        yield document.error(path, detail, remedy)

"""Findings as text, for a terminal or a build."""

from collections import Counter
from collections.abc import Iterable, Iterator

from app.datamap.findings import Finding, Severity

_NOUNS = {
    Severity.ERROR: ("error", "errors"),
    Severity.UNCOVERED: ("uncovered column", "uncovered columns"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.LEFT_OUT: ("column left out", "columns left out"),
}


def render(name: str, findings: Iterable[Finding]) -> Iterator[str]:
    """Write findings as lines, the last of which counts them.

    Args:
        name: What the document is called, a path as a rule.
        findings: In the order in which they are to stand.

    Returns:
        One line a finding (``FILE:LINE: severity: path: detail. Remedy: …``) and a summary.
    """
    counts: Counter[Severity] = Counter()
    for found in findings:
        counts[found.severity] += 1
        place = f"{found.path}: " if found.path else ""
        yield (
            f"{name}:{found.line}: {found.severity}: {place}{found.detail}. Remedy: {found.remedy}"
        )
    told = [
        f"{counts[kind]} {_NOUNS[kind][counts[kind] != 1]}" for kind in Severity if counts[kind]
    ]
    yield f"{name}: {', '.join(told)}." if told else f"{name}: nothing to say against it."


def is_blocking(findings: Iterable[Finding]) -> bool:
    """Say whether a check with these findings has failed.

    Args:
        findings: Any.
    """
    return any(found.is_blocking for found in findings)

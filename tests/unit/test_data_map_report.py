"""Findings are printed one a line, and counted."""

from app.datamap.findings import Finding, Severity
from app.datamap.report import is_blocking, render

WARNING = Finding(Severity.WARNING, "a.b[0]", 3, "it is doubtful", "Look.")
ERROR = Finding(Severity.ERROR, "", 1, "it is wrong", "Mend it.")
SILENT = Finding(Severity.UNCOVERED, "record_types", 9, "`t.c` refers to a person", "Name it.")
LEFT_OUT = Finding(Severity.LEFT_OUT, "left_out[0]", 9, "`t.d` is left out: why", "Nothing.")


def test_each_finding_has_its_line_place_and_remedy() -> None:
    assert list(render("x.yaml", [ERROR, WARNING, SILENT, SILENT])) == [
        "x.yaml:1: error: it is wrong. Remedy: Mend it.",
        "x.yaml:3: warning: a.b[0]: it is doubtful. Remedy: Look.",
        "x.yaml:9: uncovered: record_types: `t.c` refers to a person. Remedy: Name it.",
        "x.yaml:9: uncovered: record_types: `t.c` refers to a person. Remedy: Name it.",
        "x.yaml: 1 error, 2 uncovered columns, 1 warning.",
    ]


def test_nothing_found_is_said() -> None:
    assert list(render("x.yaml", [])) == ["x.yaml: nothing to say against it."]


def test_errors_and_uncovered_columns_fail_a_check_and_nothing_else_does() -> None:
    assert is_blocking([WARNING, ERROR])
    assert is_blocking([SILENT])
    assert not is_blocking([WARNING, LEFT_OUT])


def test_what_the_map_leaves_out_is_listed_and_counted() -> None:
    assert list(render("x.yaml", [LEFT_OUT])) == [
        "x.yaml:9: left out: left_out[0]: `t.d` is left out: why. Remedy: Nothing.",
        "x.yaml: 1 column left out.",
    ]

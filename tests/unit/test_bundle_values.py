"""How a value of each type reads on the page."""

import pytest

from app.bundles.values import EMPTY, MOST_CHARACTERS, bytes_text, shown
from schemas.vocabulary import FieldType


@pytest.mark.parametrize(
    ("kind", "text", "reads"),
    [
        (FieldType.STRING, " kept as it is ", " kept as it is "),
        (FieldType.INTEGER, "42", "42"),
        (FieldType.FLOAT, "NaN", "NaN"),
        (FieldType.BOOLEAN, "true", "Yes"),
        (FieldType.BOOLEAN, "false", "No"),
        (FieldType.DATE, "2024-02-29", "29 February 2024"),
        (FieldType.DATE, "infinity", "infinity"),
        (FieldType.DATETIME, "2024-05-07T05:19:18.6+00:00", "7 May 2024, 05:19 UTC"),
        (FieldType.DATETIME, "2024-05-07T05:19:18+02:00", "7 May 2024, 03:19 UTC"),
        (FieldType.DATETIME, "-infinity", "-infinity"),
        (FieldType.DATETIME, "0044-03-15T00:00:00+00:00 BC", "0044-03-15T00:00:00+00:00 BC"),
        (FieldType.LOCAL_DATETIME, "2024-05-07T05:19:18", "7 May 2024, 05:19"),
        (FieldType.BINARY, "AAEC", "3 bytes of binary data, in data.xml as base64"),
        (FieldType.BINARY, "?", "Binary data, in data.xml as base64"),
        (FieldType.JSON, '{"a":1}', '{\n  "a": 1\n}'),
        (FieldType.JSON, '"text"', "text"),
        (FieldType.JSON, "not json", "not json"),
        (FieldType.JSON, "[" * 200_000, "[" * MOST_CHARACTERS),
        (FieldType.JSON, '[{"a":1}]', '[\n  {\n    "a": 1\n  }\n]'),
        (FieldType.JSON, "{}", "{}"),
        (FieldType.ARRAY, "[]", "Empty list"),
        (FieldType.OTHER, "(1,2)", "(1,2)"),
    ],
)
def test_a_value_reads(kind: FieldType, text: str, reads: str) -> None:
    assert shown(text, kind).text == reads


@pytest.mark.parametrize("kind", list(FieldType))
def test_an_empty_text_is_told_apart_whatever_the_type(kind: FieldType) -> None:
    assert shown("", kind) == EMPTY


def test_a_list_of_plain_values_is_a_list() -> None:
    assert shown('["a",1,true]', FieldType.ARRAY).items == ("a", "1", "true")
    long = shown("[" + ",".join(["1"] * 60) + "]", FieldType.ARRAY)
    assert len(long.items) == 50
    assert long.is_cut


def test_a_long_text_is_cut() -> None:
    cut = shown("x" * (MOST_CHARACTERS + 1), FieldType.STRING)
    assert cut.is_cut
    assert len(cut.text) == MOST_CHARACTERS
    assert not shown("x" * MOST_CHARACTERS, FieldType.STRING).is_cut


@pytest.mark.parametrize(
    ("size", "reads"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (999_949, "999.9 KB"),
        (999_960, "1.0 MB"),
        (2_500_000_000, "2.5 GB"),
        (7_000_000_000_000, "7.0 TB"),
    ],
)
def test_a_size_reads(size: int, reads: str) -> None:
    assert bytes_text(size) == reads

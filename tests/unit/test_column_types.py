"""A literal of a map fits the column that it stands for, or the reason is given."""

import pytest

from app.datamap.column_types import family, misfit
from app.domain.catalogue import Column
from schemas.data_map import Scalar


def column(base_type: str, type_name: str = "") -> Column:
    return Column("c", type_name or base_type, base_type, "X", is_nullable=True)


@pytest.mark.parametrize(
    ("value", "base_type", "type_name", "reason"),
    [
        (7, "int2", "", None),
        (-32768, "int2", "", None),
        (32768, "int2", "smallint", "is too large for smallint"),
        (1 << 40, "int8", "", None),
        (7, "numeric", "", None),
        (7.5, "numeric", "", None),
        (7.5, "int4", "integer", "is no integer"),
        (7, "bool", "boolean", "is no boolean"),
        (True, "bool", "", None),
        (True, "int4", "integer", "is no integer"),
        (True, "text", "text", "is no text"),
        (7, "text", "text", "is no text; write it in quotes"),
        ("7", "int4", "integer", "is no integer; write it without quotes"),
        ("", "int4", "integer", "is no integer"),
        ("x", "text", "", None),
        ("xxxx", "varchar", "character varying(4)", None),
        ("xxxxx", "varchar", "character varying(4)", "is longer than character varying(4)"),
        ("xxxxx", "varchar", "character varying", None),
        ("xxxxx", "varchar", "a_domain", None),
        ("2024-02-29", "date", "", None),
        ("2023-02-29", "date", "", "is no date"),
        ("2024-02-29 12:00:00+01", "timestamptz", "", None),
        ("soon", "timestamp", "", "is no timestamp"),
        ("12:30", "time", "", None),
        ("25:30", "time", "", "is no time"),
        ("12345678-1234-5678-1234-567812345678", "uuid", "", None),
        ("1234", "uuid", "", "is no uuid"),
        ("anything", "mood", "", None),
        (1, "mood", "", "is no mood"),
    ],
)
def test_a_literal_fits_or_the_reason_is_given(
    value: Scalar, base_type: str, type_name: str, reason: str | None
) -> None:
    assert misfit(value, column(base_type, type_name)) == reason


def test_types_of_one_family_can_be_compared() -> None:
    assert {family(column(one)) for one in ("int2", "int4", "int8")} == {"integer"}
    assert {family(column(one)) for one in ("text", "varchar", "citext")} == {"text"}
    assert family(column("mood")) == "mood"

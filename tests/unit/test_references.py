"""Which tables a data map names."""

from pathlib import Path

import pytest

from app.datamap.read import read
from app.references import named_tables

MAPS = Path(__file__).parents[2] / "datamaps"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        pytest.param("campus", "course", id="of a record type"),
        pytest.param("campus", "enrolment", id="of an audience"),
        pytest.param("moodle", "mdl_course", id="referred to alone"),
        pytest.param("moodle", "mdl_wiki", id="on the way to a container"),
    ],
)
def test_a_map_names_the_tables_that_it_reads_and_those_that_they_refer_to(
    name: str, table: str
) -> None:
    data_map = read((MAPS / f"{name}.yaml").read_text("utf-8")).data_map
    assert table in named_tables(data_map)
    assert "kari canary" not in named_tables(data_map)

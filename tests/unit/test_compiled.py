"""What is compiled of a map serves every database that looks alike, and no other."""

from dataclasses import replace

import pytest

from app.datamap.read import read
from app.domain.catalogue import Catalogue
from app.sources.sql.compiled import compiled
from schemas.data_map import DataMap
from schemas.vocabulary import Right
from tests.fixtures.catalogues import SOUND_CATALOGUE, with_change_of
from tests.fixtures.data_maps import SOUND


def the_map(text: str = SOUND) -> DataMap:
    """Read it anew: no two of these are one object."""
    return read(text).data_map


def test_equal_maps_over_catalogues_that_look_alike_are_compiled_once() -> None:
    grown = with_change_of("message", row_estimate=19_999)
    one = compiled(the_map(), SOUND_CATALOGUE, "lms", 2)
    other = compiled(the_map(), grown, "lms", 2)
    assert other.exports(Right.ACCESS) is one.exports(Right.ACCESS)
    assert other.statements(Right.ERASURE) is one.statements(Right.ERASURE)
    assert one.statements(Right.RESTRICTION) is not one.statements(Right.ERASURE)


@pytest.mark.parametrize(
    "catalogue",
    [
        pytest.param(with_change_of("message", row_estimate=20_000), id="a table that is split"),
        pytest.param(with_change_of("message", add="read:bool"), id="a column more"),
        pytest.param(with_change_of("message", indexes=()), id="an index less"),
        pytest.param(with_change_of("message", triggers=("t",)), id="a trigger more"),
        pytest.param(replace(SOUND_CATALOGUE, schema="lms"), id="another schema"),
    ],
)
def test_a_catalogue_that_looks_otherwise_has_its_own(catalogue: Catalogue) -> None:
    one = compiled(the_map(), SOUND_CATALOGUE, "lms", 2)
    assert compiled(the_map(), catalogue, "lms", 2) != one


def test_another_map_another_source_and_other_connections_have_their_own() -> None:
    one = compiled(the_map(), SOUND_CATALOGUE, "lms", 2)
    renamed = the_map(SOUND.replace("is_hidden: true", "is_hidden: false"))
    assert renamed != the_map()
    assert compiled(renamed, SOUND_CATALOGUE, "lms", 2) != one
    assert compiled(the_map(), SOUND_CATALOGUE, "files", 2) != one
    assert compiled(the_map(), SOUND_CATALOGUE, "lms", 3) != one

"""What can name an administrator."""

import pytest

from app.domain.acting_persons import is_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Kari Holm", True, id="a name"),
        pytest.param("u-4711", True, id="a number"),
        pytest.param("Åse Bjørnsen 李", True, id="letters of the world"),
        pytest.param("李", True, id="one character"),
        pytest.param("x" * 200, True, id="200 characters"),
        pytest.param("x" * 201, False, id="201 characters"),
        pytest.param("", False, id="nothing"),
        pytest.param(" Kari", False, id="a blank before"),
        pytest.param("Kari\nHolm", False, id="a break"),
        pytest.param("Kari\x00", False, id="NUL"),
        pytest.param("Kari\u2028Holm", False, id="a break of Unicode's"),
        pytest.param("Kari\u2029Holm", False, id="a break between paragraphs"),
        pytest.param("\u202eKari", False, id="turns the direction of writing"),
        pytest.param("\ud800", False, id="half a surrogate pair"),
    ],
)
def test_a_text_names_an_administrator_or_not(text: str, expected: object) -> None:
    assert is_name(text) is expected

"""The path of an upload, told from the field that names it."""

import pytest

from app.domain.upload_paths import upload_path, upload_values

DIGEST = "0a1b2c3d"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("{}", DIGEST, id="the value"),
        pytest.param("{0:2}/{2:4}/{}", f"0a/1b/{DIGEST}", id="folders of its first characters"),
        pytest.param("{6:99}", "3d", id="no further than its end"),
        pytest.param("uploads/{}.bin", f"uploads/{DIGEST}.bin", id="words beside it"),
        pytest.param("fixed", "fixed", id="without a place for it"),
    ],
)
def test_a_template_is_filled_from_the_value(template: str, expected: str) -> None:
    assert upload_path(template, DIGEST) == expected


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert upload_path("{}/{0:2}", "{}") == "{}/{}"


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        pytest.param("{}", "a/b", ("a/b",), id="the value"),
        pytest.param("{}", "", ("",), id="an empty one"),
        pytest.param("badges/{}.png", "badges/4711.png", ("4711",), id="words beside it"),
        pytest.param("badges/{}.png", "badges/4711.jpg", (), id="other words after it"),
        pytest.param("badges/{}.png", "bags/4711.png", (), id="other words before it"),
        pytest.param("badges/{}.png", "a.png", (), id="too short"),
        pytest.param("{0:2}/{}", "ab/abcd/e", ("abcd/e",), id="its first characters"),
        pytest.param("{0:2}/{}", "a/a", ("a",), id="of a short one"),
        pytest.param("{0:2}/{}", "ab/xbcd", (), id="characters of another"),
        pytest.param("{}-{}", "7-7", ("7",), id="twice"),
        pytest.param("{2:9}/{0:2}", "cd/ab", ("abcd",), id="in parts"),
        pytest.param("{0:2}", "ab", ("ab",), id="a part that may be all"),
        pytest.param("{1:2}", "b", (), id="a part that is not all"),
    ],
)
def test_the_values_that_a_path_may_come_from_are_told(
    template: str, path: str, values: tuple[str, ...]
) -> None:
    assert upload_values(template, path) == values

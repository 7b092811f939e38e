"""The path of an upload, told from the field that names it."""

import pytest

from app.domain.upload_paths import upload_path

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

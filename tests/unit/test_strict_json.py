"""What a body costs is known before anything is made of it."""

import json

import pytest

from app.api import strict_json
from app.api.strict_json import PARTS_LIMIT, read
from app.domain.errors import Refused


def test_as_many_parts_as_may_be_are_read() -> None:
    body = b"[" + b"1," * (PARTS_LIMIT - 1) + b"1]"
    assert read(body) == [1] * PARTS_LIMIT


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" + b"1," * PARTS_LIMIT + b"1]", id="numbers"),
        pytest.param(b"[" + b"[]," * (PARTS_LIMIT // 2) + b"[]]", id="lists"),
        pytest.param(b"[" + b"{}," * (PARTS_LIMIT // 2) + b"{}]", id="objects"),
        pytest.param(b'{"text": "' + b"," * PARTS_LIMIT + b'"}', id="within a text"),
    ],
)
def test_a_body_of_more_parts_is_refused_unread(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json, "loads", None)
    with pytest.raises(Refused) as caught:
        strict_json.read(body)
    assert "more than 50,000" in caught.value.faults[0].detail

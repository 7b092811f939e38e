"""Over HTTP a data map names its addresses; whoever runs Habeas sets them."""

import pytest

from app.datamap.check import check
from app.datamap.check_addresses import check_addresses_over_http
from app.datamap.read import read
from tests.fixtures.data_maps import SOUND, line_of, with_change

LITERAL = [
    "postgresql://u:p@elsewhere/x",
    "postgresql://${LMS_USER}@elsewhere/x",
    "${LMS_URL}?host=elsewhere",
    " ${LMS_URL}",
    "${LMS_URL}\\n",
    "${LMS_URL}${LMS_URL}",
    "$LMS_URL",
    "${}",
    "${1}",
    "${LMS-URL}",
    "${ÜRL}",
    "${LMS_URL:-postgresql://elsewhere/x}",
]


def test_a_name_alone_is_an_address_over_http() -> None:
    assert list(check_addresses_over_http(read(SOUND))) == []


@pytest.mark.parametrize("kind", ["sql", "files", "http"])
@pytest.mark.parametrize("url", LITERAL)
def test_anything_but_one_name_is_none_and_is_not_repeated(url: str, kind: str) -> None:
    text = with_change(
        "  uploads: {kind: files,",
        f'  more: {{kind: {kind}, url: "{url}"}}\n  uploads: {{kind: files,',
    )
    (found,) = check_addresses_over_http(read(text))
    assert (found.path, found.line) == ("sources.more.url", line_of(text, "  more:"))
    assert found.is_blocking
    assert "elsewhere" not in found.detail + found.remedy


def test_by_command_a_map_may_hold_addresses() -> None:
    text = with_change('"${UPLOADS_URL}"', "file:///srv/uploads")
    assert check(read(text)) == []
    assert len(list(check_addresses_over_http(read(text)))) == 1

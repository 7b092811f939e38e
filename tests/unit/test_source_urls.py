"""Addresses of sources are completed from the environment, or refused, and never told."""

import pytest

from app.domain.errors import SourceFailure
from app.sources.sql.database import Database
from app.sources.urls import resolve_url


def test_names_are_replaced_by_what_the_environment_says() -> None:
    url = "postgresql://${DB_USER}@${DB_HOST}/x?a=$b&c={d}"
    environ = {"DB_USER": "u", "DB_HOST": "${DB_USER}"}
    assert resolve_url("lms", url, environ) == "postgresql://u@${DB_USER}/x?a=$b&c={d}"


def test_an_address_without_names_is_left_as_it_is() -> None:
    assert resolve_url("lms", "file:///srv/uploads", {}) == "file:///srv/uploads"


@pytest.mark.parametrize("environ", [{}, {"B": ""}], ids=["not set", "empty"])
def test_a_name_that_is_not_set_is_refused_by_name(environ: dict[str, str]) -> None:
    with pytest.raises(SourceFailure, match="asks for B, C, which the environment does not"):
        resolve_url("lms", "x://${A}/${B}/${C}/${B}", {"A": "a", **environ})


WITHHELD = [
    "HABEAS_KEYS",
    "HABEAS_DATABASE_URL",
    "habeas_keys",
    "PGPASSWORD",
    "PGHOST",
    "pgpassfile",
]


@pytest.mark.parametrize("name", WITHHELD)
@pytest.mark.parametrize("url", ["${%s}", "postgresql://u:p@elsewhere/${%s}"])
def test_no_source_gets_what_the_service_itself_goes_by(url: str, name: str) -> None:
    environ = {name: "canarywood", "A": "a"}
    with pytest.raises(SourceFailure, match=f"asks for {name}, which no source gets") as caught:
        resolve_url("lms", url % name, environ)
    assert "canarywood" not in str(caught.value)
    assert not caught.value.transient


def test_names_that_only_resemble_the_services_own_are_completed() -> None:
    environ = {"MY_HABEAS_URL": "x", "LMS_PGHOST": "y", "HABEASURL": "z"}
    assert resolve_url("lms", "${MY_HABEAS_URL}${LMS_PGHOST}${HABEASURL}", environ) == "xyz"


def test_what_a_value_asks_for_is_not_given() -> None:
    environ = {"A": "${HABEAS_KEYS}", "HABEAS_KEYS": "canarywood"}
    assert resolve_url("lms", "${A}", environ) == "${HABEAS_KEYS}"


@pytest.mark.parametrize(
    "url", ["secret", "postgresql://[secret/x", "postgresql://u:se/cret@h/x", "https://secret"]
)
async def test_an_address_that_cannot_be_read_is_not_told(url: str) -> None:
    with pytest.raises(SourceFailure) as caught:
        async with Database("lms", url, "public", connections=1).connection():
            pass
    assert str(caught.value) == "lms: its address cannot be read"
    assert not caught.value.transient

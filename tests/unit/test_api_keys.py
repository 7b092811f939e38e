"""API keys tell a typo by themselves and are stored as a digest."""

from uuid import UUID

import pytest

from app.domain import api_keys
from app.domain.errors import Refused
from app.domain.ids import ClientId
from schemas.problem_vocabulary import Problem

CLIENT = ClientId(UUID("01234567-89ab-7def-8123-456789abcdef"))


def test_a_key_is_read_back_and_names_its_client() -> None:
    key = api_keys.make(CLIENT)
    assert key.text.startswith(f"habeas_{CLIENT.hex}_")
    assert api_keys.read(key.text) == key
    assert key.matches(api_keys.read(key.text).digest)


def test_two_keys_of_a_client_differ_and_do_not_match() -> None:
    one, other = api_keys.make(CLIENT), api_keys.make(CLIENT)
    assert one.text != other.text
    assert not one.matches(other.digest)


def test_every_mistyped_character_is_told_without_a_database() -> None:
    text = api_keys.make(CLIENT).text
    for place, character in enumerate(text):
        typo = text[:place] + ("1" if character != "1" else "2") + text[place + 1 :]
        with pytest.raises(Refused) as refused:
            api_keys.read(typo)
        assert refused.value.problem is Problem.CREDENTIAL_INVALID
        assert text not in refused.value.detail


@pytest.mark.parametrize(
    "text",
    ["", "habeas_", "sk_live_123", "habeas_" + "0" * 32, "habeas_é_é_é"],
    ids=["nothing", "prefix only", "another service's", "without secret", "not ASCII"],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        api_keys.read(text)


def test_a_key_does_not_show_its_secret() -> None:
    key = api_keys.make(CLIENT)
    assert key.text not in repr(key)

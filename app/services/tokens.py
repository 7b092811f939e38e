"""Tokens of a configured issuer, in place of API keys.

Reference:
    RFC 9068 (JWT access tokens); RFC 8725 (best practices); ``docs/oauth.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from jwt import PyJWK

from app.domain import acting_persons
from app.domain.errors import Refused
from app.domain.ids import ControllerId
from app.services.issuer_keys import IssuerKeys
from app.settings import OAuthSettings
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Scope

LARGEST_CHARACTERS = 8_192
"""A longer token is not looked at."""
_LEEWAY_SECONDS = 30
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says.

    Attributes:
        controller_id: For whom its client works.
        issuer_client_id: What the issuer calls the client.
        scopes: What it may do with this token, besides words that are not Habeas's.
        acting_person: The administrator who acts; None where it does not say.
    """

    controller_id: ControllerId
    issuer_client_id: str
    scopes: frozenset[Scope]
    acting_person: str | None


class Tokens:
    """Verifies the tokens of one issuer.

    Args:
        settings: Whose tokens, and what they look like.
        keys: The issuer's.
    """

    def __init__(self, settings: OAuthSettings, keys: IssuerKeys) -> None:
        self._settings = settings
        self._keys = keys

    async def read(self, token: str) -> Claims:
        """Verify a token and say what it claims.

        Args:
            token: As it was presented, of any content.

        Raises:
            Refused: It is not valid, or the issuer's keys cannot be fetched.
        """
        if len(token) > LARGEST_CHARACTERS:
            raise _invalid()
        try:
            # Nothing but the key's name is taken from here: no address, no key, no algorithm.
            key_id = self._key_id(jwt.get_unverified_header(token))
            key = None if key_id is None else await self._keys.get(key_id)
            if key is None:
                raise _invalid()
            claims = self._verified(token, key)
            return self._read(claims)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _invalid() from error

    def _key_id(self, header: Mapping[str, Any]) -> str | None:
        """Give the name of the key; None where the header is another than is configured."""
        kind = str(header.get("typ", "")).lower().removeprefix("application/")
        if kind != self._settings.token_type or header.get("alg") != self._settings.algorithm:
            return None
        key_id = header.get("kid")
        return key_id if isinstance(key_id, str) and len(key_id) <= _LONGEST_NAME else None

    def _verified(self, token: str, key: PyJWK) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[self._settings.algorithm],
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
        if int(claims["exp"]) - int(claims["iat"]) > self._settings.max_lifetime.total_seconds():
            raise ValueError("the token is good for too long")
        return claims

    def _read(self, claims: Mapping[str, Any]) -> Claims:
        settings = self._settings
        client = claims.get(settings.client_claim)
        if not (isinstance(client, str) and 0 < len(client) <= _LONGEST_NAME) or "\x00" in client:
            raise ValueError("the token names no client")
        scopes = claims.get(settings.scope_claim, "")
        words = scopes.split() if isinstance(scopes, str) else list(scopes)
        person = claims.get(settings.acting_person_claim)
        if person is not None and not (isinstance(person, str) and acting_persons.is_name(person)):
            raise ValueError("the token does not name the acting person in a usable way")
        return Claims(
            controller_id=ControllerId(UUID(str(claims.get(settings.controller_claim)))),
            issuer_client_id=client,
            scopes=frozenset(scope for scope in Scope if scope in words),
            acting_person=person,
        )


def _invalid() -> Refused:
    return Refused(
        Problem.CREDENTIAL_INVALID,
        "The token is not valid here. Have its issuer give you a new one.",
    )

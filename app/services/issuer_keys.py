"""The public keys of the one who issues tokens: fetched when they are needed, kept for a while."""

import asyncio
import json
import logging
import math
import time

import httpx
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from app.domain.errors import Refused
from schemas.problem_vocabulary import Problem

KEPT_SECONDS = 600
"""After so long the keys are fetched again."""
STALE_SECONDS = 3_600
"""For so long they are used while the issuer does not answer."""
AGAIN_SECONDS = 10
"""Not more often than this, whatever key a token names."""
_TIMEOUT_SECONDS = 5
_LARGEST_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


class IssuerKeys:
    """The keys of one issuer.

    Args:
        url: Where its JWK set lies.
        algorithm: The one that its keys are used with.

    Reference:
        RFC 7517.
    """

    def __init__(self, url: str, algorithm: str) -> None:
        self._url = url
        self._algorithm = algorithm
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = self._tried_at = -math.inf
        self._is_away = False
        self._one_at_a_time = asyncio.Lock()

    async def get(self, key_id: str) -> PyJWK | None:
        """Give a key by its id; None where the issuer has no such key.

        Args:
            key_id: As a token names it, of any content.

        Raises:
            Refused: The issuer does not answer, so that it cannot be told.
        """
        kept = STALE_SECONDS if self._one_at_a_time.locked() else KEPT_SECONDS
        if key_id in self._keys and time.monotonic() - self._fetched_at <= kept:
            return self._keys[
                key_id
            ]  # nobody waits for a key that is asked for on another's behalf
        async with self._one_at_a_time:
            now = time.monotonic()
            is_due = key_id not in self._keys or now - self._fetched_at > KEPT_SECONDS
            if is_due and now - self._tried_at > AGAIN_SECONDS:
                self._tried_at = now
                await self._fetch()
            if now - self._fetched_at > STALE_SECONDS:
                self._keys = {}
            if self._is_away and key_id not in self._keys:
                raise Refused(
                    Problem.ISSUER_UNAVAILABLE,
                    "The keys of the issuer of tokens could not be fetched. Try again shortly.",
                )
            return self._keys.get(key_id)

    async def _fetch(self) -> None:
        try:
            self._keys = self._read(await self._download())
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            self._is_away = True
            _log.warning("issuer.silent", extra={"kind": type(error).__name__})
        else:
            self._is_away = False
            self._fetched_at = self._tried_at

    async def _download(self) -> bytes:
        client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        content = bytearray()
        async with (
            asyncio.timeout(_TIMEOUT_SECONDS),
            client,
            client.stream("GET", self._url) as answer,
        ):
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > _LARGEST_BYTES:
                    raise ValueError("the key set is too large")
        return bytes(content)

    def _read(self, content: bytes) -> dict[str, PyJWK]:
        """Read the keys that can verify; whatever else stands in the set is left out."""
        document = json.loads(content)
        if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
            raise ValueError("this is no key set")  # noqa: TRY004 - what was fetched is wrong
        keys: dict[str, PyJWK] = {}
        for each in document["keys"]:
            if not isinstance(each, dict) or each.get("use", "sig") != "sig":
                continue
            key_id = each.get("kid")
            try:
                if isinstance(key_id, str) and each.get("alg", self._algorithm) == self._algorithm:
                    keys[key_id] = PyJWK(each, self._algorithm)
            except PyJWTError:
                continue
        return keys

"""HTTP to Slack: one shared session, one way to ask, and every answer read within bounds."""

import json
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.engine.standing import Standing
from ovbot.proxies import proxy_for
from ovbot.slack import failures, refusals

_TIMEOUT, _CONNECT = 30.0, 15.0
"""Seconds for an answer, and of these for a connection, a proxy's and TLS's words included."""
_CONNECTIONS = 256
"""At once: the 200 messages that the outbox has under way, and the answers to people beside them,
which must not wait for those. aiohttp's own limit is 100."""
_LARGEST = 8 * 1024 * 1024
"""Bytes of an answer: a page of a thousand members or a hundred messages is far below."""


class Wire:
    """Asks Slack. Make it inside a running loop; close it once."""

    def __init__(self, token: str, api_url: str) -> None:
        self.api_url = api_url
        self.standing = Standing()
        self._token = token
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=ssl.create_default_context()),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT, connect=_CONNECT),
            json_serialize=_json,
        )

    async def close(self) -> None:
        """Close the shared session."""
        await self.session.close()

    async def call(
        self,
        method: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        verb: str = "POST",
        app_token: str = "",
    ) -> dict[str, Any]:
        """Call a method; returns the object that says ``ok``, with ``_scopes`` where Slack told
        the token's; raises ChatFailure.

        Methods that only read are asked by a ``query`` (docs.slack.dev, "Using the Web API"); by
        GET, the HTTP client itself asks a second time where a kept connection breaks.
        """
        headers = {"Authorization": f"Bearer {app_token or self._token}"}
        try:
            answer = await self._ask(
                verb,
                self.api_url + method,
                headers=headers,
                json=body,
                params=_params(query or {}),
            )
            said = failures.meaning(
                method, answer.status, answer.headers, answer.body, whole=answer.whole
            )
        except ChatFailure as failure:
            if not app_token:
                self._note(method, failure)
            raise
        if method.startswith("chat."):
            self.standing.taken()
        if (scopes := answer.headers.get("X-OAuth-Scopes")) is not None:
            said["_scopes"] = scopes
        return said

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to a response_url, which needs no token; raises ChatFailure."""
        answer = await self._ask("POST", url, json=body)
        failures.of_response_url(answer.status, answer.headers, answer.body)

    async def _ask(self, verb: str, url: str, **sent: Any) -> "_Answer":
        """Follows no redirect: the token and the words would go along."""
        try:
            async with self.session.request(
                verb, url, allow_redirects=False, **through_proxy(url), **sent
            ) as response:
                body, whole = await _read(response)
                return _Answer(response.status, response.headers, body, whole)
        except Exception as error:  # the library's own mistakes, too, which others would die of
            raise failures.of_error(error) from error

    def _note(self, method: str, failure: ChatFailure) -> None:
        """What a refusal shows of whether anybody can be posted to."""
        if failure.kind is FailureKind.NOBODY:
            self.standing.refused(failure.reason, refusals.advice(failure.reason))
        elif method.startswith("chat.") and failure.kind in _OF_ITS_OWN:
            self.standing.taken()


_OF_ITS_OWN = {FailureKind.UNREACHABLE, FailureKind.GONE, FailureKind.DEAD}


class _Answer(msgspec.Struct, frozen=True):
    """What came back. ``whole``: its body was not longer than is read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST:
            return bytes(body[:1000]), False
    return bytes(body), True


def through_proxy(url: str) -> dict[str, Any]:
    """What aiohttp is told of the proxy to go through, if there is one."""
    named = proxy_for(url)
    if named is None:
        return {}
    proxy = URL(named)
    if proxy.user is None:
        return {"proxy": proxy}
    login = aiohttp.BasicAuth(proxy.user, proxy.password or "")
    return {"proxy": proxy.with_user(None), "proxy_auth": login}


def _params(values: Mapping[str, Any]) -> dict[str, str]:
    """What a query can say; what is None is left out."""
    said = {True: "true", False: "false"}
    return {
        name: said[value] if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _json(body: object) -> str:
    """A tenth of what sending a message costs with ``json``, which is there for what UTF-8 cannot
    hold: half of a pair of surrogates, in what somebody typed."""
    try:
        return msgspec.json.encode(body, enc_hook=str).decode()
    except UnicodeEncodeError:
        return json.dumps(body)

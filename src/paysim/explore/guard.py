"""What stands before every answer: whom the server talks to, what it takes, and what a browser may do with it."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
LONGEST_BODY = 8_000
SLOWEST_BODY = 5.0
"""Seconds that a body may take: who sends a letter a minute holds nothing."""
METHODS = ("GET", "HEAD", "POST")
LOCAL = ("localhost",)
STRANGERS = ("cross-site", "same-site")
"""What a browser says of a page elsewhere, which cannot read an answer but could make this machine compute."""


class Guard:
    """Refuses foreign hosts and origins, other methods and long bodies; adds the headers of security to everything.

    A page elsewhere that makes its own name point here (DNS rebinding) sends that name as Host; a number cannot be
    made to point elsewhere, so addresses in digits are let in, and beside them the names in ``hosts`` and localhost.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = {*LOCAL, *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(guarded, *refusal)
            return
        await self._app(scope, await _bounded(scope, receive), guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._known(_name(host)):
            return 400, "this server answers only under its own address"
        if scope["method"] not in METHODS:
            return 405, "expected GET or POST"
        if scope["path"].startswith("/api/") and headers.get("sec-fetch-site") in STRANGERS:
            return 403, "expected a request from this page"
        if scope["method"] != "POST":
            return None
        origin = urlsplit(headers.get("origin", ""))
        if origin.scheme not in ("http", "https") or origin.netloc.lower() != host.lower():
            return 403, "expected a request from this page"
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return 415, "expected application/json"
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 10):
            return 411, "expected a content-length"
        return (413, f"expected a body of at most {LONGEST_BODY} bytes") if int(length) > LONGEST_BODY else None

    def _known(self, name: str) -> bool:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._hosts
        return True


def _name(host: str) -> str:
    """The host of a Host header, without its port; "" where there is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _port = parts.hostname, parts.port
    except ValueError:
        return ""
    plain = host and not any(sign in host for sign in "@/?#\\ ")
    return (name or "").rstrip(".").lower() if plain else ""


async def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Receive no more than the body may have, whatever its length was said to be, and no longer than it may take."""
    if scope["method"] != "POST":
        return receive
    taken, until = 0, asyncio.get_running_loop().time() + SLOWEST_BODY

    async def bounded() -> Message:
        nonlocal taken
        try:
            message = await asyncio.wait_for(receive(), max(0.0, until - asyncio.get_running_loop().time()))
        except TimeoutError:
            return {"type": "http.disconnect"}
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > LONGEST_BODY else message

    return bounded


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

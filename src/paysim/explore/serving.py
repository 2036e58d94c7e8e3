"""A socket that listens becomes the page: uvicorn around the application."""

from __future__ import annotations

import ipaddress
import socket
import threading
import webbrowser
from collections.abc import Callable
from types import FrameType

import markdown_it  # noqa: F401 # what `pages` needs later is missed here, before anybody sees the page
import uvicorn

from paysim.explore.presets import Presets
from paysim.explore.server import Explorer, application
from paysim.explore.workers import Pool

KEPT_OPEN = 75
"""Seconds that a connection without a question is kept."""
GRACE = 1
"""Seconds that answers under way have when the server ends."""


def serve(presets: Presets, pool: Pool, listener: socket.socket, host: str, browser: str | None) -> None:
    """Serve the page until Ctrl-C.

    pool : the processes that compute;  host : the name that was listened on, under which the page may be asked for;
    browser : address to open, or None
    """

    def ready() -> None:
        if browser is not None:
            threading.Thread(target=webbrowser.open, args=(browser,), daemon=True).start()

    explorer = Explorer(presets, pool)
    app = application(explorer, _names(host), ready)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEPT_OPEN,
        lifespan="on",
    )
    _Server(config, explorer.stop).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends what computes before it waits for answers under way, so that they come at once and none is torn off."""

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End once: a second Ctrl-C would tear off what is over within `GRACE` anyway."""
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, then end as usual."""
        self._stop()
        await super().shutdown(sockets)


def _names(host: str) -> tuple[str, ...]:
    """The host as a name of its own; numbers are let in anyway."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return (host,)
    return ()

"""Listening on an address, and serving the rating pages until somebody stops it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rung.errors import BadInput, MissingExtra

try:
    import uvicorn
except ImportError as error:
    raise MissingExtra("uvicorn", extra="people") from error

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MOST_PORT: Final = 65_535

MOST_AT_ONCE: Final = 200
"""Connections; more are told to come back."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        BadInput: the address is taken or is none of this machine.
    """
    if not 0 <= port <= MOST_PORT:
        raise BadInput(f"cannot listen on {host}:{port}: no such port", mend=f"give --port 0 to {MOST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(
            f"cannot listen on {host}:{port}: {reason}", mend="stop what is there, or give --port"
        ) from error


def serve(app: ASGIApp, listening: socket.socket, *, each_second: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests in hand are answered first. No access log: tokens are in it.

    Args:
        app: that `rating_app` made.
        listening: that `listen` gave.
        each_second: called about once a second.
    """

    async def tick() -> None:
        each_second()

    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
        limit_concurrency=MOST_AT_ONCE,
        callback_notify=tick,
        timeout_notify=1,
        timeout_graceful_shutdown=5,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:  # uvicorn raises it again once all is closed
        return

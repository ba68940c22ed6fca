"""A real HTTP server on the loopback that answers as told, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

EXCHANGES = Path(__file__).parent / "exchanges"


def exchange(name: str) -> Any:
    """The body of an exchange that is written by hand after the service's documentation."""
    return json.loads((EXCHANGES / f"handwritten_{name}.json").read_text(encoding="utf-8"))["body"]


@dataclass(frozen=True)
class Reply:
    """What the server says; `body` is JSON unless it is bytes; `drop` closes the connection without a word."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass(frozen=True)
class Asked:
    """What the server was asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Server:
    """A running server; `answer` may be changed while it runs."""

    url: str
    answer: Callable[[Asked, int], Reply]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Asked, int], Reply]) -> Generator[Server, None, None]:
    """Serve until the block ends; `answer` gets the question and how many came before it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()})
            server.asked.append(asked)
            reply = server.answer(asked, len(server.asked) - 1)
            if reply.drop:
                self.close_connection = True
                return
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{http.server_address[1]}", answer)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()

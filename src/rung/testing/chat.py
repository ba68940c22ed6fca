"""A server on the loopback interface that speaks OpenAI's chat completions, and can misbehave."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Fault = tuple[int, str]
"""Status and body of a reply."""

Messages = Sequence[dict[str, str]]
"""The `messages` of a request."""


@dataclass
class ChatServer:
    """Replies by a function of the messages; real HTTP, in a thread of this process.

    Args:
        reply: makes the content of a reply.
        faults: come first, one a request.
        fault_when: a fault for some messages, or None.
        wait_s: before each reply [s].
        url: base URL, once it serves.
        bodies: every request, in the order of arrival.
    """

    reply: Callable[[Messages], str]
    faults: list[Fault] = field(default_factory=list[Fault])
    fault_when: Callable[[Messages], Fault | None] | None = None
    wait_s: float = 0.0
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, threading.Lock()))
        self._server.daemon_threads = True
        serve = {"poll_interval": 0.02}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def answer(self, body: dict[str, Any]) -> Fault:
        """Status and body of the reply to a request; tokens are words."""
        messages = body["messages"]
        if self.fault_when is not None and (fault := self.fault_when(messages)) is not None:
            return fault
        text = self.reply(messages)
        asked = sum(len(message["content"].split()) for message in messages)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": asked, "completion_tokens": len(text.split())}
        return 200, json.dumps({"choices": [choice], "usage": usage})


def _handler(server: ChatServer, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                server.bodies.append(body)
                fault = server.faults.pop(0) if server.faults else None
            time.sleep(server.wait_s)
            status, text = fault or server.answer(body)
            data = text.encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client did not wait

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler

"""A local HTTP server on a real socket: what is asked goes to a function, which answers well or badly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Answer(NamedTuple):
    """One answer: body, status, headers, or a way of failing to give it."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "text/xml; charset=UTF-8"
    cut: bool = False
    """Break the connection in the middle of the body."""
    dropped: bool = False
    """Break it before the first byte."""
    delay: float = 0.0
    """Seconds between the halves of the body."""


@contextmanager
def served(answer: Callable[[str, dict[str, list[str]]], Answer]) -> Iterator[str]:
    """Serve on a free port until the block ends; gives the address.

    Parameters
    ----------
    answer
        Called with the tool (`esearch`) and the parameters of each request.
    """

    class Handler(QuietHandler):
        def _serve(self, parameters: str) -> None:
            tool = urlsplit(self.path).path.rsplit("/", 1)[-1].split(".")[0]
            given = answer(tool, parse_qs(parameters))
            if given.dropped:
                self.connection.close()
                return
            self.send_response(given.status)
            self.send_header("Content-Type", given.kind)
            self.send_header("Content-Length", str(len(given.body)))
            for name, value in given.headers:
                self.send_header(name, value)
            self.end_headers()
            half = len(given.body) // 2
            self.wfile.write(given.body[:half])
            if given.cut:
                return
            if given.delay:
                self.wfile.flush()
                threading.Event().wait(given.delay)
            self.wfile.write(given.body[half:])

        def do_GET(self) -> None:
            self._serve(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"])).decode())

    with listening(Handler) as address:
        yield f"{address}/eutils/"


class QuietHandler(BaseHTTPRequestHandler):
    """A handler that says nothing, also when a client goes away or a connection is dropped on purpose."""

    def log_message(self, format: str, *args: object) -> None:
        return

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ValueError, OSError):
            self.close_connection = True


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Have a handler answer on a free port until the block ends; gives `http://127.0.0.1:port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

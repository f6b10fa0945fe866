"""A stand-in for NCBI's E-utilities on this machine: answers from a script, and remembers what was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Answer(NamedTuple):
    """One answer: body, status, headers; `cut` breaks the connection before the body's end."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False


class StandIn:
    """The server's script (answers by tool, given in order, the last one again and again) and its log."""

    def __init__(self) -> None:
        self.script: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.url = ""

    def answer(self, tool: str) -> Answer:
        answers = self.script[tool]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Serve on a free port until the block ends."""
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self, parameters: str) -> None:
            tool = urlsplit(self.path).path.rsplit("/", 1)[-1].split(".")[0]
            state.asked.append((tool, parse_qs(parameters)))
            answer = state.answer(tool)
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/xml; charset=UTF-8")
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)

        def do_GET(self) -> None:
            self._serve(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/eutils/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

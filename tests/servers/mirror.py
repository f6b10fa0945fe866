"""A stand-in for PubMed's mirror on this machine: folders of files with their MD5, and ways of failing."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.local import QuietHandler, listening


@dataclass
class Mirror:
    """Files by path (`baseline/pubmed26n0001.xml.gz`), and what was asked: path and first byte."""

    files: dict[str, bytes] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    """Further names that the listing shows."""
    break_after: int | None = None
    """Bytes of a file after which the connection breaks, once."""
    wrong_md5: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    """Paths that are answered with status 503."""
    asked: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def put(self, path: str, raw: bytes) -> None:
        """Have the mirror hold a file, packed."""
        self.files[path] = gzip.compress(raw, mtime=0)

    def downloads(self) -> list[str]:
        """Names of the files that were asked for, listings and sidecars left out."""
        return [path.rsplit("/", 1)[-1] for path, _ in self.asked if path.endswith(".gz")]

    def content(self, path: str) -> bytes | None:
        if path.endswith(".md5"):
            name = path.removesuffix(".md5")
            if name not in self.files:
                return None
            md5 = hashlib.md5(self.files[name]).hexdigest()
            return (
                f"MD5({name.rsplit('/', 1)[-1]})= {md5[::-1] if name in self.wrong_md5 else md5}\n".encode()
            )
        if path in self.files:
            return self.files[path]
        if path == "" or path.endswith("/"):
            names = [name[len(path) :] for name in self.files if name.startswith(path)] + self.links
            names = [name for name in names if "/" not in name or name in self.links]
            if path and not names:
                return None
            return "".join(f'<a href="{n}">{n}</a> 2026-01-29 30M\n' for n in names).encode()
        return None


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    """Serve on a free port until the block ends."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 (the name that the server calls)
            path = self.path.removeprefix("/pubmed/")
            first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
            mirror.asked.append((path, first))
            if path in mirror.failing:
                self.send_error(503)
                return
            content = mirror.content(path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(content) - first))
            self.end_headers()
            if path.endswith(".gz") and mirror.break_after is not None:
                self.wfile.write(content[first : mirror.break_after])
                mirror.break_after = None
                self.connection.close()
                return
            self.wfile.write(content[first:])

    with listening(Handler) as address:
        mirror.url = f"{address}/pubmed/"
        yield mirror

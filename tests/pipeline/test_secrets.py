"""The API key goes to NCBI and nowhere else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.test_batch_hygiene import TAMREX
from tests.servers.eutils import Answer, StandIn, stand_in
from tests.servers.pubmed import PubMed, serving

KEY = "MARKED+key/0123456789"
"""With signs that an address writes otherwise."""
QUOTED = "MARKED%2Bkey%2F0123456789"


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as state:
        yield state


def tamrex(place: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "TAMREX_STORE__PATH": str(place / "store.sqlite"),
        "TAMREX_ENTREZ__EMAIL": "me@example.org",
        "TAMREX_ENTREZ__API_KEY": KEY,
        "TAMREX_ENTREZ__BASE_URL": url,
    }
    command = [*TAMREX, *options, "run", "--query", "macrophages", "--out", str(place / "out")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=place)


def places_of_the_key(place: Path, done: subprocess.CompletedProcess[str]) -> list[str]:
    told = [
        name for name, words in (("stdout", done.stdout), ("stderr", done.stderr)) if _holds(words.encode())
    ]
    return told + [str(path) for path in place.rglob("*") if path.is_file() and _holds(path.read_bytes())]


def _holds(content: bytes) -> bool:
    return b"0123456789" in content


def test_no_file_and_no_word_of_a_run_holds_the_key(tmp_path: Path) -> None:
    with serving(PubMed()) as pubmed:
        pubmed.fill(5)
        done = tamrex(tmp_path, pubmed.url, "-vv")
        assert done.returncode == 0, done.stderr
        assert all(asked["api_key"] == [KEY] for _, _, asked in pubmed.asked)
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert places_of_the_key(tmp_path, done) == []


@pytest.mark.parametrize("options", [("-vv",), ("-vv", "--log-format", "json")])
@pytest.mark.parametrize("words", [KEY, QUOTED])
def test_a_refusal_that_repeats_the_key_is_told_without_it(
    server: StandIn, tmp_path: Path, words: str, options: tuple[str, ...]
) -> None:
    server.script = {"esearch": [Answer(f'{{"error":"API key invalid: {words}"}}'.encode(), status=400)]}
    done = tamrex(tmp_path, server.url, *options)
    assert done.returncode == 3
    assert "API key invalid: …" in done.stderr
    assert places_of_the_key(tmp_path, done) == []


def test_no_answer_is_told_without_the_address_that_was_asked(tmp_path: Path) -> None:
    done = tamrex(tmp_path, "http://user:0123456789@127.0.0.1:notaport/", "-vv")
    assert done.returncode != 0
    assert places_of_the_key(tmp_path, done) == []

"""A stand-in for NCBI's E-utilities on this machine: answers from a script, and remembers what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.local import Answer, served

__all__ = ["Answer", "StandIn", "stand_in"]


class StandIn:
    """The server's script (answers by tool, given in order, the last one again and again) and its log."""

    def __init__(self) -> None:
        self.script: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.url = ""

    def answer(self, tool: str, asked: dict[str, list[str]]) -> Answer:
        self.asked.append((tool, asked))
        answers = self.script[tool]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Serve on a free port until the block ends."""
    state = StandIn()
    with served(state.answer) as url:
        state.url = url
        yield state

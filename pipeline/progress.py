"""Progress of a stage: a bar on a terminal, nothing elsewhere (the log has a line a stage)."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """A stage under way."""

    def __enter__(self) -> Progress: ...
    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def expect(self, total: int) -> None:
        """Tell how many records will come."""

    def advance(self, by: int = 1) -> None:
        """Tell that records are done."""


class _Quiet:
    def __enter__(self) -> _Quiet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def expect(self, total: int) -> None:
        return None

    def advance(self, by: int = 1) -> None:
        return None


def quiet(stage: str) -> Progress:
    """Show nothing."""
    return _Quiet()


class _Bar(_Quiet):
    def __init__(self, stage: str, console: Console) -> None:
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._bar.add_task(stage, total=None)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def expect(self, total: int) -> None:
        self._bar.update(self._task, total=total)

    def advance(self, by: int = 1) -> None:
        self._bar.advance(self._task, by)


def on_console(console: Console) -> Callable[[str], Progress]:
    """Return a maker of bars on a terminal, or of silence where `console` is none."""
    if not console.is_terminal:
        return quiet
    return lambda stage: _Bar(stage, console)

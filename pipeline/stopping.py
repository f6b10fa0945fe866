"""SIGINT and SIGTERM: what is in hand is finished and saved, and the run ends with 130 or 143.

A second signal stops at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.errors import TamrexError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopAskedError(TamrexError):
    """A run that was asked to stop; all that was finished is saved."""

    def __init__(self, number: int) -> None:
        super().__init__("stopped; all finished work is saved", "", "run the same again to go on")
        self.exit_code = 128 + number


_asked = threading.Event()
_number = 0


@contextmanager
def stops_between_records() -> Iterator[None]:
    """Let the signals only be noted in this block; `check` and `pause` end it where nothing is lost.

    Outside of the main thread, which alone gets signals, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _asked.clear()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        global _number
        if _asked.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        _number = number
        _asked.set()

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _asked.clear()


def check() -> None:
    """Raise if a stop was asked for.

    Raises
    ------
    StopAskedError
        With the exit code of the signal.
    """
    if _asked.is_set():
        raise StopAskedError(_number)


def pause(seconds: float) -> None:
    """Sleep, unless a stop is asked for.

    Raises
    ------
    StopAskedError
        At once when a stop is asked for.
    """
    _asked.wait(seconds)
    check()

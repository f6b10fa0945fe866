"""The faults that a user can meet, each with the exit code that the command line ends with."""

from __future__ import annotations


class TamrexError(Exception):
    """A fault told to the user in one line.

    Parameters
    ----------
    what
        What is wrong, in plain words.
    where
        The file, option or record at fault; may be empty.
    mend
        What the user can do about it; may be empty.
    """

    exit_code = 1

    def __init__(self, what: str, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        line = what + (f": {where}" if where else "") + (f"; {mend}" if mend else "")
        super().__init__(" ".join(line.split()))


class UsageError(TamrexError):
    """A wrong option, setting, file or gold folder (exit code 2)."""

    exit_code = 2


class SourceError(TamrexError):
    """A source or service failed, so that what was asked for is not complete (exit code 3)."""

    exit_code = 3


class GateError(TamrexError):
    """A run or a score that fell below what was demanded (exit code 4)."""

    exit_code = 4

"""What all commands share: the settings of this call and where its words go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.settings import Settings

OUTPUTS = Path("outputs")
RunFolder = Annotated[
    Path | None, typer.Argument(metavar="[RUN]", help="A run's folder (default: the newest).")
]


class State:
    """What the options before the command say."""

    settings: Settings
    console: Console
    verbose: int = 0
    is_quiet: bool = False


state = State()

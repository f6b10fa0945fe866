"""The command line: parse options, call a stage, print."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def tamrex() -> None:
    """Evidence from PubMed on macrophages and drug resistance."""


def main() -> None:
    """Run the command line."""
    app()

"""`tamrex kb`: rebuild what the language pipeline is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import UsageError
from pipeline.terminal import state


def kb(
    lexica: Annotated[Path, typer.Option(help="Folder of the tables of names (`*.tsv.gz` and README.md).")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write (default: the one that this installation reads).")
    ] = None,
) -> None:
    """Build the knowledge base from tables of names, and tell how many concepts each kind and source gave."""
    from extractors.knowledge_base import KNOWLEDGE_BASE
    from extractors.training.knowledge_base import build_knowledge_base
    from extractors.training.tables import LexicaError

    path = out or KNOWLEDGE_BASE
    try:
        built = build_knowledge_base(lexica, path)
    except LexicaError as fault:
        raise UsageError(fault.what, fault.where, fault.mend) from fault
    except OSError as fault:
        raise UsageError(
            f"the knowledge base can't be written ({fault.strerror})", str(path), "choose another place"
        ) from fault
    if state.is_quiet:
        return

    def say(line: str) -> None:
        state.console.print(line, markup=False, highlight=False)

    say(f"{built.concepts} concepts in {path}")
    for title, counts in (
        ("by kind", built.kinds),
        ("by source (a concept may have several)", built.sources),
    ):
        say(f"{title}:")
        for name, count in sorted(counts.items()):
            say(f"  {name:40s} {count:7d}")
